import { createHash } from 'node:crypto';
import { text as readText } from 'node:stream/consumers';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import * as z from 'zod';
import { s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { itemSizeBytes } from '../../lambdas/adapters/item-size.ts';
import { sqsWakeUpQueues } from '../../lambdas/adapters/sqs-wake-up-queues.ts';
import { jobTable } from '../../lambdas/adapters/table-layout.ts';
import { eventListener } from '../../lambdas/core/announce/event-listener.ts';
import { withAnnouncer } from '../../lambdas/core/announce/family.ts';
import type { JobContext } from '../../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { PermanentError } from '../../lambdas/core/contract/errors.ts';
import { uploadReference } from '../../lambdas/core/contract/upload-reference.ts';
import { cancelJob } from '../../lambdas/core/control/cancel.ts';
import { sendSignal } from '../../lambdas/core/control/send-signal.ts';
import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { SuspensionError } from '../../lambdas/core/job/suspension-error.ts';
import { newUploadId, uploadKey } from '../../lambdas/core/job/upload.ts';
import { handleWakeUp } from '../../lambdas/core/run/handle-wake-up.ts';
import type { Worker } from '../../lambdas/core/run/job-run.ts';
import { parseCron } from '../../lambdas/core/schedule/cron.ts';
import { type ScheduleDefinition, saveSchedule } from '../../lambdas/core/schedule/save-schedule.ts';
import { admitJob } from '../../lambdas/core/submit/admit-job.ts';
import { submitJobs } from '../../lambdas/core/submit/submit-job.ts';
import { deliveryId } from '../../lambdas/core/submit/webhook-delivery.ts';
import { type DeliveryInput, contract as deliverWebhook } from '../../lambdas/jobs/deliver-webhook/contract.ts';
import { deliver } from '../../lambdas/jobs/deliver-webhook/deliver.ts';
import { type Call, itemBytes, ledger as paths, writeUnitsOf } from '../../lambdas/ledger.ts';
import type { WebhookOutcome } from '../../lambdas/webhook/post-webhook.ts';
import { busyClockRun, bytes, heartbeatSeconds, idleClockRun, stateReadSeconds } from '../../lib/cost/figures.ts';
import { createQueues, local } from '../../local/resources.ts';
import { Engine, type SdkCall, type TestWork } from '../support/test-engine.ts';
import { refusalsBringTheItem, useEmulators } from '../support/use-emulators.ts';
import { chargesOf, footprintOf, unitsOf } from '../support/write-units.ts';

useEmulators();

const readAfterRefusal: readonly (readonly [string])[] = refusalsBringTheItem ? [] : [['GetItemCommand']];

type Item = Record<string, AttributeValue>;

function writeUnits(before: Item | undefined, after: Item): number {
  return unitsOf(chargesOf(before && footprintOf(before), footprintOf(after)));
}

/** The states of the job types, which an environment reads every ten seconds at most, for any number of jobs. */
const isSwitchRead = ({ name, input }: SdkCall) => name === 'GetItemCommand' && JSON.stringify(input['Key']) === '{"id":{"S":"control"}}';

/** The calls as the SDK really made them, each write with its units; those of the environment and not of a job are counted apart. */
function ledger(calls: readonly SdkCall[]): readonly (readonly [string, number?])[] {
  let item: Item | undefined;
  return calls
    .filter((call) => !isSwitchRead(call))
    .map(({ name, input, output }) => {
      const after = (name === 'PutItemCommand' ? input['Item'] : name === 'UpdateItemCommand' ? output?.['Attributes'] : undefined) as
        | Item
        | undefined;
      if (after === undefined) return [name];
      const units = writeUnits(item, after);
      item = after;
      return [name, units];
    });
}

it('of a short job: accept 1 put (3 units) and 1 send, claim 1 update (1 unit), finish 1 update (2 units), and no reads', async () => {
  const engine = await Engine.open();
  const echo: TestWork = { run: async ({ text }) => ({ echo: text }) };
  const job = await engine.accept({ owner: 'arn:aws:iam::123456789012:role/SomeDeploymentRole', tags: { team: 'data' } });
  const accepted = engine.calls.length;
  await engine.wake(job, echo);
  expect(new Set(ledger(engine.calls.slice(0, accepted)))).toEqual(new Set(paths.accept));
  expect(ledger(engine.calls).filter(([name]) => name !== 'SendMessageCommand')).toEqual([
    ...paths.accept.filter(([name]) => name !== 'SendMessageCommand'),
    ...paths.claim,
    ...paths.finish,
  ]);
});

it.each([
  ['a success', paths.finishWithEvent, async () => ({ echo: 'done' })],
  ['a failure', paths.finishWithoutSuccessWithEvent, () => Promise.reject(new PermanentError('no'))],
] as const)('of %s with an event: the end leaves an alarm, the event is put, and the alarm goes', async (_, finish, run) => {
  const engine = await Engine.open();
  const bus = { put: async () => void engine.calls.push({ name: 'PutEventsCommand', input: {}, output: undefined }) };
  Object.assign(engine.ports, withAnnouncer(engine.ports, [eventListener({ bus, deployment: 'test', internalTypes: [] })]));
  const job = await engine.accept({ owner: 'arn:aws:iam::123456789012:role/SomeDeploymentRole', tags: { team: 'data' } });
  const accepted = ledger(engine.calls).length;
  await engine.wake(job, { run });
  expect(ledger(engine.calls).slice(accepted)).toEqual([...paths.claim, ...finish]);
});

it('of an upload that a submission names: 1 change of its tag; its worker asks for it once, and reads it with one request', async () => {
  const engine = await Engine.open({ uploads: 'read' });
  const text = 'what was uploaded';
  const sha256 = createHash('sha256').update(text).digest('base64');
  const id = newUploadId('tester', { sizeBytes: text.length, sha256, contentType: 'text/plain', contentEncoding: undefined }, 'token');
  const object = {
    Bucket: local.payloadBucket,
    Key: uploadKey('tester', id),
    Body: text,
    ContentType: 'text/plain',
    ChecksumSHA256: sha256,
  };
  await s3Client().send(new PutObjectCommand(object));
  const admit = async (input: { readonly text: string }) => {
    const before = engine.calls.length;
    const submission = { owner: 'tester', contract: engine.contract, input, canonicalBody: JSON.stringify(input) };
    const admitted = await admitJob(deriveJobId('tester', { kind: 'token', token: engine.runtime.newToken() }), submission, engine.ports);
    if (admitted.kind !== 'accepted') throw new Error(admitted.kind);
    return { job: admitted.job, calls: new Set(ledger(engine.calls.slice(before))) };
  };
  await admit({ text: 'the first job of a type is noted' });
  expect((await admit({ text: 'no upload' })).calls).toEqual(new Set(paths.accept));
  const { job, calls } = await admit({ text: uploadReference(id) });
  expect(calls).toEqual(new Set([...paths.keepUpload, ...paths.accept]));
  const accepted = ledger(engine.calls).length;
  let read = '';
  await engine.wake(job, {
    run: async (given, ctx) => {
      read = await readText((await ctx.openUpload(given.text)).stream());
      return { echo: 'read' };
    },
  });
  expect(read).toBe(text);
  expect(ledger(engine.calls).slice(accepted)).toEqual([...paths.claim, ...paths.readUpload, ...paths.finish]);
});

it('of a batch of 100: 100 puts (3 units each) as of single jobs, and 10 sends of ten messages', async () => {
  const engine = await Engine.open();
  const items = Array.from({ length: 100 }, (_, i) => {
    const input = { text: `${i}` };
    const submission = { owner: 'tester', contract: engine.contract, input, canonicalBody: JSON.stringify(input) };
    return { id: deriveJobId('tester', { kind: 'batch', key: 'k', position: i }), submission };
  });
  const results = await submitJobs(items, engine.ports);
  expect(results.every((result) => result.status === 'fulfilled' && result.value.kind === 'accepted')).toBe(true);
  const calls = engine.calls.filter((call) => !isSwitchRead(call));
  const puts = calls.filter(({ name }) => name === 'PutItemCommand');
  expect(puts.map(({ input }) => writeUnits(undefined, input['Item'] as Item))).toEqual(Array.from({ length: 100 }, () => 3));
  const sends = calls.filter(({ name }) => name === 'SendMessageBatchCommand');
  expect(sends.map(({ input }) => (input['Entries'] as readonly unknown[]).length)).toEqual(Array.from({ length: 10 }, () => 10));
  expect(calls).toHaveLength(110);
});

it('of a job that fails: its end costs 1 unit more, for the index of ends', async () => {
  const engine = await Engine.open();
  const job = await engine.accept({ tags: { team: 'data' } });
  const before = ledger(engine.calls).length;
  await engine.wake(job, {
    run: async () => {
      throw new PermanentError('not like this');
    },
  });
  expect(ledger(engine.calls).slice(before)).toEqual([...paths.claim, ...paths.finishWithoutSuccess]);
});

it('of a cancel before the start: 1 update of 3 units', async () => {
  const engine = await Engine.open();
  const job = await engine.read(await engine.accept());
  const before = ledger(engine.calls).length;
  await cancelJob({ job, contract: engine.contract }, engine.ports);
  expect(ledger(engine.calls).slice(before)).toEqual(paths.finishWithoutSuccess);
});

it('of a retry: 1 update that also moves the alarm, and 1 send', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  const before = ledger(engine.calls).length;
  await engine.wake(job, {
    run: async () => {
      throw new Error('not yet');
    },
  });
  expect(ledger(engine.calls).slice(before)).toEqual([...paths.claim, ...paths.backOff]);
});

