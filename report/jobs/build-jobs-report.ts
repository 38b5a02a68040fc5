/** Builds the report on jobs from their records, and from an access log where there is one. Pure; the order of both does not matter. */
import { groupedBy } from './grouped-by.ts';
import { adviceOf } from './job-advice.ts';
import { type LookLog, withHeldSubmissions } from './job-looks.ts';
import { measureRecords } from './job-measures.ts';
import type { JobPrices } from './job-prices.ts';
import type { JobRecord } from './job-record.ts';
import { minForPeace, rulesOf } from './job-rules.ts';
import { type JobRule, type JobsReport, type JobTypeReport, type JobVerdict, jobVerdicts } from './jobs-report.ts';
import { measureLooks, type TypeLooks } from './look-measures.ts';
import { clockReaders, dashboardsOf, withoutReaders } from './look-readers.ts';
import { nearestRank } from './one-sided-bounds.ts';
import { costOf } from './polling-cost.ts';
import { assumptions, cannotKnow, isOtherLog, logWarnings, missingSubmissions } from './report-limits.ts';

export interface JobsReportInput {
  readonly records: readonly JobRecord[];
  /** Undefined without an access log. */
  readonly log: LookLog | undefined;
  readonly prices: JobPrices;
  /** Whether older jobs were left out. */
  readonly isCutShort: boolean;
  /** How to fetch the access log, in words. */
  readonly logCommand: string;
}

export function buildJobsReport({ records: given, log: whole, prices, isCutShort, logCommand }: JobsReportInput): JobsReport {
  const records = [...new Map(given.map((record) => [record.id, record])).values()].sort(
    (a, b) => a.createdMs - b.createdMs || (a.id < b.id ? -1 : 1),
  );
  const isUsed = whole !== undefined && whole.requests > 0 && !isOtherLog(missingSubmissions(whole, records));
  const full = isUsed ? withHeldSubmissions(whole, records) : undefined;
  const dashboards = full === undefined ? new Set<string>() : dashboardsOf(full, records);
  const log = full === undefined ? undefined : withoutReaders(full, dashboards);
  const byType = groupedBy(records, ({ type }) => type);
  // One caller may wait for jobs of one type and look at those of another by the clock.
  const byClock = new Map([...byType].map(([type, jobs]) => [type, log === undefined ? new Set<string>() : clockReaders(log, jobs)]));
  const types = [...byType].map(([type, jobs]) => typeReport(type, jobs, { log, byClock: byClock.get(type) ?? new Set(), prices }));
  return {
    version: 1,
    kind: 'jobs',
    input: {
      from: timeOf(records[0]?.createdMs),
      to: timeOf(records.at(-1)?.createdMs),
      jobs: records.length,
      ended: records.filter(({ end }) => end !== null).length,
      isCutShort,
      accessLog:
        log === undefined
          ? null
          : {
              from: timeOf(log.fromMs) ?? '',
              to: timeOf(log.toMs) ?? '',
              requests: log.requests,
              looks: log.looks,
              dashboards: dashboards.size,
              clockReaders: new Set([...byClock.values()].flatMap((callers) => [...callers])).size,
            },
    },
    warnings: [
      ...(isCutShort ? [{ code: 'cut_short', text: `Only the newest ${records.length} jobs were read; --max-jobs reads more.` }] : []),
      ...(whole === undefined ? [] : logWarnings(whole, records)),
    ],
    types: types.sort(
      (a, b) => jobVerdicts.indexOf(a.verdict) - jobVerdicts.indexOf(b.verdict) || b.jobs - a.jobs || (a.type < b.type ? -1 : 1),
    ),
    missing: log === undefined ? `Whether somebody waits, reads or polls is in the access log of the API: ${logCommand}` : null,
    cannotKnow: cannotKnow(log !== undefined),
    assumptions: assumptions(prices.label),
  };
}

interface Sources {
  readonly log: LookLog | undefined;
  readonly byClock: ReadonlySet<string>;
  readonly prices: JobPrices;
}

function typeReport(type: string, jobs: readonly JobRecord[], { log, byClock, prices }: Sources): JobTypeReport {
  const records = measureRecords(jobs);
  const looks = log === undefined ? undefined : measureLooks(records.ended, records.typicalMs, log, byClock);
  const rules = rulesOf(records, looks);
  const cost = costOf(records, looks, prices);
  const [verdict, ...also] = verdictsOf(rules, records.ended.length, looks);
  const countOf = (end: JobRecord['end']) => jobs.filter((job) => job.end === end).length;
  return {
    type,
    jobs: jobs.length,
    ended: { succeeded: countOf('succeeded'), failed: countOf('failed'), cancelled: countOf('cancelled') },
    verdict,
    also,
    rules,
    ...adviceOf(verdict, { type, records, looks, cost, rules }),
    instead: rules.find((rule) => rule.verdict === verdict)?.instead ?? '',
    startDelayMs: records.startDelayMs,
    runMs: records.runMs,
    totalMs: records.totalMs,
    waitingShare: records.waitingShare,
    retried: records.retried,
    deadline: {
      missed: records.missed,
      slack: { p1: nearestRank(records.slacks, 0.01), p5: nearestRank(records.slacks, 0.05), p50: nearestRank(records.slacks, 0.5) },
    },
    movable: records.movable,
    pushed: jobs.filter(({ isPushed }) => isPushed).length,
    looks: looks?.facts ?? null,
    cost,
  };
}

function verdictsOf(rules: readonly JobRule[], ended: number, looks: TypeLooks | undefined): readonly [JobVerdict, ...JobVerdict[]] {
  const [first, ...others] = rules.filter(({ state }) => state === 'fired').map(({ verdict }) => verdict);
  if (first !== undefined) return [first, ...others];
  if (ended < minForPeace) return ['too little'];
  if (looks === undefined) return ['needs the access log'];
  return looks.facts.jobs < minForPeace ? ['too little'] : ['as it should be'];
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined || !Number.isFinite(ms) ? null : new Date(ms).toISOString();
}
