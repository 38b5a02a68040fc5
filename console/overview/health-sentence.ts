/** The state of a deployment in one sentence, and its failures by cause. */
import type { JobCountsResource, JobTypeSummaryResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import type { ListedJob } from '../jobs/job-rows.ts';
import { counted, countText } from '../words/amounts.ts';
import { durationText } from '../words/durations.ts';

export interface FailureGroup {
  readonly type: string;
  readonly code: string;
  readonly count: number;
  /** The newest message of this type and code. */
  readonly message: string;
  readonly firstAt: string;
  readonly lastAt: string;
  readonly lastJob: string;
}

export interface Health {
  readonly isWell: boolean;
  readonly sentence: string;
}

export interface HealthFacts {
  /** Not ended, of the last answer; `isMore` where there are others. */
  readonly unfinished: readonly ListedJob[];
  readonly isMore: boolean;
  readonly failures: readonly FailureGroup[];
  readonly counts: JobCountsResource['counts'];
  readonly types: readonly JobTypeSummaryResource[];
}

/** From this share of a type's ended jobs on, its failures are the headline. */
const alarmingShare = 0.1;

/** @param failed the newest first @returns groups by type and code, the largest first */
export function groupFailures(failed: readonly ListedJob[]): readonly FailureGroup[] {
  const groups = Map.groupBy(
    failed.filter(({ retriedBy }) => retriedBy === null),
    ({ type, error }) => `${type} ${error?.code}`,
  );
  return [...groups.values()].flatMap((jobs) => groupOf(jobs) ?? []).sort((a, b) => b.count - a.count);
}

/** @returns what somebody who opens the console should know first */
export function healthOf(facts: HealthFacts): Health {
  const paused = facts.types.filter(({ state }) => state !== 'active').map(({ name, state }) => `${name} is ${state}`);
  const alarming = facts.failures.find((group) => shareOf(group, facts) >= alarmingShare);
  if (alarming !== undefined)
    return { isWell: false, sentence: `${failingSentence(alarming, facts)} ${paused.map((one) => `${one}.`).join(' ')}`.trim() };
  if (paused.length > 0) return { isWell: false, sentence: `${paused.join(', ')}. ${busySentence(facts)}` };
  return { isWell: true, sentence: `All well: ${busySentence(facts)}` };
}

function groupOf(jobs: readonly ListedJob[]): FailureGroup | undefined {
  const [newest, oldest] = [jobs[0], jobs.at(-1)];
  if (newest === undefined || oldest === undefined) return undefined;
  return {
    type: newest.type,
    code: newest.error?.code ?? 'unknown',
    count: jobs.length,
    message: newest.error?.message ?? '',
    firstAt: oldest.finishedAt ?? oldest.createdAt,
    lastAt: newest.finishedAt ?? newest.createdAt,
    lastJob: newest.id,
  };
}

function shareOf({ type, count }: FailureGroup, { counts }: HealthFacts): number {
  const { succeeded = 0, failed = 0 } = counts.find((one) => one.type === type) ?? {};
  return count / Math.max(1, (succeeded ?? 0) + failed);
}

function failingSentence({ type, code, count, firstAt }: FailureGroup, { counts }: HealthFacts): string {
  const { succeeded, failed = count } = counts.find((one) => one.type === type) ?? { succeeded: null };
  const ended = succeeded === null ? '' : ` of the last ${countText(succeeded + failed)}`;
  const since = new Date(firstAt).toLocaleTimeString(undefined, { timeStyle: 'short' });
  return `${type} is failing: ${countText(count)}${ended}, ${code}, since ${since}.`;
}

function busySentence({ unfinished, isMore, types }: HealthFacts): string {
  const countOf = (status: string) => unfinished.filter((job) => job.status === status).length;
  const parts = (['running', 'waiting', 'queued', 'scheduled'] as const).flatMap((status) =>
    countOf(status) > 0 ? [`${countText(countOf(status))} ${status}`] : [],
  );
  const oldest = Math.max(0, ...types.map(({ queue }) => queue?.oldestSeconds ?? 0));
  if (parts.length === 0) return 'nothing is running or waiting.';
  const more = isMore ? ` among the newest ${counted(unfinished.length, 'unfinished job')}` : '';
  return `${parts.join(', ')}${more}${oldest > 0 ? `, the oldest that is due has waited ${durationText(oldest * 1000)}` : ''}.`;
}
