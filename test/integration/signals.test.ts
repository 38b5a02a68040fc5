/** Signals over DynamoDB's protocol: what comes while a job is about to wait, and what a deploy changes in between. */
import * as z from 'zod';
import { linkTokens } from '../../lambdas/core/context/journal.ts';
import type { JobContext } from '../../lambdas/core/contract/context.ts';
import { sendSignal } from '../../lambdas/core/control/send-signal.ts';
import { closedLink, findLink } from '../../lambdas/core/control/signal-link.ts';
import { sha256Hex } from '../../lambdas/core/job/ids.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { Engine, graceMs, type TestWork } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

const signals = { go: z.unknown(), other: z.unknown() };
const anyResult = { output: z.strictObject({ echo: z.unknown() }), signals } as object;
const resultOf = ({ result }: Job) => (result?.kind === 'inline' ? (JSON.parse(result.json) as { echo: unknown }).echo : undefined);
const hour = { timeout: { hours: 1 } };

const work = (code: (ctx: JobContext) => Promise<unknown>): TestWork => ({
  run: async (_input, ctx) => ({ echo: (await code(ctx as unknown as JobContext)) as string }),
});
const waiting = work((ctx) => ctx.waitForSignal('go', hour));

async function send(
  engine: Engine,
  { id }: Pick<Job, 'id'>,
  payload: unknown = null,
  { name = 'go', key = undefined as string | undefined } = {},
) {
  const sent = await sendSignal(await engine.read({ id }), { name, key, payload, by: 'ann' }, engine.ports);
  if (sent.kind !== 'accepted') throw new Error(`The signal was not accepted: ${sent.kind}.`);
  return sent;
}

/** Calls `act` before the write that suspends the job. */
function beforeSuspension(engine: Engine, act: () => Promise<unknown>): void {
  const { write } = engine.ports.store;
  engine.ports.store.write = async (...args) => {
    if (args[2].status === 'waiting' && args[1].kind === 'lease') {
      engine.ports.store.write = write;
      await act();
    }
    return write.apply(engine.ports.store, args);
  };
}

describe('a signal that lands', () => {
  it('between the look of the code and the write that suspends the job is received at once, by an immediate wake-up', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    beforeSuspension(engine, () => send(engine, job, 'just now'));
    await engine.wake(job, waiting);
    const suspended = await engine.read(job);
    expect(suspended).toMatchObject({ status: 'waiting', notBeforeMs: engine.runtime.nowMs(), reason: { code: 'waiting_for_worker' } });
    expect(suspended.awaits).toBeUndefined();
    expect(suspended.alarm?.dueAtMs).toBeLessThanOrEqual(engine.runtime.nowMs() + graceMs);
    expect(engine.sent().at(-1)).toMatchObject({ delaySeconds: 0 });
    await engine.wake(job, waiting);
    expect(resultOf(await engine.read(job))).toBe('just now');
  });

  it('in the same gap under another name costs one more invocation, after which the job waits on', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    beforeSuspension(engine, () => send(engine, job, 1, { name: 'other' }));
    await engine.wake(job, waiting);
    await engine.wake(job, waiting);
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', reason: { code: 'waiting_for_signal' }, awaits: [{ name: 'go' }] });
  });

  it('beside a slow step, while another branch waits already, is not missed', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    const both = work(async (ctx) => {
      const [received] = await Promise.all([ctx.waitForSignal('go', hour), ctx.step('slow', () => send(engine, job, 'beside'))]);
      return received;
    });
    await engine.wake(job, both);
    expect(await engine.read(job)).toMatchObject({ status: 'waiting', reason: { code: 'waiting_for_worker' } });
    await engine.wake(job, both);
    expect(resultOf(await engine.read(job))).toBe('beside');
  });

  it('when the worker has lost its lease leaves the next worker to receive it', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    beforeSuspension(engine, async () => {
      await send(engine, job, 'kept');
      const { revision } = await engine.read(job);
      await engine.ports.store.write(job, { kind: 'revision', revision }, { leaseToken: 'next' });
    });
    await engine.wake(job, waiting);
    expect(await engine.read(job)).toMatchObject({ status: 'running', leaseToken: 'next' });
    await engine.killProcess(job);
    await engine.wake(job, waiting);
    expect(resultOf(await engine.read(job))).toBe('kept');
  });
});

it('of 20 senders at one moment each is kept once, or is asked to send again', async () => {
  const engine = await Engine.open(anyResult);
  const job = await engine.accept();
  const read = await engine.read(job);
  const sent = await Promise.all(
    Array.from({ length: 20 }, (_, i) => sendSignal(read, { name: 'go', key: `k${i}`, payload: i, by: 'ann' }, engine.ports)),
  );
  const kinds = new Set(sent.map(({ kind }) => kind));
  expect([...kinds].every((kind) => kind === 'accepted' || kind === 'busy')).toBe(true);
  const accepted = sent.filter(({ kind }) => kind === 'accepted').length;
  const { signals: kept = [], notices } = await engine.read(job);
  expect(accepted).toBeGreaterThan(0);
  expect([kept.length, new Set(kept.map(({ id }) => id)).size, notices]).toEqual([accepted, accepted, accepted]);
});

