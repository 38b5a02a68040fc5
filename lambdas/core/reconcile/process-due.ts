/** What the clock does with one job whose alarm is due. */
import { findContract } from '../contract/contract.ts';
import { jobFields } from '../control/metrics.ts';
import { decideDue } from '../job/alarm.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import type { Job } from '../job/job.ts';
import { isTerminal } from '../job/states.ts';
import { announcementAlarm, announcementPatch } from '../job/transitions.ts';
import { failIfExpired, failRemoved } from './fail-due.ts';
import type { Sweep } from './sweep.ts';

export interface DueAlarm {
  /** The alarm's time as the index has it. */
  readonly dueAtMs: number;
  /** How long the message is trusted to arrive. @default the deployment's grace */
  readonly graceMs?: number;
  /** The time since which the job has been due. @default `dueAtMs` */
  readonly dueSinceMs?: number;
}

/** Announces an end whose first announcement failed. The next alarm is set first: of two clocks at once one announces, and it is repeated if that fails. */
async function announceLate({ run, report }: Sweep, job: Job, dueAtMs: number): Promise<void> {
  if (job.isUnannounced !== true || job.alarm?.dueAtMs !== dueAtMs) return;
  const { store, runtime, graceMs, ends } = run.deps;
  const nowMs = runtime.nowMs();
  const alarm = announcementAlarm({ nowMs, graceMs }, nowMs - (job.finishedAtMs ?? nowMs));
  const written = await store.write(job, { kind: 'revision', revision: job.revision }, { ...announcementPatch(job), alarm });
  if (written === undefined) return;
  report.announced += 1;
  await ends.announce(written);
}

/** Wakes, postpones or ends a job. Two clocks at once do no harm: each write is conditional on the revision, and only the winner sends. */
export async function processDue(sweep: Sweep, job: Job, { dueAtMs, graceMs, dueSinceMs = dueAtMs }: DueAlarm): Promise<void> {
  const { run, report } = sweep;
  const { store, queues, runtime, metrics, catalogue } = run.deps;
  if (isTerminal(job.status)) return announceLate(sweep, job, dueAtMs);
  const contract = findContract(catalogue, job.type);
  if (contract === undefined) return failRemoved(sweep, job);
  const decision = decideDue(job, dueAtMs, {
    nowMs: runtime.nowMs(),
    graceMs: graceMs ?? run.deps.graceMs,
    isPaused: run.isPaused(job.type),
    mayEnd: !needsCleanUp(job, contract),
  });
  const guard = { kind: 'revision', revision: job.revision } as const;
  // Recorded before the write, so that jobs whose record cannot be written raise the lag.
  if (decision.kind === 'wake' || decision.kind === 'expire') report.lagMs = Math.max(report.lagMs, runtime.nowMs() - dueSinceMs);
  // A message should have come before a rescue alarm; a running job lost its worker instead.
  const isLostSend = job.alarm?.kind === 'rescue' && job.status !== 'running';
  if (isLostSend && decision.kind === 'wake') report.oldestWaitMs = Math.max(report.oldestWaitMs, runtime.nowMs() - job.notBeforeMs);
  switch (decision.kind) {
    case 'nothing':
      return;
    case 'postpone':
      if (await store.write(job, guard, decision.patch)) report.postponed += 1;
      return;
    case 'wake':
      // The record first: if the send is lost, the new alarm rescues the job.
      if (await store.write(job, guard, decision.patch)) {
        report.woken += 1;
        if (isLostSend) metrics.put('recovered', { LostSendsRecovered: 1 }, jobFields(job));
        await queues.wake(job, decision.delaySeconds);
      }
      return;
    case 'expire':
      return failIfExpired(sweep, job);
  }
}
