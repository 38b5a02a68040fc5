/** What a job did when, as stretches of running and waiting: read from its timeline. */
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';

export interface Stretch {
  readonly kind: 'running' | 'waiting';
  /** 0 before the first start. */
  readonly attempt: number;
  readonly fromMs: number;
  readonly toMs: number;
  /** Why it waits, or how the stretch ended. */
  readonly label: string;
}

/** A stretch with its place on an axis from 0 to 1, on which long waits are cut. */
export interface Bar extends Stretch {
  readonly from: number;
  readonly to: number;
  /** Whether it is drawn shorter than it was. */
  readonly isCut: boolean;
}

type Entry = JobResource['timeline'][number];

/** What begins with an event; those that are not named begin nothing. */
const begins: Readonly<Record<string, readonly [Stretch['kind'] | 'end', string]>> = {
  scheduled: ['waiting', 'scheduled'],
  queued: ['waiting', 'waits for a worker'],
  waiting: ['waiting', 'waits'],
  sleeping: ['waiting', 'sleeps'],
  attempt_failed: ['waiting', 'waits for the next attempt'],
  worker_lost: ['waiting', 'its worker was lost'],
  started: ['running', 'runs'],
  resumed: ['running', 'runs'],
  succeeded: ['end', ''],
  failed: ['end', ''],
  cancelled: ['end', ''],
};
/** A wait is drawn at most as long as half of all the running. */
const longestWaitShare = 0.5;
const shortestShare = 0.006;

/** @param nowMs the end of the last stretch of a job that has not ended */
export function stretchesOf(timeline: readonly Entry[], nowMs: number): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let open: Omit<Stretch, 'toMs'> | undefined;
  for (const { at, event, attempt, detail } of timeline) {
    const next = begins[event];
    if (next === undefined) continue;
    const atMs = Date.parse(at);
    if (open !== undefined) stretches.push({ ...open, toMs: atMs });
    const [kind, label] = next;
    const inAttempt: number = attempt ?? open?.attempt ?? 0;
    open =
      kind === 'end' ? undefined : { kind, attempt: inAttempt, fromMs: atMs, label: detail === undefined ? label : `${label}: ${detail}` };
  }
  if (open !== undefined) stretches.push({ ...open, toMs: Math.max(nowMs, open.fromMs) });
  return stretches;
}

/** Places the stretches one behind the other. Idle time is cut, so that short runs between long waits can be seen. */
export function barsOf(stretches: readonly Stretch[]): readonly Bar[] {
  const lengthOf = ({ fromMs, toMs }: Stretch) => toMs - fromMs;
  const runningMs = stretches.filter(({ kind }) => kind === 'running').reduce((sum, stretch) => sum + lengthOf(stretch), 0);
  const longestMs = runningMs === 0 ? Number.POSITIVE_INFINITY : Math.max(1, runningMs * longestWaitShare);
  const drawn = stretches.map((stretch) => (stretch.kind === 'waiting' ? Math.min(lengthOf(stretch), longestMs) : lengthOf(stretch)));
  const least =
    Math.max(
      1,
      drawn.reduce((sum, length) => sum + length, 0),
    ) * shortestShare;
  const lengths = drawn.map((length) => Math.max(length, least));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let at = 0;
  return stretches.map((stretch, i) => {
    const from = at / total;
    at += lengths[i] ?? 0;
    return { ...stretch, from, to: at / total, isCut: lengthOf(stretch) > longestMs && stretch.kind === 'waiting' };
  });
}
