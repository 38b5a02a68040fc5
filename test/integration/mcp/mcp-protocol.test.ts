/** The MCP server as a process and a protocol: versions, errors, many calls at once, its end, and jobs as tasks. */
import { LocalProcess } from '../../support/local-process.ts';
import { type McpPeer, type PeerOptions, usePeers } from '../../support/mcp-peer.ts';

const local = new LocalProcess(undefined, 'test/support/hostile-jobs');
/** The bundles of the job types are built first, which takes a minute on a busy machine. */
beforeAll(() => local.start());
afterAll(() => local.remove());
const newPeer = usePeers();

const peerOf = (more: Omit<PeerOptions, 'url'> = {}) => newPeer({ url: local.url, ...more });
const extensions = { 'io.modelcontextprotocol/tasks': {} };
const allow = ['submit', 'cancel'];
const say = (text: string, more: object = {}) => ({ type: 'say', input: { act: 'return', text, ...more } });
const submit = (peer: McpPeer, args: object, more: object = {}) =>
  peer.request('tools/call', { name: 'submit_job', arguments: args, ...more });
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('the connection', () => {
  it.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])('speaks %s where the client asks for it', async (version) => {
    expect((await peerOf().initialize(version)).result).toMatchObject({ protocolVersion: version, serverInfo: { name: 'delegation' } });
  });

  it('offers its own version for one that it does not know', async () =>
    expect((await peerOf().initialize('1999-01-01')).result).toMatchObject({ protocolVersion: '2025-11-25' }));

  it('speaks 2026-07-28 without a handshake, and names what it supports for a later one', async () => {
    const discovered = await peerOf({ protocol: '2026-07-28' }).request('server/discover');
    expect(discovered.result).toMatchObject({ supportedVersions: ['2026-07-28'], capabilities: { tools: {} } });
    const meta = { 'io.modelcontextprotocol/protocolVersion': '2099-01-01' };
    const { error } = await peerOf({ protocol: '2026-07-28' }).request('tools/list', { _meta: meta });
    expect([error?.code, error?.data]).toEqual([-32022, expect.objectContaining({ supported: ['2026-07-28'] })]);
  });

  it('goes on after lines that are not JSON, not JSON-RPC, or name what there is not', async () => {
    const peer = peerOf();
    await peer.initialize();
    for (const line of ['', '{', 'hello', '[]', '42', '{"jsonrpc":"1.0","id":1}', '{"jsonrpc":"2.0","id":{},"method":"x"}', '\u0000\u0007'])
      peer.write(line);
    expect((await peer.request('tools/nonsense')).error?.code).toBe(-32601);
    expect((await peer.request('tools/call', { name: 'drop_table' })).error).toMatchObject({
      code: -32602,
      message: expect.stringContaining('drop_table'),
    });
    expect((await peer.request('tools/call', { arguments: {} })).error?.code).toBeDefined();
    expect((await peer.call('get_job', { job: '../../me' })).structuredContent['code']).toBe('invalid-arguments');
    expect((await peer.call('get_job', { job: 'job_00000000000000000000000000', more: 1 })).structuredContent['code']).toBe(
      'invalid-arguments',
    );
    expect((await peer.call('get_job', { job: 'job_00000000000000000000000000' })).structuredContent).toMatchObject({
      code: 'job-not-found',
      status: 404,
    });
  });

  it('takes a call of nearly a megabyte, and answers', async () => {
    const peer = peerOf({ options: { allow } });
    await peer.initialize();
    const { structuredContent } = await peer.call('submit_job', say('x'.repeat(1_000_000)));
    expect((await peer.call('wait_for_job', { job: structuredContent['id'], seconds: 50 })).structuredContent['status']).toBe('succeeded');
    expect((await peer.call('submit_job', say('x'.repeat(1_100_000)))).structuredContent).toMatchObject({
      code: 'body-too-large',
      status: 413,
    });
  });

  it('goes on when its log is not read, and a client sends nothing but nonsense', async () => {
    const peer = peerOf();
    peer.child.stderr.pause();
    await peer.initialize();
    for (let n = 0; n < 3_000; n += 1) peer.write('{"jsonrpc":"2.0","nonsense":true}');
    expect((await peer.request('tools/list')).result).toBeDefined();
    peer.child.stderr.resume();
    await peer.leave();
    expect(peer.log).toContain('No more is logged');
  });

  it('answers fifty calls at once, each with its own answer', async () => {
    const peer = peerOf({ options: { allow } });
    await peer.initialize();
    const texts = Array.from({ length: 50 }, (_, n) => `at once ${n}`);
    const submitted = await Promise.all(texts.map((text) => peer.call('submit_job', { ...say(text), tags: { text } })));
    const shown = await Promise.all(submitted.map(({ structuredContent }) => peer.call('get_job', { job: structuredContent['id'] })));
    expect(shown.map(({ structuredContent }) => JSON.parse(structuredContent.dataFromOthers?.json ?? '').tags.text)).toEqual(texts);
  });

  it('ends with code 0 when the client leaves, also during a wait, and has loaded nothing of AWS', async () => {
    const peer = peerOf({ options: { allow } });
    await peer.initialize();
    const { structuredContent } = await peer.call('submit_job', say('outlives the client', { act: 'wait' }));
    const job = structuredContent['id'];
    void peer.request('tools/call', { name: 'wait_for_job', arguments: { job, seconds: 60 } });
    await pause(300);
    expect(await peer.leave()).toBe(0);
    expect(/loaded: (.*)/.exec(peer.log)?.[1]?.split(' ')).toEqual(expect.arrayContaining(['@modelcontextprotocol/server', 'zod']));
    expect(peer.log).not.toMatch(/aws|smithy|hono|esbuild/);
    const next = peerOf();
    await next.initialize();
    expect((await next.call('get_job', { job })).structuredContent['hasEnded']).toBe(false);
  });

  it('stops a wait that the client cancels, and goes on', async () => {
    const peer = peerOf({ options: { allow } });
    await peer.initialize();
    const { structuredContent } = await peer.call('submit_job', say('cancelled wait', { act: 'wait' }));
    let isAnswered = false;
    void peer.request('tools/call', { name: 'wait_for_job', arguments: { job: structuredContent['id'], seconds: 2 } }).then(() => {
      isAnswered = true;
    });
    const id = peer.lastRequestId;
    peer.write({ jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: id } });
    await pause(3_000);
    expect([isAnswered, peer.log]).toEqual([false, '']);
    expect((await peer.call('get_job', { job: structuredContent['id'] })).structuredContent['hasEnded']).toBe(false);
  });

  it('answers that the API is not there, and lives on', async () => {
    const peer = newPeer({ url: 'http://127.0.0.1:1' });
    await peer.initialize();
    expect((await peer.call('list_job_types')).structuredContent['code']).toBe('unreachable');
    expect((await peer.call('search_docs', { query: 'schedule' })).isError).toBeUndefined();
  });

  it.each([
    [{ allow: ['everything'] }, '--allow takes submit and cancel'],
    [{ types: ['Not a type'] }, '--types takes names of job types'],
    [{ maxCostUsd: -1 }, 'positive number'],
  ])('refuses the options %j before it reads anything', async (options, message) => {
    const peer = peerOf({ options });
    expect(await peer.leave()).toBe(1);
    expect([peer.log, peer.lines]).toEqual([expect.stringContaining(message), []]);
  });
});

