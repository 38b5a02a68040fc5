import { declarationsOf, exportsOf, proseOf } from '../../../site/declarations.ts';

const file = `/** The module. */
import type { Other } from './other.ts';
/** A job. */
export declare class Job extends Base {
    private readonly transport;
    private etag;
    readonly id: string;
    /**
     * Ends it.
     */
    cancel({ reason }?: {
        readonly reason?: string;
    }): Promise<this>;
    constructor(transport: Transport);
    private look;
}
/** Whether it is. @param error anything @returns whether it is one */
export declare function is(error: unknown, name: string): boolean;
export declare function is(error: unknown): boolean;
export type Kind = 
/** The one. */
'one'
/** The other. */
 | 'other';
interface Hidden {
    readonly kind: Kind;
}
export {};
`;

it('finds each declaration with its comment and without what is private', () =>
  expect(declarationsOf(file)).toEqual([
    {
      name: 'Job',
      kind: 'class',
      comment: 'A job.',
      text: [
        'class Job extends Base {',
        '  readonly id: string;',
        '  /**',
        '   * Ends it.',
        '   */',
        '  cancel({ reason }?: {',
        '    readonly reason?: string;',
        '  }): Promise<this>;',
        '}',
      ].join('\n'),
    },
    {
      name: 'is',
      kind: 'function',
      comment: 'Whether it is.\n\n*Parameter* `error`: anything\n\n*Returns:* whether it is one',
      text: 'function is(error: unknown, name: string): boolean;\nfunction is(error: unknown): boolean;',
    },
    expect.objectContaining({ name: 'Kind', kind: 'type', text: expect.stringMatching(/'other';$/) }),
    { name: 'Hidden', kind: 'interface', comment: '', text: 'interface Hidden {\n  readonly kind: Kind;\n}' },
  ]));

it('finds the exports of an index with their modules', () =>
  expect(exportsOf("/** All. */\nexport { type Auth, bearer } from './auth.ts';\nexport type { Job } from './shown-job.ts';\n")).toEqual([
    ['Auth', 'auth'],
    ['bearer', 'auth'],
    ['Job', 'shown-job'],
  ]));

it('makes a paragraph of each tag, and one line of each paragraph', () =>
  expect(proseOf('/**\n * First\n * half.\n *\n * Second. @throws Error where it fails\n */\n')).toBe(
    'First half.\n\nSecond.\n\n*Throws:* Error where it fails',
  ));