it('a wake-up that is lost is made up for by the clock within the grace', async () => {
  const engine = await Engine.open(anyResult);
  const job = await engine.accept();
  await engine.wake(job, waiting);
  await engine.drain();
  engine.runtime.advance(600_000);
  const { wake } = engine.ports.queues;
  engine.ports.queues.wake = async () => Promise.reject(new Error('lost'));
  await send(engine, job, 'late');
  engine.ports.queues.wake = wake;
  expect(await engine.drain()).toEqual([]);
  engine.runtime.advance(graceMs + 60_000);
  await engine.clock();
  expect(await engine.drain()).toHaveLength(1);
  await engine.wake(job, waiting);
  expect(resultOf(await engine.read(job))).toBe('late');
});

describe('a link', () => {
  const approving = work(async (ctx) => {
    for (const approved of [true, false]) await ctx.signalUrl('go', { expiresIn: { days: 1 }, payload: { approved } });
    await ctx.signalUrl('other', { expiresIn: { days: 1 } });
    return ctx.waitForSignal('go', { timeout: { days: 1 } });
  });
  const use = (engine: Engine, job: Job, link: number) =>
    sendSignal(job, { name: 'go', link, payload: { approved: link === 0 }, by: 'link' }, engine.ports);

  it('is in the record as a hash, and its use is a signal that says by which of how many it came', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    await engine.wake(job, approving);
    const asleep = await engine.read(job);
    const tokens = linkTokens(asleep.journal);
    expect(tokens).toHaveLength(3);
    expect(asleep.links?.map(({ tokenHash }) => tokenHash)).toEqual(tokens.map(sha256Hex));
    expect(findLink(asleep, tokens[1] ?? '')).toMatchObject({ index: 1, link: { signal: 'go', payload: '{"approved":false}' } });
    expect([findLink(asleep, ''), findLink(asleep, sha256Hex(tokens[1] ?? '')), findLink({}, tokens[0] ?? '')]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    expect(await use(engine, asleep, 1)).toMatchObject({ kind: 'accepted', isReplay: false });
    expect((await engine.read(job)).signals).toMatchObject([{ by: 'link', link: { index: 1, of: 3 } }]);
    await engine.wake(job, approving);
    const ended = await engine.read(job);
    expect(resultOf(ended)).toEqual({ approved: false });
    expect(JSON.stringify(ended)).not.toContain(tokens[0]);
    expect(await use(engine, ended, 1)).toMatchObject({ kind: 'accepted', isReplay: true });
    expect(await use(engine, ended, 0)).toMatchObject({ kind: 'link-closed', link: { reason: 'other-used' } });
  });

  it('of two alternatives that many use at one moment sends once', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    await engine.wake(job, approving);
    const asleep = await engine.read(job);
    const used = await Promise.all(Array.from({ length: 12 }, (_, i) => use(engine, asleep, i % 2)));
    const { signals = [] } = await engine.read(job);
    expect(signals).toHaveLength(1);
    const winner = signals[0]?.link?.index;
    for (const [i, { kind }] of used.entries()) expect(['busy', i % 2 === winner ? 'accepted' : 'link-closed']).toContain(kind);
    expect(used.filter((one) => one.kind === 'accepted' && !one.isReplay)).toHaveLength(1);
  });

  it('is used while its worker makes another one: both writes stay', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    const meanwhile = work(async (ctx) => {
      await ctx.signalUrl('go', { expiresIn: { days: 1 } });
      await ctx.step('used', async () => use(engine, await engine.read(job), 0));
      await ctx.signalUrl('go', { expiresIn: { days: 1 } });
      return ctx.waitForSignal('go', hour);
    });
    await engine.wake(job, meanwhile);
    const { signals, links, status } = await engine.read(job);
    expect([signals?.length, links?.length, status]).toEqual([1, 2, 'succeeded']);
    expect(closedLink({ links: links ?? [], signals: signals ?? [] }, 0, 0)).toMatchObject({ reason: 'used' });
    expect(closedLink({ links: links ?? [], signals: signals ?? [] }, 1, 0)).toBeUndefined();
  });
});

describe('after a deploy', () => {
  const withContract = (before: Engine, changes: object) =>
    Engine.open({ ...anyResult, name: before.contract.name, ...changes } as object, before.tableName);

  it('of another version, a job that waits for a signal ends as version_mismatch when it comes', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    await engine.wake(job, waiting);
    const after = await withContract(engine, { version: 2 });
    await send(after, job);
    await after.wake(job, waiting);
    expect(await engine.read(job)).toMatchObject({ status: 'failed', error: { code: 'version_mismatch' } });
  });

  it('whose contract refuses the payload, the job that receives it ends as invalid_signal', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    await engine.wake(job, waiting);
    await send(engine, job, { n: 'not a number' });
    const after = await withContract(engine, { signals: { go: z.strictObject({ n: z.number() }) } });
    await after.wake(job, waiting);
    expect(await engine.read(job)).toMatchObject({
      status: 'failed',
      attempt: 1,
      error: { code: 'invalid_signal', message: expect.stringContaining('no longer accepts a signal "go"') },
    });
  });

  it('whose contract adds a default, the job receives the payload as the new contract parses it', async () => {
    const engine = await Engine.open(anyResult);
    const job = await engine.accept();
    await send(engine, job, { n: 1 });
    const after = await withContract(engine, { signals: { go: z.strictObject({ n: z.number(), unit: z.string().default('kg') }) } });
    await after.wake(job, waiting);
    expect(resultOf(await engine.read(job))).toEqual({ n: 1, unit: 'kg' });
  });
});