describe('jobs as tasks of the extension (2026-07-28)', () => {
  const modern = (options: object = { allow }) => peerOf({ options, protocol: '2026-07-28', extensions });

  async function endOf(peer: McpPeer, taskId: unknown) {
    for (;;) {
      const { result } = await peer.request('tasks/get', { taskId });
      if (result?.['status'] !== 'working') return result as Record<string, unknown> | undefined;
      await pause(Number(result['pollIntervalMs']));
    }
  }

  it('answers a submission with a task, whose result another connection reads', async () => {
    const peer = modern();
    const { result } = await submit(peer, say('a task'));
    expect(result).toMatchObject({
      resultType: 'task',
      taskId: expect.stringMatching(/^job_/),
      status: 'working',
      ttlMs: null,
      pollIntervalMs: 500,
    });
    await peer.leave();
    const done = await endOf(modern(), result?.['taskId']);
    expect(done).toMatchObject({ resultType: 'complete', status: 'completed', taskId: result?.['taskId'], ttlMs: expect.any(Number) });
    expect(JSON.stringify(done?.['result'])).toContain('a task');
  });

  it('completes the call of a job that failed, with an error as its result', async () => {
    const peer = modern();
    const { result } = await submit(peer, say('fails', { act: 'fail' }));
    expect(await endOf(peer, result?.['taskId'])).toMatchObject({
      status: 'completed',
      result: { isError: true, structuredContent: { code: 'said_so' } },
    });
  });

  it('cancels, and acknowledges what there is nothing to do for', async () => {
    const peer = modern();
    const { result } = await submit(peer, say('is cancelled', { act: 'wait' }));
    const taskId = result?.['taskId'];
    expect((await peer.request('tasks/update', { taskId, inputResponses: {} })).result).toMatchObject({ resultType: 'complete' });
    expect((await peer.request('tasks/cancel', { taskId })).result).toMatchObject({ resultType: 'complete' });
    expect(await endOf(peer, taskId)).toMatchObject({ status: 'cancelled' });
  });

  it('makes no task for a client that did not declare the extension, and refuses it the requests', async () => {
    const peer = peerOf({ options: { allow }, protocol: '2026-07-28' });
    const { result } = await submit(peer, say('no task'));
    expect([result?.['resultType'], result?.['isError']]).toEqual(['complete', undefined]);
    const { error } = await peer.request('tasks/get', { taskId: 'job_00000000000000000000000000' });
    expect([error?.code, error?.data]).toEqual([-32021, { requiredCapabilities: { extensions } }]);
  });

  it('offers no tasks where it submits nothing, and cancels none where it may not', async () => {
    expect((await modern({}).request('server/discover')).result?.['capabilities']).not.toHaveProperty('extensions');
    const peer = modern({ allow: ['submit'] });
    const { result } = await submit(peer, say('stays', { act: 'wait' }));
    expect((await peer.request('tasks/cancel', { taskId: result?.['taskId'] })).error?.code).toBe(-32600);
    for (const taskId of ['job_00000000000000000000000000', '../jobs', ''])
      expect((await peer.request('tasks/get', { taskId })).error?.code).toBe(-32602);
  });
});

