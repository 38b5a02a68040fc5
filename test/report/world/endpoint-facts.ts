/** The true probabilities behind an endpoint's behaviour, without noise: what an interval of the report is to contain. */
import type { EndpointShape, FollowUp } from './endpoint-kind.ts';

/** All shares but the last two are shares of the successful answers that reached their caller. */
export interface EndpointFacts {
  /** The caller reads what was created within 5 s of the answer. */
  readonly readsWithin5s: number;
  /** The caller reads it for the first time more than 5 s after the answer. */
  readonly comesBackLater: number;
  /** The caller sends any request because of the answer, within 2 s: a read, another request, or the same again. Not the next row of a run. */
  readonly resumesWithin2s: number;
  /** The caller calls the endpoint again because of the answer, within 30 s. Not the next row of a run. */
  readonly callsAgainWithin30s: number;
  /** The caller does nothing because of the answer, at any time. */
  readonly nothingFollows: number;
  /** Share of the failures and time-outs that are tried again; at most two times. */
  readonly repeatsAfterFailure: number;
  /** Share of the hang-ups that are tried again; at most two times. */
  readonly repeatsAfterHangUp: number;
}

/** How often people try again after they hung up. */
export const repeatsAfterHangUp = 0.4;

export function factsOf({ followUps }: Pick<EndpointShape, 'followUps'>, repeatsAfterFailure: number): EndpointFacts {
  const within = (ms: number, ...does: readonly FollowUp['does'][]): number =>
    followUps.filter((one) => does.length === 0 || does.includes(one.does)).reduce((sum, one) => sum + one.share * shareWithin(one, ms), 0);
  const readsEver = within(Number.POSITIVE_INFINITY, 'read', 'come-back');
  return {
    readsWithin5s: within(5_000, 'read', 'come-back'),
    comesBackLater: readsEver - within(5_000, 'read', 'come-back'),
    resumesWithin2s: within(2_000),
    callsAgainWithin30s: within(30_000, 'again'),
    nothingFollows: 1 - within(Number.POSITIVE_INFINITY),
    repeatsAfterFailure,
    repeatsAfterHangUp,
  };
}

/** @returns the share of a follow-up's delays that are at most a number of milliseconds */
function shareWithin({ medianMs, spread }: FollowUp, ms: number): number {
  return ms === Number.POSITIVE_INFINITY ? 1 : normalShareBelow(Math.log(ms / medianMs) / spread);
}

/** @returns the share of the standard normal distribution below a value, to 7 digits. @see Abramowitz and Stegun, 26.2.17 */
function normalShareBelow(value: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(value));
  const polynomial = t * (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const above = (Math.exp((-value * value) / 2) / Math.sqrt(2 * Math.PI)) * polynomial;
  return value >= 0 ? 1 - above : above;
}
