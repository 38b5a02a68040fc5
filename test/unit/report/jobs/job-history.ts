/** A simulated deployment whose truth is known: jobs as the API would show them, and the access log of everybody who asked about them. */

import { prices as regions } from '../../../../lib/cost/prices.ts';
import { askedMs } from '../../../../report/jobs/asked-pace.ts';
import { buildJobsReport } from '../../../../report/jobs/build-jobs-report.ts';
import { collectLooks } from '../../../../report/jobs/job-looks.ts';
import { type JobRecord, recordOf, type ShownJob } from '../../../../report/jobs/job-record.ts';
import type { JobsReport } from '../../../../report/jobs/jobs-report.ts';
import { listJobPrices } from '../../../../report/jobs/list-job-prices.ts';
import type { LoggedRequest } from '../../../../report/read/logged-request.ts';

const [hourMs, dayMs] = [3_600_000, 86_400_000];
export const startMs = Date.UTC(2026, 9, 5);
export const logDays = 24;
const jobDays = 14;

/** mulberry32, by Tommy Ettinger. @returns numbers in [0, 1) */
export function seeded(seed: number): () => number {
  let state = seed * 0x9e3779b1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** How those who delegated a type behave. */
export type Reader = 'waits' | 'waits held' | 'ignores' | 'comes later' | 'hurries' | 'by the clock' | 'webhook';

export interface TypePlan {
  readonly type: string;
  readonly jobs: number;
  readonly reader: Reader;
  /** Median of the work, log-normal around it. */
  readonly runMs: number;
  readonly queueMs: number;
  readonly deadlineMs: number;
  /** @default 0 */
  readonly cancelled?: number;
  /** The share that ends at its deadline. @default 0 */
  readonly late?: number;
  /** Milliseconds between two looks of those who hurry or look by the clock. */
  readonly everyMs?: number;
}

export interface History {
  readonly jobs: readonly ShownJob[];
  readonly requests: readonly LoggedRequest[];
}

const letters = '0123456789abcdefghjkmnpqrstvwxyz';
const iso = (ms: number) => new Date(ms).toISOString();

export function simulate(plans: readonly TypePlan[], seed: number, { resolutionMs = 1, dashboard = false } = {}): History {
  const random = seeded(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const jobs: ShownJob[] = [];
  const requests: LoggedRequest[] = [];
  const log = (request: Partial<LoggedRequest> & Pick<LoggedRequest, 'path' | 'startMs'>) =>
    requests.push({
      method: 'GET',
      status: 200,
      waitMs: 20,
      outcome: 'ok',
      callerKind: 'user',
      agentKind: 'program',
      ...request,
      startMs: Math.floor(request.startMs / resolutionMs) * resolutionMs,
    });
  // Somebody always asks for something, so the log has a beginning and an end.
  for (let ms = startMs; ms <= startMs + logDays * dayMs; ms += 6 * hourMs) log({ path: '/v1/me', startMs: ms });
  for (const plan of plans)
    for (let i = 0; i < plan.jobs; i++) {
      const id = `job_${Array.from({ length: 26 }, () => letters[Math.floor(random() * 32)]).join('')}`;
      const createdMs = Math.floor(startMs + hourMs + random() * jobDays * dayMs);
      const startedMs = createdMs + Math.ceil(plan.queueMs * (0.7 + 0.6 * random()));
      const runMs = Math.ceil(plan.runMs * Math.exp(0.15 * normal()));
      const isCancelled = random() < (plan.cancelled ?? 0);
      const isLate = random() < (plan.late ?? 0);
      const finishedMs = isLate ? createdMs + plan.deadlineMs : startedMs + runMs;
      const owner = `arn:aws:iam::123456789012:role/team-${i % 5}`;
      const caller = `arn:aws:sts::123456789012:assumed-role/team-${i % 5}/session-${i % 3}`;
      const status = isCancelled ? 'cancelled' : isLate ? 'failed' : 'succeeded';
      jobs.push({
        id,
        type: plan.type,
        owner,
        status,
        attempt: 1,
        error: isLate ? { code: 'deadline_exceeded', message: 'secret text', retryable: false } : null,
        createdAt: iso(createdMs),
        notBefore: iso(createdMs),
        startedAt: iso(startedMs),
        finishedAt: iso(finishedMs),
        deadline: iso(createdMs + plan.deadlineMs),
        expiresAt: iso(finishedMs + 30 * dayMs),
        parent: null,
        schedule: null,
        retryOf: null,
        webhook: plan.reader === 'webhook' ? { url: 'https://example.com/hook', events: ['ended'], delivery: null } : null,
        timeline: [{ at: iso(createdMs), event: 'queued' }],
        cost: { invocations: 1, runSeconds: runMs / 1000, gigabyteSeconds: runMs / 2000, recordWrites: 6 },
      });
      const isHeld = plan.reader === 'waits held';
      log({
        method: 'POST',
        path: '/v1/jobs',
        startMs: createdMs - 15,
        waitMs: isHeld ? finishedMs - createdMs + 40 : 30,
        status: isHeld ? 200 : 202,
        caller,
      });
      for (const at of looksOf(plan, { createdMs, finishedMs }, random)) log({ path: `/v1/jobs/${id}`, startMs: at, caller });
      if (dashboard && i % 2 === 0)
        for (let at = createdMs + 5; at < finishedMs + 60_000; at += 2_000)
          log({ path: `/v1/jobs/${id}`, startMs: at, caller: 'arn:aws:sts::123456789012:assumed-role/wall/tv' });
    }
  return { jobs, requests };
}

function looksOf(
  plan: TypePlan,
  { createdMs, finishedMs }: { readonly createdMs: number; readonly finishedMs: number },
  random: () => number,
): readonly number[] {
  const typicalMs = plan.runMs + plan.queueMs;
  const looks: number[] = [];
  const until = (firstMs: number, nextMs: (at: number) => number) => {
    let at = firstMs;
    for (; at < finishedMs; at = nextMs(at)) looks.push(at);
    looks.push(at);
  };
  switch (plan.reader) {
    case 'waits':
      until(createdMs + 500, (at) => at + askedMs(at - createdMs, typicalMs) + 30);
      break;
    case 'hurries':
      until(createdMs + 200, (at) => at + (plan.everyMs ?? 300));
      break;
    case 'by the clock': {
      const every = plan.everyMs ?? 5_000;
      until(Math.ceil(createdMs / every) * every, (at) => at + every);
      break;
    }
    case 'comes later':
      looks.push(finishedMs + (2 + 20 * random()) * hourMs);
      break;
    case 'ignores':
      if (random() < 0.03) looks.push(finishedMs + (1 + 20 * random()) * hourMs);
      break;
    default:
  }
  return looks;
}

export const listPrices = listJobPrices('us-east-1', regions['us-east-1'] as NonNullable<(typeof regions)[string]>);

export function recordsOf({ jobs }: Pick<History, 'jobs'>): readonly JobRecord[] {
  return jobs.flatMap((job) => recordOf(job) ?? []);
}

/** @param withLog whether the access log is given */
export function reportOf(history: History, withLog = true): JobsReport {
  const records = recordsOf(history);
  const collector = collectLooks(new Set(records.map(({ id }) => id)));
  for (const request of history.requests) collector.visit(request);
  const log = withLog ? collector.finish() : undefined;
  return buildJobsReport({ records, log, prices: listPrices, isCutShort: false, logCommand: 'aws logs …' });
}

export function verdictsOf(report: JobsReport): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(report.types.map(({ type, verdict, also }) => [type, [verdict, ...also]]));
}
