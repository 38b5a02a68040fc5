/**
 * Ends the jobs of a skipped type that are past their deadline. A type is skipped while it is paused or its queue is deep: its jobs are not
 * woken, and those whose deadline has passed are found by a search of the index, which holds the deadlines.
 */
import { findContract } from '../contract/contract.ts';
import { rescuePartitions } from '../job/alarm.ts';
import { needsCleanUp } from '../job/clean-up.ts';
import { inGroups } from '../job/in-groups.ts';
import type { Job } from '../job/job.ts';
import type { DuePage, DuePosition } from '../job/ports.ts';
import { searchCursor } from './cursors.ts';
import { failIfExpired } from './fail-due.ts';
import { jobsPerTurn, runsPerSearch } from './limits.ts';
import { processBatch, readOrSkip } from './process-batch.ts';
import { type DueAlarm, processDue } from './process-due.ts';
import type { Sweep, Turns } from './sweep.ts';

/**
 * Searches a type's partitions, from where the last run stopped; starts from the head only in every `runsPerSearch`th run.
 * @param graceMs how long a message about an overdue job is trusted to arrive
 */
export async function* expireOverdue(sweep: Sweep, type: string, graceMs: number): Turns {
  const { cursors, runNumber, partitions: count } = sweep.run;
  const partitions = rescuePartitions(type, count);
  const stoppedIn = partitions.findIndex((partition) => cursors.has(searchCursor(partition)));
  if (stoppedIn === -1 && runNumber % runsPerSearch !== 0) return;
  for (const partition of partitions.slice(Math.max(0, stoppedIn))) yield* searchPartition(sweep, partition, graceMs);
}

async function* searchPartition(sweep: Sweep, partition: string, graceMs: number): Turns {
  const { cursors, deps, startedAtMs } = sweep.run;
  const name = searchCursor(partition);
  const setCursor = ({ key, id }: DuePosition) => cursors.set(name, id === undefined ? { key } : { key, id });
  let after: DuePosition | undefined = cursors.get(name) ?? { key: '0' };
  while (after !== undefined) {
    setCursor(after);
    const page: DuePage | undefined = await readOrSkip(sweep, deps.store.pastDeadline(partition, after, startedAtMs));
    if (page === undefined) return; // The cursor stays, so the next run reads this page again.
    for (const entries of inGroups(page.entries, jobsPerTurn)) {
      const count = await processBatch(sweep, entries, (job, dueAtMs) => processOverdue(sweep, job, { dueAtMs, graceMs }));
      const last = entries[count - 1];
      if (last !== undefined) setCursor(last);
      yield;
    }
    after = page.next;
  }
  cursors.delete(name);
}

/** Ends an overdue job. One that has something to clean up gets a message instead, once its alarm is due. */
async function processOverdue(
  sweep: Sweep,
  job: Job,
  { dueAtMs, graceMs }: Required<Pick<DueAlarm, 'dueAtMs' | 'graceMs'>>,
): Promise<void> {
  const { deps, startedAtMs } = sweep.run;
  const contract = findContract(deps.catalogue, job.type);
  if (contract === undefined || !needsCleanUp(job, contract)) return failIfExpired(sweep, job);
  if (dueAtMs > startedAtMs) return;
  // Until its deadline it was meant to be skipped, so the lag counts from there.
  await processDue(sweep, job, { dueAtMs, graceMs, dueSinceMs: Math.max(dueAtMs, job.deadlineMs) });
}
