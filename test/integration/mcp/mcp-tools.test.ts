/** The tools of the MCP server, called over standard input and output, against a local mode. */
import { createClient } from '../../../client/create-client.ts';
import { LocalProcess } from '../../support/local-process.ts';
import { type McpPeer, type ToolResult, usePeers } from '../../support/mcp-peer.ts';

const local = new LocalProcess(undefined, 'test/support/hostile-jobs');
/** The bundles of the job types are built first, which takes a minute on a busy machine. */
beforeAll(() => local.start());
afterAll(() => local.remove());
const newPeer = usePeers();

async function connected(options: object = {}): Promise<McpPeer> {
  const peer = newPeer({ url: local.url, options });
  await peer.initialize();
  return peer;
}

const dataOf = ({ structuredContent }: ToolResult) => JSON.parse(structuredContent.dataFromOthers?.json ?? 'null');
const saysOf = ({ content }: ToolResult) => content[0]?.text ?? '';
const say = (text: string, more: object = {}) => ({ type: 'say', input: { act: 'return', text, ...more } });
const everything = { allow: ['submit', 'cancel'] };

/** Submits a job and waits for its end. @returns its id */
async function ended(peer: McpPeer, args: object): Promise<string> {
  const { structuredContent } = await peer.call('submit_job', args);
  const id = String(structuredContent['id']);
  expect((await peer.call('wait_for_job', { job: id, seconds: 60 })).structuredContent['hasEnded']).toBe(true);
  return id;
}

async function toolsOf(peer: McpPeer) {
  const { result } = await peer.request('tools/list');
  return (result as unknown as { tools: { name: string; annotations: Record<string, boolean>; inputSchema: { type: string } }[] }).tools;
}

it('only reads unless more is allowed, and says of each tool what it may change', async () => {
  const names = async (allow: readonly string[]) => (await toolsOf(await connected({ allow }))).map(({ name }) => name);
  const reading = [
    'list_job_types',
    'describe_job_type',
    'get_job',
    'wait_for_job',
    'list_jobs',
    'get_result',
    'explain_failure',
    'search_docs',
  ];
  expect((await names([])).sort()).toEqual([...reading].sort());
  expect((await names(['submit'])).sort()).toEqual([...reading, 'submit_job'].sort());
  const tools = await toolsOf(await connected(everything));
  expect(tools.map(({ inputSchema: { type } }) => type)).toEqual(Array(10).fill('object'));
  const writing = tools.filter(({ annotations }) => !annotations['readOnlyHint']);
  expect(writing.map(({ name, annotations }) => [name, annotations['destructiveHint'], annotations['idempotentHint']])).toEqual([
    ['submit_job', true, true],
    ['cancel_job', true, true],
  ]);
});

it('refuses what is not allowed, and makes no job', async () => {
  const peer = await connected();
  for (const [name, args] of [
    ['submit_job', say('never')],
    ['cancel_job', { job: 'job_00000000000000000000000000' }],
  ] as const) {
    const result = await peer.call(name, args);
    expect([result.isError, result.structuredContent['code']]).toEqual([true, 'not-allowed']);
  }
  const limited = await connected({ allow: ['submit'], types: ['run-query'] });
  const result = await limited.call('submit_job', say('never'));
  expect([result.isError, result.structuredContent['code'], saysOf(result)]).toEqual([
    true,
    'type-not-allowed',
    expect.stringContaining('run-query'),
  ]);
  expect((await createClient({ url: local.url }).jobs({ type: 'say' })).items).toEqual([]);
});

it('shows the job types, and which of them it submits', async () => {
  const peer = await connected({ allow: ['submit'], types: ['run-query'] });
  const list = await peer.call('list_job_types');
  expect(list.structuredContent['jobTypes']).toContainEqual({ name: 'say', state: 'active', canBeSubmittedHere: false });
  expect(dataOf(list).map(({ name }: { name: string }) => name)).toContain('write-batch');
  const described = await peer.call('describe_job_type', { type: 'run-query' });
  expect([described.structuredContent['canBeSubmittedHere'], dataOf(described).inputSchema.properties.sql.type]).toEqual([true, 'string']);
  expect((await peer.call('describe_job_type', { type: 'nowhere' })).structuredContent).toMatchObject({
    code: 'job-type-not-found',
    status: 404,
  });
});

it.each(['launch-instances', 'run-query', 'terminate-instances', 'write-batch'])('shows the whole description of %s', async (type) => {
  const { structuredContent } = await (await connected()).call('describe_job_type', { type });
  expect(structuredContent.dataFromOthers?.nextOffset).toBeNull();
});

it('checks and prices a submission without making a job', async () => {
  const peer = await connected(everything);
  const result = await peer.call('submit_job', { ...say('dry'), dryRun: true });
  expect(result.structuredContent).toMatchObject({ type: 'say', replayOf: null, deployment: local.url });
  expect(result.structuredContent['estimatedUsd']).toBeGreaterThan(1e-6);
  expect(result.structuredContent['estimatedUsd']).toBeLessThan(1e-4);
  const refused = await peer.call('submit_job', { ...say('dry', { act: 'dance' }), dryRun: true });
  expect([refused.isError, refused.structuredContent['code'], dataOf(refused).errors[0].pointer]).toEqual([
    true,
    'invalid-submission',
    '#/input/act',
  ]);
});