it('of a duplicate delivery: 1 refused update and at most 1 read', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await engine.wake(job, { run: async ({ text }) => ({ echo: text }) });
  const before = ledger(engine.calls).length;
  await engine.wake(job, { run: async ({ text }) => ({ echo: text }) });
  // DynamoDB hands the item over with the refusal; this emulator has to be asked.
  expect(ledger(engine.calls).slice(before)).toEqual([...paths.duplicate, ...readAfterRefusal]);
});

it('of the environment: one read of the switches for any number of jobs within ten seconds', async () => {
  const engine = await Engine.open();
  const echo: TestWork = { run: async ({ text }) => ({ echo: text }) };
  for (let i = 0; i < 20; i++) await engine.wake(await engine.accept(), echo);
  expect(engine.calls.filter(isSwitchRead)).toHaveLength(1);
  engine.runtime.advance(stateReadSeconds * 1000);
  await engine.wake(await engine.accept(), echo);
  expect(engine.calls.filter(isSwitchRead)).toHaveLength(2);
});

it('of a sleep: 1 update that remembers and moves the alarm, 1 send; then again claim and finish', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  const nap: TestWork = {
    run: async ({ text }, ctx) => {
      await ctx.sleep('a while', { seconds: 60 });
      return { echo: text };
    },
  };
  const before = ledger(engine.calls).length;
  await engine.wake(job, nap);
  engine.runtime.advance(60_000);
  await engine.wake(job, nap);
  expect(ledger(engine.calls).slice(before)).toEqual([...paths.claim, ...paths.suspend, ...paths.claim, ...paths.finish]);
});

