/** The engine over ports in memory: its own part in accepting a job, and in running one that does nothing. */
import * as z from 'zod';
import { systemRuntime } from '../../lambdas/adapters/system-runtime.ts';
import { withAnnouncer } from '../../lambdas/core/announce/family.ts';
import { defineJobType } from '../../lambdas/core/contract/contract.ts';
import { JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import { leaveGate } from '../../lambdas/core/gate/enter-gate.ts';
import { gateListener } from '../../lambdas/core/gate/gate-listener.ts';
import { deriveJobId } from '../../lambdas/core/job/ids.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import type { EndAnnouncer } from '../../lambdas/core/job/ports.ts';
import { encodeWakeUp } from '../../lambdas/core/job/wake-up.ts';
import { RunningJobs } from '../../lambdas/core/run/running-jobs.ts';
import { admitJob } from '../../lambdas/core/submit/admit-job.ts';
import { canonicalJson } from '../../lambdas/text/exact-json.ts';
import { sqsHandler } from '../../lambdas/worker/sqs-handler.ts';
import type { Carry } from '../../testing/carry.ts';
import { MemoryBucket } from '../../testing/memory-bucket.ts';
import { MemoryControlStore } from '../../testing/memory-control-store.ts';
import { MemoryGateStore } from '../../testing/memory-gate-store.ts';
import { MemoryQuotaStore } from '../../testing/memory-quota-store.ts';
import { MemoryTallyStore } from '../../testing/memory-tally-store.ts';
import { everythingAllowed } from '../../testing/test-kit.ts';
import { mapJobStore } from './map-job-store.ts';

const contract = defineJobType({
  name: 'nothing',
  description: 'Does nothing.',
  version: 1,
  input: z.strictObject({ n: z.number() }),
  output: z.strictObject({ n: z.number() }),
  timeoutSeconds: 60,
  deadline: { hours: 1 },
  maxAttempts: 3,
  backoff: { baseMs: 10_000, capMs: 60_000 },
  typicalSeconds: 1,
  concurrency: 50,
  batchSize: 10,
  memoryMiB: 128,
  permissions: () => [],
});

const carry: Carry = async (_, act) => act();
const silent = () => undefined;

/** A deployment of one type in this process. */
export function engineAlone() {
  const jobs = new Map<string, Job>();
  /** The queue: ids of jobs to wake. */
  const queue: string[] = [];
  const runtime = systemRuntime;
  const log = { info: silent, warn: console.warn, error: console.error };
  const control = new MemoryControlStore().connect(carry);
  const bucket = new MemoryBucket();
  const gates = new MemoryGateStore(() => Date.now()).connect(carry);
  const plain = {
    catalogue: [contract],
    store: mapJobStore(jobs),
    queues: {
      wake: async ({ id }: Pick<Job, 'id'>) => void queue.push(id),
      wakeAll: async (wakeUps: readonly { readonly job: Pick<Job, 'id'> }[]) => void queue.push(...wakeUps.map(({ job }) => job.id)),
      depth: async () => queue.length,
      deadLetter: async () => {
        throw new Error('Nothing in a bench is poison.');
      },
    },
    ...{ runtime, log, control, gates },
    typeStates: new JobTypeStates({ control, runtime, log }),
    quotas: new MemoryQuotaStore().connect(carry),
    tallies: new MemoryTallyStore().connect(carry),
    payloads: bucket.payloads(carry),
    uploads: bucket.uploads(carry),
    files: bucket.files(carry),
    uploadReader: bucket.uploadReader(carry),
    metrics: { put: silent },
    settings: everythingAllowed,
    ...{ leaseMs: 120_000, graceMs: 120_000, retentionMs: 30 * 86_400_000 },
    runningJobs: new RunningJobs(),
  };
  const deps: typeof plain & { readonly ends: EndAnnouncer } = withAnnouncer(plain, [gateListener((job) => leaveGate(job, deps))]);
  const handler = sqsHandler({ contract, definition: { run: async (input) => input } }, deps, {
    changeVisibility: async () => undefined,
  });
  return {
    jobs,
    /** Accepts one job, with a key as every caller should send. */
    async submit(n: number): Promise<void> {
      const input = { n };
      const submission = { owner: 'bench', contract, input, canonicalBody: canonicalJson({ type: contract.name, input }) };
      const admitted = await admitJob(deriveJobId('bench', { kind: 'key', key: `key ${n}` }), submission, deps);
      if (admitted.kind !== 'accepted') throw new Error(`A submission was not accepted: ${admitted.kind}.`);
    },
    /** Runs everything in the queue, as SQS and Lambda would: batches of up to ten messages, `atOnce` jobs at a time. */
    async work(atOnce: number): Promise<void> {
      let taken = 0;
      const lane = async () => {
        while (taken < queue.length) {
          const batch = queue.slice(taken, taken + contract.batchSize);
          taken += batch.length;
          const Records = batch.map((id) => ({
            messageId: id,
            receiptHandle: id,
            body: encodeWakeUp(id),
            attributes: { ApproximateReceiveCount: '1' },
          }));
          const endsAtMs = Date.now() + 60_000;
          const { batchItemFailures } = await handler({ Records }, { getRemainingTimeInMillis: () => endsAtMs - Date.now() });
          if (batchItemFailures.length > 0) throw new Error('A job was not done.');
        }
      };
      await Promise.all(Array.from({ length: atOnce / contract.batchSize }, lane));
    },
  };
}
