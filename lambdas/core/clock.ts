/** The clock: finds jobs whose alarm has come and sees to each. Its reads are bounded, and it adds no message to a deep queue. */
import { alarmBuckets, alarmPartition, decideWake } from './alarm.ts';
import type { Log } from './context.ts';
import { deadlineMessage, endPatch } from './outcome.ts';
import type { JobStore, WakeUpQueues, World } from './ports.ts';

export interface ClockPorts {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly world: World;
  readonly log: Log;
  readonly graceMs: number;
  readonly retentionMs: number;
  /** Between two runs. */
  readonly periodMs: number;
  readonly types: readonly string[];
}

export interface ClockReport {
  readonly woken: number;
  readonly postponed: number;
  readonly expired: number;
  /** Types whose queue was deep, so that nothing was rescued there. */
  readonly deepQueues: readonly string[];
}

/** A queue with more waiting messages than this most likely still holds those of its overdue jobs. */
const deepQueue = 100;
/** Seen to in one run for one partition; what is left comes with the next run, oldest first. */
const pageSize = 100;
/** Jobs seen to at the same moment. */
const parallel = 10;

/** One run. Two at once do no harm: each job is changed under its revision, and only who changed it sends. */
export async function runClock(ports: ClockPorts): Promise<ClockReport> {
  const counts = { woken: 0, postponed: 0, expired: 0 };
  const nowMs = ports.world.nowMs();
  // Two periods ahead, so that a late run still starts jobs on the second.
  await seeToPartitions('start', '', nowMs + 2 * ports.periodMs, ports, counts);
  const deepQueues: string[] = [];
  for (const type of ports.types) {
    if (await isDeep(type, ports)) deepQueues.push(type);
    else await seeToPartitions('rescue', type, nowMs, ports, counts);
  }
  const report = { ...counts, deepQueues };
  if (counts.woken + counts.postponed + counts.expired + deepQueues.length > 0) ports.log.info('clock', report);
  return report;
}

async function isDeep(type: string, { queues, log }: ClockPorts): Promise<boolean> {
  try {
    return (await queues.depth(type)) > deepQueue;
  } catch (error) {
    log.warn('The depth of a queue could not be read; it is taken for shallow.', { type, error: String(error) });
    return false;
  }
}

type Counts = { -readonly [K in 'woken' | 'postponed' | 'expired']: number };

async function seeToPartitions(kind: 'start' | 'rescue', type: string, untilMs: number, ports: ClockPorts, counts: Counts): Promise<void> {
  const buckets = Array.from({ length: alarmBuckets }, (_, bucket) => alarmPartition(kind, type, bucket));
  const pages = await Promise.all(buckets.map((partition) => ports.store.due(partition, untilMs, pageSize)));
  const entries = pages.flat();
  for (let i = 0; i < entries.length; i += parallel) {
    await Promise.all(
      entries.slice(i, i + parallel).map(async ({ id, wakeAtMs }) => {
        try {
          await seeTo(id, wakeAtMs, ports, counts);
        } catch (error) {
          ports.log.warn('The clock could not see to a job; the next run will.', { job: id, error: String(error) });
        }
      }),
    );
  }
}

async function seeTo(
  id: string,
  wakeAtMs: number,
  { store, queues, world, graceMs, retentionMs }: ClockPorts,
  counts: Counts,
): Promise<void> {
  const nowMs = world.nowMs();
  const job = await store.get(id, nowMs);
  if (job === undefined) return;
  const decision = decideWake(job, wakeAtMs, { nowMs, graceMs });
  const guard = { revision: job.revision };
  switch (decision.kind) {
    case 'nothing':
      return;
    case 'postpone':
      if (await store.write(job, guard, decision.patch)) counts.postponed += 1;
      return;
    case 'wake':
      // The record first: if the send is lost, the new alarm rescues it.
      if (await store.write(job, guard, decision.patch)) {
        counts.woken += 1;
        await queues.wake(job, decision.delaySeconds);
      }
      return;
    case 'expire': {
      const error = { code: 'deadline_exceeded', message: deadlineMessage(job), retryable: false };
      if (await store.write(job, guard, endPatch(job, { nowMs, graceMs, retentionMs }, { status: 'failed', error }))) counts.expired += 1;
    }
  }
}