describe('of a signal', () => {
  const go: TestWork = {
    run: async ({ text }, ctx) => {
      await (ctx as unknown as JobContext).waitForSignal('go', { timeout: { minutes: 5 } });
      return { echo: text };
    },
  };
  const open = async () => {
    const engine = await Engine.open({ signals: { go: z.unknown() } });
    const send = (to: Job) => sendSignal(to, { name: 'go', key: 'k', payload: { approved: true }, by: 'ann' }, engine.ports);
    return { engine, send, job: await engine.accept() };
  };

  it('that comes early: 1 update of 1 unit', async () => {
    const { engine, send, job } = await open();
    const before = ledger(engine.calls).length;
    await send(job);
    await engine.wake(job, go);
    expect(ledger(engine.calls).slice(before)).toEqual([...paths.earlySignal, ...paths.claim, ...paths.finish]);
  });

  it('that ends a wait: 1 update that moves the alarm, and 1 send; the wait itself costs what a sleep does', async () => {
    const { engine, send, job } = await open();
    const before = ledger(engine.calls).length;
    await engine.wake(job, go);
    const asleep = await engine.read(job);
    expect(asleep).toMatchObject({ status: 'waiting', reason: { code: 'waiting_for_signal' } });
    engine.calls.pop(); // this test's own read
    await send(asleep);
    await engine.wake(job, go);
    const { claim, suspend, signal, finish } = paths;
    expect(ledger(engine.calls).slice(before)).toEqual([...claim, ...suspend, ...signal, ...claim, ...finish]);
  });
});

