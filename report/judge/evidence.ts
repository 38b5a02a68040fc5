/** What the rules look at: the measures of one endpoint, made comparable. */
import type { EndpointReport, Interval } from '../delegation-report.ts';
import type { BehaviourShares } from '../measure/behaviour-tally.ts';
import { agentKinds, callerKinds } from '../measure/caller-rows.ts';
import { ClusteredShare } from '../measure/clustered-share.ts';
import { type MinuteFacts, minuteFacts } from '../measure/held-minutes.ts';
import type { LogMeasures, MeasuredEndpoint } from '../measure/measure-log.ts';
import { isSafe } from '../measure/related-endpoints.ts';
import { duration, percent } from '../shown-number.ts';
import { thresholds } from './thresholds.ts';

export interface Evidence {
  readonly measured: MeasuredEndpoint;
  readonly name: string;
  readonly isSafe: boolean;
  readonly requests: number;
  readonly wait: Readonly<Record<'p50' | 'p95' | 'p99', Interval | null>>;
  readonly held: Readonly<Record<'p50' | 'p95' | 'p99', Interval | null>>;
  readonly freed: MinuteFacts;
  readonly heldMinutes: MinuteFacts;
  /** Share of requests that ended at a limit, and of hang-ups; by hours. */
  readonly limited: Interval;
  readonly hungUp: Interval;
  /** What callers did, with the clusters of the intervals; undefined where the log cannot distinguish them, or are too few. */
  readonly behaviour: BehaviourShares | undefined;
  readonly callers: number;
  readonly blocks: number;
  /** Whether nearly all callers are known by user or key. */
  readonly areCallersKnown: boolean;
  readonly callersKnownBy: (typeof callerKinds)[number];
  readonly agents: Readonly<Record<(typeof agentKinds)[number], number>>;
  /** Whether nearly all come from programs or senders of webhooks. */
  readonly isByPrograms: boolean;
  readonly answer: EndpointReport['answer'];
  /** Whether the log has the time of the application, and not only what callers waited. */
  readonly areHeldKnown: boolean;
  /** Whether the wait may be the network's: then the log cannot say how long the work takes. */
  readonly isWaitOnly: boolean;
  readonly observedHours: number;
}

export function evidenceOf(measured: MeasuredEndpoint, log: LogMeasures): Evidence {
  const { tally, behaviour } = measured;
  const agents = Object.fromEntries(agentKinds.map((kind, i) => [kind, (tally.agents[i] ?? 0) / tally.requests])) as Evidence['agents'];
  const isByPrograms = agents.program + agents.webhook >= thresholds.oneKind;
  const [callers, blocks] = [behaviour.byCaller.bulk.clusters, behaviour.byBlock.bulk.clusters];
  const kinds = callerKinds.map((kind, i) => [kind, tally.callerKinds[i] ?? 0] as const);
  const known = kinds.filter(([kind]) => kind === 'user' || kind === 'key').reduce((sum, [, count]) => sum + count, 0);
  const answer = answerOf(measured);
  const [limited, hungUp] = [new ClusteredShare(), new ClusteredShare()];
  for (const hour of tally.hours.values()) {
    limited.add(hour.requests, hour.limited);
    hungUp.add(hour.requests, hour.hungUp);
  }
  return {
    measured,
    name: measured.name,
    isSafe: isSafe(tally.method),
    requests: tally.requests,
    wait: quantiles(tally.wait),
    held: quantiles(tally.held),
    freed: minuteFacts(tally.minutes.freed, log.observed),
    heldMinutes: minuteFacts(tally.minutes.held, log.observed),
    limited: limited.interval(),
    hungUp: hungUp.interval(),
    behaviour:
      callers >= thresholds.callers ? behaviour.byCaller : isByPrograms && blocks >= thresholds.blocks ? behaviour.byBlock : undefined,
    callers,
    blocks,
    areCallersKnown: known >= thresholds.oneKind * tally.requests,
    callersKnownBy: kinds.reduce((most, kind) => (kind[1] > most[1] ? kind : most))[0],
    agents,
    isByPrograms,
    answer,
    areHeldKnown: tally.isHeldKnown,
    isWaitOnly: isWaitOnly(measured, answer),
    observedHours: log.observed.count / 60,
  };
}

