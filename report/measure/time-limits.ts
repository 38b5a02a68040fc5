/** Durations at which somebody in the middle gives up: then the answer says nothing about how long the work takes. */
import type { LoggedRequest } from '../read/logged-request.ts';
import { duration } from '../shown-number.ts';
import { LogHistogram } from './log-histogram.ts';

export interface TimeLimit {
  readonly ms: number;
  readonly name: string;
}

/** Defaults and maxima of what is in front of applications. */
export const knownLimits: readonly TimeLimit[] = [
  // https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html
  { ms: 29_000, name: '29 s, as by the default of API Gateway' },
  // The maximum of an HTTP API; also https://devcenter.heroku.com/articles/request-timeout
  { ms: 30_000, name: '30 s, as by the limit of API Gateway or Heroku' },
  // https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html and nginx' proxy_read_timeout
  { ms: 60_000, name: '60 s, as by the default of load balancers and nginx' },
  // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
  { ms: 900_000, name: '15 minutes, as by the limit of Lambda' },
];

/** A failure counts for a limit when it ends at most this long after it. */
const slackMs = 300;

/** Failures below this are not slow work. */
const leastMs = 1_000;

/** Learns at which durations a service's failures pile up. */
export class LimitLearner {
  private readonly failures = new LogHistogram();

  learn({ outcome, waitMs }: LoggedRequest): void {
    if (waitMs !== undefined && waitMs >= leastMs && (outcome === 'failed' || outcome === 'timeout')) this.failures.add(waitMs);
  }

  /** @returns the known limits, and those at which at least five failures and a tenth of all slow failures end within 1 % */
  finish(): readonly TimeLimit[] {
    const learnt: TimeLimit[] = [];
    this.failures.forEach((value) => {
      const near = this.failures.near(value, 0.01);
      const around = this.failures.near(value, 0.1) - near;
      if (near < 5 || near < this.failures.count / 10 || around > near / 2) return;
      if ([...knownLimits, ...learnt].some(({ ms }) => Math.abs(ms - value) <= ms / 25)) return;
      learnt.push({ ms: Math.round(value), name: `${duration(value)}, a limit that these logs show` });
    });
    return [...knownLimits, ...learnt];
  }
}

/** @returns the limit at which an answer ended: of a failure, by its duration; a time-out without one has no limit's name */
export function limitOf({ outcome, waitMs, heldMs }: LoggedRequest, limits: readonly TimeLimit[]): TimeLimit | undefined {
  const ms = waitMs ?? heldMs;
  const isTimeout = outcome === 'timeout';
  if (!isTimeout && outcome !== 'failed') return undefined;
  if (ms === undefined) return isTimeout ? unnamed : undefined;
  for (const limit of limits) {
    const after = ms - limit.ms;
    if (after >= -limit.ms / 100 && after <= Math.max(limit.ms / 100, slackMs)) return limit;
  }
  return isTimeout ? unnamed : undefined;
}

const unnamed: TimeLimit = { ms: 0, name: 'a time-out' };