it('of a link for a signal: 1 update of 1 unit where it is made, and nothing in later invocations; its use costs what a signal does', async () => {
  const engine = await Engine.open({ signals: { go: z.unknown() } });
  const job = await engine.accept();
  const go: TestWork = {
    run: async ({ text }, ctx) => {
      const { signalUrl, waitForSignal } = ctx as unknown as JobContext;
      await signalUrl('go', { expiresIn: { days: 1 }, payload: { approved: true } });
      await waitForSignal('go', { timeout: { minutes: 5 } });
      return { echo: text };
    },
  };
  const before = ledger(engine.calls).length;
  await engine.wake(job, go);
  const asleep = await engine.read(job);
  engine.calls.pop(); // this test's own read
  await sendSignal(asleep, { name: 'go', link: 0, payload: { approved: true }, by: 'link' }, engine.ports);
  await engine.wake(job, go);
  const { claim, link, suspend, signal, finish } = paths;
  // With the signal the item has over 1 KB.
  const larger = [...signal, ...claim, ...finish].map(([command, units]) => (units === undefined ? [command] : [command, units + 1]));
  expect(ledger(engine.calls).slice(before)).toEqual([...claim, ...link, ...suspend, ...larger]);
});

it('of a takeover after a dead worker: 1 refused update with at most 1 read, 1 update, then the finish', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  const { store } = engine.ports;
  const nowMs = engine.runtime.nowMs();
  await store.claim(job.id, { type: engine.contract.name, leaseToken: 'dead', nowMs, leaseEndsAtMs: nowMs + 120_000 });
  engine.runtime.advance(120_001);
  const before = ledger(engine.calls).length;
  await engine.wake(job, { run: async ({ text }) => ({ echo: text }) });
  expect(ledger(engine.calls).slice(before)).toEqual([...paths.duplicate, ...readAfterRefusal, ...paths.claim, ...paths.finish]);
});

it('of a job of ten minutes: 1 update of 1 unit every 15 seconds', async () => {
  const engine = await Engine.open({ timeoutSeconds: 900 });
  engine.remainingMs = 900_000;
  const job = await engine.accept();
  const before = ledger(engine.calls).length;
  const running = engine.wake(job, {
    run: async ({ text }, ctx) => {
      await engine.runtime.sleep(600_000, ctx.signal);
      return { echo: text };
    },
  });
  const written = () => ledger(engine.calls).length - before;
  const heartbeats = 600 / heartbeatSeconds(120);
  // The claim and every heartbeat so far are answered, and in the next turn of the event loop the worker waits for the next one.
  for (let i = 1; i <= heartbeats; i++) {
    while (written() < i) await new Promise((resolve) => setTimeout(resolve, 1));
    await new Promise(setImmediate);
    engine.runtime.advance(heartbeatSeconds(120) * 1000);
  }
  await running;
  const calls = ledger(engine.calls).slice(before);
  // The last heartbeat is due at the job's end.
  expect([heartbeats + 1, heartbeats + 2]).toContain(calls.length);
  for (const call of calls.slice(1, -1)) expect([call]).toEqual(paths.heartbeat);
  expect([calls[0], calls.at(-1)]).toEqual([...paths.claim, ...paths.finish]);
});

it('of a run of the clock while nothing is unfinished: 1 read of the switches, and 1 of the index', async () => {
  const engine = await Engine.open();
  await engine.clock(); // the first one writes down which types there are
  const before = engine.calls.length;
  await engine.clock();
  const count = (command: string) => engine.calls.slice(before).filter(({ name }) => name === command).length;
  expect(engine.calls.slice(before).filter(isSwitchRead)).toHaveLength(idleClockRun.controlReads);
  expect([count('GetItemCommand'), count('ScanCommand')]).toEqual([idleClockRun.controlReads, idleClockRun.indexReads]);
  expect(engine.calls.length - before).toBe(idleClockRun.controlReads + idleClockRun.indexReads);
});

it('of a run of the clock while a job is unfinished: 9 queries and 8 for each type, 1 depth for each type', async () => {
  const engine = await Engine.open();
  await engine.accept();
  await engine.clock();
  const before = engine.calls.length;
  await engine.clock();
  const count = (command: string) => engine.calls.slice(before).filter(({ name }) => name === command).length;
  expect(count('QueryCommand')).toBe(busyClockRun.queries + busyClockRun.queriesOfType);
  expect(count('GetQueueAttributesCommand')).toBe(busyClockRun.depthsOfType);
  const idle = idleClockRun.controlReads + idleClockRun.indexReads;
  expect(engine.calls.length - before).toBe(idle + busyClockRun.queries + busyClockRun.queriesOfType + busyClockRun.depthsOfType);
});