const quantiles = (histogram: { readonly interval: (q: number) => Interval | null }) => ({
  p50: histogram.interval(0.5),
  p95: histogram.interval(0.95),
  p99: histogram.interval(0.99),
});

/** Requests of up to this many bytes take a slow line of 1 Mbit/s less than a second. */
const fastUploadBytes = 100_000;

/** @returns true where only the caller's wait is logged, and the network could explain it */
function isWaitOnly(measured: MeasuredEndpoint, { p50Bytes }: Evidence['answer']): boolean {
  const { tally } = measured;
  if (tally.isHeldKnown) return false;
  const isSmallRequest = tally.sizedIn >= 0.8 * tally.requests && (tally.requestBytes.quantile(0.95) ?? fastUploadBytes) < fastUploadBytes;
  return !(isSmallRequest && p50Bytes !== null && p50Bytes <= thresholds.dataBytes);
}

/** @returns what the bodies of successes look like by their sizes: a log does not hold more */
function answerOf({ tally }: MeasuredEndpoint): Evidence['answer'] {
  const successes = tally.outcomes.ok;
  const sized = tally.answerBytes.count;
  // RFC 9110, 15.3.3: such an answer is intentionally noncommittal.
  if (successes > 0 && tally.accepted >= thresholds.oneSize * successes)
    return {
      kind: 'says nothing',
      p50Bytes: sized === 0 ? 0 : Math.round(tally.answerBytes.quantile(0.5) ?? 0),
      text: `${percent(tally.accepted / successes)} of its answers are 202: accepted, and not done`,
    };
  if (successes > 0 && tally.empty >= thresholds.oneSize * successes)
    return { kind: 'says nothing', p50Bytes: 0, text: `${percent(tally.empty / successes)} of its answers are empty` };
  if (successes === 0 || sized < 0.8 * successes)
    return { kind: 'unknown', p50Bytes: null, text: 'the sizes of its answers are not in the log' };
  const p50Bytes = Math.round(tally.answerBytes.quantile(0.5) ?? 0);
  const { counts, distinct } = tally.frequentSizes(5);
  const [one = 0] = counts;
  const five = counts.reduce((sum, count) => sum + count, 0);
  const isSmall = p50Bytes <= thresholds.smallAnswerBytes;
  if (isSmall && one / sized >= thresholds.oneSize)
    return { kind: 'says nothing', p50Bytes, text: `${percent(one / sized)} of its answers have the same size` };
  if (isSmall && five / sized >= thresholds.fiveSizes)
    return { kind: 'acknowledgement', p50Bytes, text: `five sizes make up ${percent(five / sized)} of its answers` };
  if (p50Bytes > thresholds.dataBytes && distinct > thresholds.dataSizes)
    return { kind: 'data', p50Bytes, text: `its answers are data: ${bytes(p50Bytes)} at the median, in many sizes` };
  return { kind: 'unknown', p50Bytes, text: `its answers vary: ${bytes(p50Bytes)} at the median` };
}

const bytes = (count: number) => (count < 1_000 ? `${count} bytes` : `${(count / 1_000).toPrecision(2)} kB`);

/** What delegating can take from the caller: the time of the application, and not that of a slow network, where the log distinguishes them. */
export const timeOf = ({ held, wait, areHeldKnown }: Evidence) => (areHeldKnown ? held : wait);

/** @returns such as `14 s (13.8 to 14.4)` */
export const range = ([low, estimate, high]: Interval) => `${duration(estimate)} (${duration(low)} to ${duration(high)})`;
/** @returns such as `74 % (71 to 77 %)` */
export const shareRange = ([low, estimate, high]: Interval) => `${percent(estimate)} (${percent(low)} to ${percent(high)})`;
