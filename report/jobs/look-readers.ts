/** Readers whose looks say nothing of a job: who looks at other people's jobs, and who looks by the clock. */

import { groupedBy } from './grouped-by.ts';
import type { JobLook, LookLog } from './job-looks.ts';
import type { JobRecord } from './job-record.ts';
import { boundedShare } from './one-sided-bounds.ts';

/** Who looks at this many jobs, of this many owners, and owns fewer than a tenth of them is a dashboard, or an administrator's. */
const dashboard = { jobs: 20, owners: 3, ownShare: 0.1 };

/** @returns the owner that the API derives from a caller: a role without its session @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
export function ownerOfCaller(caller: string): string {
  return caller.replace(/^(arn:[^:]*):sts:([^:]*):([^:]*):assumed-role\/([^/]+)(?:\/.*)?$/, '$1:iam:$2:$3:role/$4');
}

/** @returns callers who look at jobs of many owners */
export function dashboardsOf(log: LookLog, records: readonly JobRecord[]): ReadonlySet<string> {
  const readers = new Map<string, { jobs: number; own: number; readonly owners: Set<string> }>();
  for (const { id, owner } of records)
    for (const caller of new Set((log.byJob.get(id) ?? []).map((look) => look.caller))) {
      if (caller === undefined) continue;
      const reader = readers.get(caller) ?? { jobs: 0, own: 0, owners: new Set<string>() };
      reader.jobs += 1;
      reader.own += ownerOfCaller(caller) === owner ? 1 : 0;
      reader.owners.add(owner);
      readers.set(caller, reader);
    }
  return new Set(
    [...readers]
      .filter(([, { jobs, own, owners }]) => jobs >= dashboard.jobs && owners.size >= dashboard.owners && own < jobs * dashboard.ownShare)
      .map(([caller]) => caller),
  );
}

/** @returns the log without the looks of some callers */
export function withoutReaders(log: LookLog, callers: ReadonlySet<string>): LookLog {
  if (callers.size === 0) return log;
  const kept = [...log.byJob].map(([id, looks]) => [id, looks.filter(({ caller = '' }) => !callers.has(caller))] as const);
  return { ...log, byJob: new Map(kept) };
}

/** A period shorter than four steps of the log's times cannot be recognised. */
const stepsOfPeriod = 4;
/** Eight looks at random times are all on a tick in 1 of 15,000 cases. */
const minPairs = 8;
/** The share of a period around a tick; looks at random times fall into it in 30 of 100 cases. */
const tick = 0.15;

interface TimedLook extends JobLook {
  readonly createdMs: number;
}

/**
 * Recognises who looks by the clock, by steps from a look at one job to the next look at another: they are whole periods, whenever those jobs were
 * accepted. Somebody who waits starts to look when the job is accepted.
 */
export function clockReaders(log: LookLog, records: readonly JobRecord[]): ReadonlySet<string> {
  const byCaller = new Map<string, TimedLook[]>();
  for (const { id, createdMs } of records)
    for (const look of log.byJob.get(id) ?? []) {
      if (look.caller === undefined || look.kind !== 'job') continue;
      const of = byCaller.get(look.caller);
      if (of === undefined) byCaller.set(look.caller, [{ ...look, createdMs }]);
      else of.push({ ...look, createdMs });
    }
  return new Set([...byCaller].filter(([, looks]) => isByClock(looks, log.resolutionMs)).map(([caller]) => caller));
}

function isByClock(looks: readonly TimedLook[], resolutionMs: number): boolean {
  const sorted = [...looks].sort((a, b) => a.fromMs - b.fromMs || a.createdMs - b.createdMs);
  const period = periodMs(sorted);
  if (period === undefined || period < stepsOfPeriod * Math.max(resolutionMs, 250)) return false;
  let [pairs, onTick] = [0, 0];
  for (const [i, look] of sorted.entries()) {
    const before = sorted[i - 1];
    // Jobs of one batch are looked at together by whoever waits for them.
    if (before === undefined || Math.abs(look.createdMs - before.createdMs) < Math.max(1_000, period / 4)) continue;
    const phase = ((look.fromMs - before.fromMs) / period) % 1;
    pairs += 1;
    if (Math.min(phase, 1 - phase) <= tick) onTick += 1;
  }
  return pairs >= minPairs && boundedShare(onTick, pairs).low >= 0.6;
}

/** @returns the median step between looks at one job */
function periodMs(looks: readonly TimedLook[]): number | undefined {
  const steps = [...groupedBy(looks, ({ createdMs }) => createdMs).values()]
    .flatMap((of) => of.slice(1).map((look, i) => look.fromMs - (of[i]?.fromMs ?? 0)))
    .filter((ms) => ms > 0)
    .sort((a, b) => a - b);
  return steps[Math.floor(steps.length / 2)];
}