it('of a job that outlasts its grace: 1 read and 1 update that moves the alarm', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  engine.runtime.advance(60_000);
  const nowMs = engine.runtime.nowMs();
  await engine.ports.store.claim(job.id, { type: engine.contract.name, leaseToken: 'busy', nowMs, leaseEndsAtMs: nowMs + 120_000 });
  engine.runtime.advance(60_000);
  const before = engine.calls.length;
  await engine.clock();
  const ofJob = engine.calls
    .slice(before)
    .filter(({ name, input }) => name === 'GetItemCommand' || JSON.stringify(input['Key'])?.includes(job.id));
  expect(ledger([...engine.calls.slice(0, before), ...ofJob]).slice(-2)).toEqual(paths.postpone);
});

it("of a schedule's firing: 1 read and 2 puts, of 1 unit and of 3, beside its job", async () => {
  const engine = await Engine.open();
  await engine.clock(); // the first one writes down which types there are
  const owner = 'arn:aws:iam::123456789012:role/SomeDeploymentRole';
  const definition: ScheduleDefinition = {
    rule: { kind: 'cron', cron: '* * * * *', timeZone: 'UTC' },
    ...{ overlap: 'allow', catchUp: 'last', jitterSeconds: 0, paused: false },
    ...{ job: { type: engine.contract.name, tags: { team: 'data' } }, input: { text: 'x'.repeat(100) } },
  };
  await saveSchedule({ owner, name: 'nightly-report' }, definition, { ...engine.ports, parseCron });
  const put = engine.calls.at(-1)?.input['Item'] as Item;
  engine.runtime.advance(60_000);
  const before = engine.calls.length;
  await engine.clock();
  const calls = engine.calls.slice(before);
  const isOfSchedule = (text: unknown) => JSON.stringify(text)?.includes('schedule#') === true;
  let item = put;
  const ofSchedule = calls
    .filter(({ name, input }) =>
      name === 'GetItemCommand' ? isOfSchedule(input['Key']) : name === 'PutItemCommand' && isOfSchedule(input['Item']),
    )
    .map(({ name, input }) => {
      if (name === 'GetItemCommand') return [name];
      const after = input['Item'] as Item;
      const units = writeUnits(item, after);
      item = after;
      return [name, units];
    });
  expect(ofSchedule).toEqual(paths.fire);
  const names = calls.filter((call) => !isSwitchRead(call)).map(({ name }) => name);
  expect(
    names.filter((name) => ['GetItemCommand', 'PutItemCommand', 'SendMessageCommand', 'UpdateItemCommand'].includes(name)).sort(),
  ).toEqual([...paths.fire, ...paths.accept].map(([name]) => name).sort());
});

it('of storage: the item of a small job that has ended, and the items beside it', async () => {
  const engine = await Engine.open();
  const input = { text: 'x'.repeat(100) };
  const job = await engine.accept({ owner: 'arn:aws:iam::123456789012:role/SomeDeploymentRole', tags: { team: 'data' }, input });
  await engine.wake(job, { run: async () => ({ echo: 'done' }) });
  const item = engine.calls.at(-1)?.output?.['Attributes'] as Item;
  const withoutInput = itemSizeBytes(item) - JSON.stringify(input).length;
  expect(withoutInput).toBeLessThanOrEqual(bytes.item);
  expect(withoutInput).toBeGreaterThan(0.8 * bytes.item);
  const keys = [jobTable.partitionKey, jobTable.listing.partitionKey, jobTable.listing.sortKey, ...jobTable.listing.holds];
  const entry = Object.fromEntries(keys.map((key) => [key, item[key]])) as Item;
  expect(itemSizeBytes(entry) + 200).toBeLessThanOrEqual(bytes.besideItem);
});

it.each([
  [100, 1],
  [1_100, 2],
  [10_000, 1], // in the bucket
])('of a job with %d bytes of input: an item of %d KB, and each write costs that many units for it', async (inputBytes, kilobytes) => {
  const engine = await Engine.open();
  const job = await engine.accept({ input: { text: 'x'.repeat(inputBytes - 11) } });
  await engine.wake(job, { run: async () => ({ echo: 'done' }) });
  expect(Math.ceil(itemBytes(inputBytes) / 1024)).toBe(kilobytes);
  const units = ledger(engine.calls).reduce((sum, [, spent = 0]) => sum + spent, 0);
  expect(units).toBe(writeUnitsOf([...paths.accept, ...paths.claim, ...paths.finish], kilobytes));
});

