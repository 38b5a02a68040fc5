import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isShown, onScreen } from '../../tutorials/shown-output.ts';
import { stepsOf } from '../../tutorials/tutorial-page.ts';

const folder = join(__dirname, '..', '..', '..', 'docs', 'learn');
const pages = readdirSync(folder);
const read = (page: string) => readFileSync(join(folder, page), 'utf8');

describe('a tutorial', () => {
  it.each(['first-job.md', 'own-job-type.md'])('%s is read as steps, each of which is done', (page) => {
    const steps = stepsOf(read(page));
    expect(steps.filter(({ kind }) => kind === 'run').length).toBeGreaterThan(3);
    // What goes on is ended, so that nothing is left.
    const [served, interrupted] = ['serve', 'interrupt'].map((kind) => steps.filter((step) => step.kind === kind).length);
    expect(interrupted).toBe(served);
  });

  it('knows no block that is neither commands, an output nor a file', () => {
    expect(() => stepsOf('```ts\nlet a;\n```\n')).toThrow('Line 1');
    expect(() => stepsOf('text\n\n```text\nan output\n```\n')).toThrow('Line 3: there are no commands');
    expect(() => stepsOf('```sh\na\n```\n```text\none\n```\n```text\ntwo\n```\n')).toThrow('Line 7');
  });

  it('gives commands the output after them, past files', () => {
    const page = '```sh server\ndev\n```\n```text\nready\n```\n<!-- Ctrl-C after: sleeping -->\n```ts a/b.ts\nlet a;\n```\n```sh\nx\n```\n';
    expect(stepsOf(page)).toEqual([
      { kind: 'serve', line: 1, text: 'dev', prints: 'ready\n' },
      { kind: 'interrupt', line: 7, after: 'sleeping' },
      { kind: 'write', line: 8, path: 'a/b.ts', text: 'let a;\n' },
      { kind: 'run', line: 11, text: 'x\n', prints: undefined },
    ]);
  });
});

describe('an output in a page', () => {
  it.each([
    ['a  b', 'a     b'],
    ['Accepted in 12 ms  job_v0835y602pa7306hrcwf191ndc', 'Accepted in   5 ms  job_0rba75ytk9dgxe1zjg6a6g84v3'],
    ['✔ reminds (320.4ms)', '✔ reminds (1570.83245ms)'],
    ['at 2026-11-26T17:40:27.685Z', 'at 2027-01-01T00:00:00.000Z'],
    ['17:41:52  said', '09:05:00  said'],
    ['on http://127.0.0.1:8787', 'on http://127.0.0.1:40001'],
    ['first\n…\nlast', 'first\na\nb\nlast'],
    ['first\n…\nlast', 'first\nlast'],
    ['a … c', 'a b c'],
    ['a.b (c)', 'a.b (c)'],
  ])('%j stands for %j', (shown, printed) => expect(isShown(shown, printed)).toBe(true));

  it.each([
    ['a', 'a\nb'],
    ['a\n…\nc', 'a\nb'],
    ['a.b', 'axb'],
    ['✔ 2 passed', '✔ 3 passed'],
    ['…\npass 4', 'pass 5'],
  ])('%j does not stand for %j', (shown, printed) => expect(isShown(shown, printed)).toBe(false));

  it('may be the beginning of what goes on', () =>
    expect([isShown('a', 'a\nb', false), isShown('b', 'a\nb', false)]).toEqual([true, false]));

  it('is what a terminal shows at the end', () => {
    expect(onScreen('\r\u001b[2K- one\r\n\u001b[1A\r\u001b[2K\u001b[32mdone\u001b[39m\r\nnext\r\n')).toBe('done\nnext\n');
    expect(onScreen('50 %\r100 %\n')).toBe('100 %\n');
    expect(onScreen('to \u001b]8;;http://a/\u001b\\link\u001b]8;;\u001b\\\n')).toBe('to link\n');
  });
});

it.each(pages)('every link of %s leads to a page, and to a heading where it names one', (page) => {
  for (const [, target = '', anchor] of read(page).matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)) {
    const path = target === '' ? join(folder, page) : join(folder, target);
    expect([target, existsSync(path)]).toEqual([target, true]);
    if (anchor === undefined) continue;
    const headings = [...readFileSync(path, 'utf8').matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => heading.toLowerCase());
    expect(headings.map((heading) => heading.replaceAll(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-'))).toContain(anchor);
  }
});
