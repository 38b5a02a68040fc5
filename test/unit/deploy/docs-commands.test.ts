/** Each command block of the docs has a plan for the deploy test, which runs it; and none of them waits with what gives up too soon. */
import { readdirSync, readFileSync } from 'node:fs';
import { blocksOf, blocksOfDocs, fillIn, functionsOf } from '../../deploy/docs/blocks.ts';
import { plans } from '../../deploy/docs/plans.ts';

const pages = ['README.md', ...readdirSync('docs').flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : []))];
const blocks = blocksOfDocs();
const names = blocks.map(({ name }) => name);
/** The planned blocks of pages that exist. */
const planned = Object.keys(plans).filter((name) => pages.includes(name.split(':', 1)[0] ?? ''));
const leftOut = planned
  .flatMap((name) => plans[name] ?? [])
  .flatMap((plan) => ('leftOut' in plan ? [plan.leftOut] : Object.values(plan.lacks ?? {})));

it('has a plan for each block of the docs, and no plan for none', () => {
  expect(planned.sort()).toEqual([...names].sort());
});

it('leaves less out than it runs, each for a reason', () => {
  expect(leftOut.filter((reason) => reason.length < 10)).toEqual([]);
  expect(leftOut.length).toBeLessThan(blocks.length / 2);
});

it.each(blocks.map((block) => [block.name, block] as const))('leaves nothing for its reader to fill in: %s', (_, block) => {
  const plan = plans[block.name];
  if (plan === undefined || 'leftOut' in plan) return;
  expect(fillIn(block, plan.standIns ?? {})).not.toBe('');
});

describe('a block', () => {
  const page = (commands: string) => `# Title\n\n\`\`\`sh\n${commands}\n\`\`\`\n\n\`\`\`json\n{}\n\`\`\`\n`;
  const [block = { name: '', text: '' }] = blocksOf(
    'a.md',
    page('# first\naws s3 rb s3://<bucket>   # for ever\ncall "$URL/v1/jobs/job_…" > out'),
  );

  it('is named by its page and its first command', () => expect(block.name).toBe('a.md: aws s3 rb s3://<bucket>'));

  it('is found in a list, too', () =>
    expect(blocksOf('a.md', '1. Do:\n\n   ```sh\n   a \\\n     b\n   ```\n')).toEqual([{ name: 'a.md: a \\', text: 'a \\\n  b\n' }]));

  it('differs from one that begins as it does', () =>
    expect(blocksOf('a.md', page('a\nb') + page('a\nc')).map(({ name }) => name)).toEqual(['a.md: a', 'a.md: a (2)']));

  it.each(pages)('of %s says what language it is in', (name) => {
    const fences = [...readFileSync(name, 'utf8').matchAll(/^[ \t]*```(.*)$/gm)].map(([, language]) => language);
    expect(fences.filter((language, i) => i % 2 === 0 && language === '')).toEqual([]);
  });

  it('is refused while something is left to fill in, and with a stand-in for nothing', () => {
    expect(() => fillIn(block, {})).toThrow('leaves <bucket> to its reader');
    expect(() => fillIn(block, { '<bucket>': 'b' })).toThrow('…');
    expect(() => fillIn(block, { '<bucket>': 'b', 'job_…': '$JOB', '<key>': 'k' })).toThrow('holds no <key>');
    expect(fillIn(block, { '<bucket>': 'b', 'job_…': '$JOB' })).toContain('aws s3 rb s3://b   # for ever\ncall "$URL/v1/jobs/$JOB" > out');
  });

  it('lends its functions to others', () =>
    expect(functionsOf(blocksOf('a.md', page('a() {   # a b\n  b\n}\nc')))).toBe('a() {   # a b\n  b\n}'));
});

describe('a query in the docs', () => {
  /** As curl before 8.3 signs it: in the order in which it is written, and encoded as it is. */
  const queriesIn = (text: string) => [...text.matchAll(/\/v1\/[\w/-]+\?([^\s`"')]+)/g)].map(([, query = '']) => query);
  const namesOf = (query: string) => query.split('&').map((pair) => pair.split('=')[0] ?? '');
  const queries = pages.flatMap((page) => queriesIn(readFileSync(page, 'utf8')).map((query) => [page, query] as const));

  it('is seen', () => expect(queries.length).toBeGreaterThan(2));

  it.each(queries)('of %s can be signed by every curl: %s', (_, query) => {
    const names = namesOf(query);
    expect(names).toEqual([...names].sort());
    expect(query).toMatch(/^[\w.~%&=…-]+$/);
  });
});

describe('waiting', () => {
  /** Waiters of the AWS CLI give up after some minutes, and a restore, a deploy or an export may take hours: a loop of one's own does not. */
  const waitersIn = (text: string) => [...text.matchAll(/(?<!until )\baws\s+([\w-]+)\s+wait\s+([\w-]+)/g)].map(([command]) => command);

  it('sees a waiter', () =>
    expect(waitersIn('x\naws dynamodb wait table-exists --table-name t')).toEqual(['aws dynamodb wait table-exists']));

  it.each(blocks.map((block) => [block.name, block] as const))('is left to no waiter of the CLI: %s', (_, { text }) =>
    expect(waitersIn(text)).toEqual([]),
  );
});