it('of a job that another one runs: 11 units, 3 reads and 1 send beside its own', async () => {
  const name = `test-${Math.random().toString(36).slice(2, 8)}`;
  const engine = await Engine.open({ name, delegatesTo: [name] });
  const work: TestWork = {
    run: async ({ text }, ctx) =>
      text === 'child' ? { echo: 'done' } : { echo: JSON.stringify(await ctx.run('a', name, { text: 'child' })) },
  };
  const parent = await engine.accept();
  const accepted = engine.calls.length;
  await engine.wake(parent, work);
  const submitted = engine.calls.length;
  const { children: [id = ''] = [] } = await engine.read(parent);
  const waits = engine.calls.length;
  await engine.wake({ id }, work);
  const ended = engine.calls.length;
  await engine.wake(parent, work);
  const billed = billing(engine.calls.slice(0, accepted));
  expect(sorted(billed(engine.calls.slice(accepted, submitted)))).toEqual(
    sorted([...paths.claim, ...paths.intend, ...paths.accept, ...paths.suspendForChildren]),
  );
  expect(billed(engine.calls.slice(waits, ended))).toEqual([...paths.claim, ...paths.finishUnannounced, ...paths.announce]);
  expect(billed(engine.calls.slice(ended))).toEqual([...paths.claim, ...paths.receiveEnd, ...paths.finish]);
  const beside = [...paths.intend, ...paths.suspendForChildren, ...paths.claim, ...paths.announce, ...paths.receiveEnd];
  const later = writeUnitsOf(paths.finishUnannounced, 1) - writeUnitsOf(paths.finish, 1);
  expect(writeUnitsOf(beside, 1) + later).toBe(11);
});

it('of a job that starts after one that has not ended: 13 units, 3 reads and 1 send beside their own', async () => {
  const engine = await Engine.open();
  const work: TestWork = { run: async () => ({ echo: 'done' }) };
  const first = await engine.accept();
  const second = await engine.accept({ after: { ids: [first.id], onFailure: 'fail' } });
  const accepted = engine.calls.length;
  await engine.wake(second, work);
  const held = engine.calls.length;
  await engine.wake(first, work);
  const ended = engine.calls.length;
  await engine.wake(second, work);
  const billed = billing(engine.calls.slice(0, accepted));
  const withReads = (calls: readonly Call[]) =>
    calls.flatMap((call) => (call[0] === 'UpdateItemCommand' && call.length === 1 ? [call, ...readAfterRefusal] : [call]));
  expect(billed(engine.calls.slice(accepted, held))).toEqual(withReads(paths.holdAfter));
  expect(billed(engine.calls.slice(held, ended))).toEqual([...paths.claim, ...paths.finishUnannounced, ...paths.announce]);
  expect(billed(engine.calls.slice(ended))).toEqual([...withReads(paths.freeAfter), ...paths.claim, ...paths.finish]);
  const refused = 2;
  const later = writeUnitsOf(paths.finishUnannounced, 1) - writeUnitsOf(paths.finish, 1);
  expect(writeUnitsOf([...paths.holdAfter, ...paths.announce, ...paths.freeAfter], 1) + later + refused).toBe(13);
});

it('of a job with a concurrency key: 8 units more where a place is free, 18 where it waits, with 3 reads, 1 query and 1 send', async () => {
  const engine = await Engine.open({ keys: { limit: 1 } });
  const nap: TestWork = {
    run: async ({ text }, ctx) => {
      await ctx.sleep('a while', { seconds: 60 });
      return { echo: text };
    },
  };
  const first = await engine.accept({ concurrencyKey: 'k' });
  const second = await engine.accept({ concurrencyKey: 'k' });
  const accepted = engine.calls.length;
  await engine.wake(first, nap);
  const entered = engine.calls.length;
  await engine.wake(second, nap);
  const waits = engine.calls.length;
  engine.runtime.advance(60_000);
  await engine.wake(first, nap);
  const ended = engine.calls.length;
  await engine.wake(second, nap);
  engine.runtime.advance(60_000);
  const claimed = engine.calls.length;
  const alone = await engine.accept({ concurrencyKey: 'another' });
  const last = engine.calls.length;
  await engine.wake(alone, { run: async ({ text }) => ({ echo: text }) });
  const billed = billing(engine.calls.slice(0, accepted));
  const withReads = (calls: readonly Call[]) =>
    calls.flatMap((call) => (call[0] === 'UpdateItemCommand' && call.length === 1 ? [call, ...readAfterRefusal] : [call]));
  const { claim, suspend, finish, finishUnannounced, enterGate, leaveGate, waitAtGate, handOn } = paths;
  expect(billed(engine.calls.slice(accepted, entered))).toEqual([...withReads(enterGate), ...claim, ...suspend]);
  expect(billed(engine.calls.slice(entered, waits))).toEqual(withReads(waitAtGate));
  expect(billed(engine.calls.slice(waits, ended))).toEqual([...claim, ...finishUnannounced, ...handOn]);
  expect(billed(engine.calls.slice(ended, claimed))).toEqual([...claim, ...suspend]);
  billed(engine.calls.slice(claimed, last));
  expect(billed(engine.calls.slice(last))).toEqual([...withReads(enterGate), ...claim, ...finishUnannounced, ...leaveGate]);
  const later = writeUnitsOf(finishUnannounced, 1) - writeUnitsOf(finish, 1);
  const [refused, refusedTwice] = [1, 2];
  expect(writeUnitsOf([...enterGate, ...leaveGate], 1) + later + refused).toBe(8);
  const handedOn = handOn.slice(1, -1);
  expect(writeUnitsOf([...waitAtGate, ...handedOn, ...leaveGate], 1) + later + refusedTwice).toBe(18);
});