it('gives the same arguments the same job, in any order of members, and another key another one', async () => {
  const peer = await connected(everything);
  const first = await peer.call('submit_job', { type: 'say', input: { act: 'return', text: 'same' } });
  const second = await peer.call('submit_job', { input: { text: 'same', act: 'return' }, type: 'say' });
  const third = await peer.call('submit_job', { ...say('same'), idempotencyKey: 'another "one" \\' });
  expect([second.structuredContent['id'], second.structuredContent['isReplay']]).toEqual([first.structuredContent['id'], true]);
  expect(third.structuredContent['id']).not.toBe(first.structuredContent['id']);
  const reused = await peer.call('submit_job', { ...say('other'), idempotencyKey: 'another "one" \\' });
  expect(reused.structuredContent).toMatchObject({ code: 'idempotency-key-reused', status: 422 });
});

it('keeps numbers exact on the way there and back, and refuses one that was rounded already', async () => {
  const peer = await connected(everything);
  const value = '{"n":9007199254740993,"d":0.1000000000000000055,"e":1e400}';
  const id = await ended(peer, { type: 'say', inputJson: `{"act":"return","text":"exact","value":${value}}` });
  const result = await peer.call('get_result', { job: id });
  expect(result.structuredContent.dataFromOthers?.json).toBe(`{"said":"exact","exactly":${value}}`);
  expect(result.content[1]?.text).toContain(value);
  const rounded = await peer.call('submit_job', say('rounded', { value: [9007199254740992] }));
  expect([rounded.structuredContent['code'], saysOf(rounded)]).toEqual(['rounded-number', expect.stringContaining('input/value/0')]);
});

it('waits for a job, reports its changes, and shows what it is when the time is over', async () => {
  const peer = await connected(everything);
  const { structuredContent } = await peer.call('submit_job', { ...say('sleeps', { act: 'wait' }), delaySeconds: 1 });
  const waited = await peer.call('wait_for_job', { job: structuredContent['id'], seconds: 6 }, { _meta: { progressToken: 'p' } });
  expect(waited.structuredContent).toMatchObject({ status: 'waiting', reasonCode: 'sleeping', hasEnded: false, progress: 0.25 });
  expect(saysOf(waited)).toMatch(/is waiting: it sleeps, as its code asked, until 20\d\d-/);
  const progress = peer.notifications.map(({ params }) => params['progress'] as number);
  expect(progress.length).toBeGreaterThan(1);
  expect(progress).toEqual([...progress].sort((a, b) => a - b));
  expect((await peer.call('get_result', { job: structuredContent['id'] })).isError).toBe(true);
  const cancelled = await peer.call('cancel_job', { job: structuredContent['id'], reason: 'enough' });
  expect(cancelled.structuredContent).toMatchObject({ status: 'cancelled', hadEnded: false, deployment: local.url });
  const again = await peer.call('cancel_job', { job: structuredContent['id'] });
  expect(again.structuredContent).toMatchObject({ status: 'cancelled', hadEnded: true });
  expect((await peer.call('wait_for_job', { job: structuredContent['id'], seconds: 61 })).structuredContent['code']).toBe(
    'invalid-arguments',
  );
});

it('lists jobs by status and tag, page by page', async () => {
  const peer = await connected(everything);
  const ids = [];
  for (const n of [1, 2, 3]) ids.push(await ended(peer, { ...say(`listed ${n}`), tags: { of: 'list' } }));
  const filter = { tag: ['of:list'], status: ['succeeded'], order: 'asc', limit: 2, since: '-1h' };
  const found: string[] = [];
  let cursor: unknown;
  do {
    const { structuredContent } = await peer.call('list_jobs', cursor === undefined ? filter : { cursor });
    found.push(...(structuredContent['jobs'] as { id: string }[]).map(({ id }) => id));
    cursor = structuredContent['nextCursor'] ?? undefined;
  } while (cursor !== undefined);
  expect(found).toEqual(ids);
  const foreign = await peer.call('list_jobs', { cursor: 'cursor=x&owner=somebody' });
  expect(foreign.structuredContent['code']).toBe('invalid-arguments');
});

it('explains a failure with its attempts and what the documentation says of its code', async () => {
  const peer = await connected(everything);
  const own = await peer.call('explain_failure', { job: await ended(peer, say('it broke', { act: 'fail' })) });
  expect(own.structuredContent).toMatchObject({ status: 'failed', code: 'said_so', retryable: false });
  expect(dataOf(own)).toMatchObject({ error: { message: 'it broke' }, timeline: [{ event: 'failed' }] });
  const late = { ...say('late', { act: 'wait' }), deadline: new Date(Date.now() + 2_500).toISOString() };
  const engine = await peer.call('explain_failure', { job: await ended(peer, late) });
  expect([engine.structuredContent['code'], saysOf(engine)]).toEqual([
    'deadline_exceeded',
    expect.stringContaining('docs/runbook.md: `deadline_exceeded`'),
  ]);
  const fine = await peer.call('explain_failure', { job: await ended(peer, say('fine')) });
  expect(saysOf(fine)).toContain('It has not failed.');
});

it('finds the section of the documentation that a question is about', async () => {
  const peer = await connected();
  const found = async (query: string) =>
    ((await peer.call('search_docs', { query })).structuredContent['sections'] as { address: string }[]).map(({ address }) => address);
  expect(await found('cancel many jobs at once')).toContain('docs/http-api.md#many-jobs-at-once');
  expect((await found('verify the signature of a webhook'))[0]).toMatch(/^docs\/webhooks\.md/);
  expect(await found('xylophone')).toEqual([]);
});

it('stops at the limit of the cost, which repetitions do not count towards', async () => {
  const peer = await connected({ allow: ['submit'], maxCostUsd: 0.00001 });
  const first = await peer.call('submit_job', say('within'));
  expect(first.isError).toBeUndefined();
  expect((await peer.call('submit_job', say('within'))).structuredContent).toMatchObject({ isReplay: true, estimatedUsd: 0 });
  const second = await peer.call('submit_job', say('beyond'));
  expect([second.isError, second.structuredContent['code']]).toEqual([true, 'over-budget']);
});