describe('jobs as tasks of 2025-11-25', () => {
  async function connected(options: object = { allow }): Promise<McpPeer> {
    const peer = peerOf({ options });
    await peer.initialize();
    return peer;
  }

  it('gives the task where the call asks for one, and its result when that is asked for', async () => {
    const peer = await connected();
    const { result } = await submit(peer, say('an old task'), { task: { ttl: 60_000 } });
    const { taskId, status, ttl } = (result as unknown as { task: Record<string, unknown> }).task;
    expect([status, ttl]).toEqual(['working', null]);
    const next = await connected();
    const { result: done } = await next.request('tasks/result', { taskId });
    expect(done).toMatchObject({ _meta: { 'io.modelcontextprotocol/related-task': { taskId } }, content: expect.any(Array) });
    expect(JSON.stringify(done)).toContain('an old task');
    expect((await next.request('tasks/get', { taskId })).result).toMatchObject({ taskId, status: 'completed' });
  });

  it('says that the task failed where the job did, and that it is cancelled', async () => {
    const peer = await connected();
    const failed = (await submit(peer, say('fails as well', { act: 'fail' }), { task: {} })).result?.['task'] as unknown as {
      taskId: string;
    };
    expect((await peer.request('tasks/result', failed)).result).toMatchObject({ isError: true });
    expect((await peer.request('tasks/get', failed)).result).toMatchObject({ status: 'failed' });
    expect((await peer.request('tasks/cancel', failed)).error?.code).toBe(-32602);
    const waits = (await submit(peer, say('waits as well', { act: 'wait' }), { task: {} })).result?.['task'] as unknown as {
      taskId: string;
    };
    expect((await peer.request('tasks/cancel', waits)).result).toMatchObject({ status: 'cancelled' });
  });

  it('answers with an error, and no task, where nothing was submitted or the tool is another one', async () => {
    const peer = await connected();
    const refused = await submit(peer, say('no', { act: 'dance' }), { task: {} });
    expect(refused.error).toMatchObject({ code: -32602, data: { code: 'invalid-submission' } });
    const other = await peer.request('tools/call', { name: 'list_job_types', arguments: {}, task: {} });
    expect(other.error?.code).toBe(-32601);
  });
});