describe('of a webhook', () => {
  const webhookUrl = 'https://hooks.example.com/delegation';
  const delivered: WebhookOutcome = { kind: 'delivered', status: 204 };
  const busy: WebhookOutcome = { kind: 'failed', status: 503, isGone: false, retryAfterMs: undefined };
  const owner = 'arn:aws:iam::123456789012:role/SomeDeploymentRole';
  const open = async () => {
    const engine = await Engine.open();
    const queues = await createQueues(engine.sqs, process.env['AWS_ENDPOINT_URL_SQS'] ?? '', [
      deliverWebhook as unknown as JobTypeContract,
    ]);
    engine.calls.length = 0;
    Object.assign(
      engine.ports.queues,
      sqsWakeUpQueues(engine.sqs, { ...queues, [engine.contract.name]: { url: engine.queueUrl } }, engine.ports.log),
    );
    return engine;
  };
  const deliverNow = (engine: Engine, id: string, post: () => Promise<WebhookOutcome>) => {
    const deps = { ...engine.ports, secrets: async () => [], post };
    const definition = { run: (input: DeliveryInput, ctx: JobContext) => deliver(input, ctx, deps) } as unknown as Worker['definition'];
    const delivery = {
      body: JSON.stringify({ v: 1, id }),
      receiveCount: 1,
      remainingMs: () => 60_000,
      extendVisibility: async () => undefined,
    };
    return handleWakeUp({ contract: deliverWebhook as unknown as JobTypeContract, definition }, delivery, engine.ports);
  };
  const echo: TestWork = { run: async ({ text }) => ({ echo: text }) };

  it('of an end that its receiver takes at once: 3 units and 1 send for the job, and 14 units and 1 read for the delivery', async () => {
    const engine = await open();
    const job = await engine.accept({ owner, webhookUrl, tags: { team: 'data' } });
    const accepted = engine.calls.length;
    await engine.wake(job, echo);
    const ended = engine.calls.length;
    await deliverNow(engine, deliveryId(job), async () => delivered);
    const bill = billing(engine.calls.slice(0, accepted));
    expect(sorted(bill(engine.calls.slice(accepted, ended)))).toEqual(sorted([...paths.claim, ...paths.finishWithWebhook]));
    expect(bill(engine.calls.slice(ended))).toEqual(paths.deliver);
    const more = writeUnitsOf([...paths.finishWithWebhook, ...paths.deliver], 1) - writeUnitsOf(paths.finish, 1);
    expect(more).toBe(17);
  });

  it('of a try that is not the last: 12 units and 1 send, and 1 unit more at the end', async () => {
    const engine = await open();
    const job = await engine.accept({ owner, webhookUrl, tags: { team: 'data' } });
    await engine.wake(job, echo);
    const ended = engine.calls.length;
    await deliverNow(engine, deliveryId(job), async () => busy);
    engine.runtime.skip(60_000);
    await deliverNow(engine, deliveryId(job), async () => delivered);
    const calls = billing(engine.calls.slice(0, ended))(engine.calls.slice(ended));
    const { deliver: once } = paths;
    expect(calls).toEqual([...once.slice(0, -1), ...paths.deliverAgain, ['UpdateItemCommand', 5]]);
    expect(writeUnitsOf(paths.deliverAgain, 1)).toBe(12);
  });

  it('of a start: 1 put and 1 send beside the code, a delivery of its own, and 1 read when the end is announced', async () => {
    const engine = await open();
    const job = await engine.accept({ owner, webhookUrl, webhookEvents: ['started', 'ended'], tags: { team: 'data' } });
    const accepted = engine.calls.length;
    await engine.wake(job, {
      run: async ({ text }) => {
        while (!engine.calls.slice(accepted).some(({ name }) => name === 'PutItemCommand'))
          await new Promise((resolve) => setImmediate(resolve));
        return { echo: text };
      },
    });
    const ended = engine.calls.length;
    await deliverNow(engine, deliveryId(job, 'started'), async () => delivered);
    const bill = billing(engine.calls.slice(0, accepted));
    expect(sorted(bill(engine.calls.slice(accepted, ended)))).toEqual(
      sorted([...paths.claim, ...paths.acceptDelivery, ...paths.lookForStart, ...paths.finishWithWebhook]),
    );
    expect(bill(engine.calls.slice(ended))).toEqual(paths.deliver);
  });
});

it('of a member of a group: 4 units beside its own; of the last of a batch 1 more, and of the last batch 3 more and 1 send', async () => {
  const engine = await Engine.open();
  const wait = { untilMs: engine.runtime.nowMs() + 3_600_000, reason: { code: 'waiting_for_members' } } as const;
  const early = { awaits: [{ kind: 'members' }], seenNotices: 0 } as const;
  const members = { isSealed: true, shards: [{ size: 2, openedAtMs: 0 }] };
  const group = await engine.accept({ members });
  await engine.wake(group, { run: () => Promise.reject(new SuspensionError({ ...wait, early })) });
  const { id, createdAtMs } = group;
  const work: TestWork = { run: async () => ({ echo: 'done' }) };
  const member = async (position: number) => {
    const job = await engine.accept({ group: { id, createdAtMs, shard: 0, position, size: 2 } });
    const accepted = engine.calls.length;
    await engine.wake(job, work);
    return { accepted, ended: engine.calls.length };
  };
  const [first, second] = [await member(0), await member(1)];
  const billed = billing(engine.calls.slice(0, first.accepted));
  expect(billed(engine.calls.slice(first.accepted, first.ended))).toEqual([...paths.claim, ...paths.finishUnannounced, ...paths.tally]);
  billed(engine.calls.slice(first.ended, second.accepted));
  expect(billed(engine.calls.slice(second.accepted, second.ended))).toEqual([
    ...paths.claim,
    ...paths.finishUnannounced,
    ...paths.endGroupWait,
  ]);
  const later = writeUnitsOf(paths.finishUnannounced, 1) - writeUnitsOf(paths.finish, 1);
  expect(writeUnitsOf(paths.tally, 1) + later).toBe(4);
  expect(writeUnitsOf(paths.completeBatch, 1) - writeUnitsOf(paths.tally, 1)).toBe(1);
  expect(writeUnitsOf(paths.endGroupWait, 1) - writeUnitsOf(paths.completeBatch, 1)).toBe(3);
  expect(await engine.read(group)).toMatchObject({ members: { shards: [{ ended: [2, 0, 0, 0] }] }, notBeforeMs: expect.any(Number) });
});

/** A message is sent while the record is written, and either call may end first. */
const sorted = (calls: readonly Call[]): readonly string[] => calls.map((call) => JSON.stringify(call)).toSorted();

/** The state of the job types, and the note that a type has jobs, which an environment reads and writes for any number of jobs. */
const isOfTypes = ({ input }: SdkCall) => JSON.stringify(input['Key']) === '{"id":{"S":"control"}}';

/** @returns the calls of several jobs as the SDK really made them, each write with the units of its own item */
function billing(earlier: readonly SdkCall[]) {
  const items = new Map<string, Item>();
  const bill = (calls: readonly SdkCall[]): readonly (readonly [string, number?])[] =>
    calls
      .filter((call) => !isOfTypes(call))
      .map(({ name, input, output }) => {
        const written = name === 'PutItemCommand' ? input['Item'] : name === 'UpdateItemCommand' ? output?.['Attributes'] : undefined;
        if (written === undefined) return [name];
        const after = written as Item;
        const id = String(after['id']?.S);
        const units = writeUnits(items.get(id), after);
        items.set(id, after);
        return [name, units];
      });
  bill(earlier);
  return bill;
}
