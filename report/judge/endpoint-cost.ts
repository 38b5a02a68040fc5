/** What an endpoint's time costs now, and what the same work costs as jobs: list prices, without allowances. */
import { contract as smallJob } from '../../lambdas/jobs/terminate-instances/contract.ts';
import { billOf, sumOf } from '../../lib/cost/bill.ts';
import { pricesOf } from '../../lib/cost/cost-arguments.ts';
import { pricesAsOf } from '../../lib/cost/prices.ts';
import { shapeOf } from '../../lib/cost/shape.ts';
import { assumed, monthSeconds } from '../../lib/cost/usage.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import type { CostFacts } from '../delegation-report.ts';
import { usd } from '../shown-number.ts';
import type { Evidence } from './evidence.ts';

export interface CostOptions {
  readonly region: string;
  /** Memory of the function that does the work, where the log does not say. */
  readonly memoryMb: number;
}

/** @param seconds that the log spans */
export type CostOf = (evidence: Evidence, seconds: number) => CostFacts | null;

/** Looks by the caller for each job. */
const looks = 1;

/** @returns computes the costs of endpoints in a region */
export function costsIn({ region, memoryMb }: CostOptions): CostOf {
  const prices = pricesOf(region);
  const shape = shapeOf(parseSettings({}, [smallJob.name]), [smallJob]);
  const gbSecond = prices.lambdaGbSecond[shape.settings.architecture];
  return (evidence, observedSeconds) => {
    const { measured } = evidence;
    const mean = measured.tally.held.mean;
    if (mean === null || observedSeconds === 0) return null;
    const ofMonth = (measured.tally.weight / observedSeconds) * monthSeconds;
    const memory = measured.memoryMb ?? memoryMb;
    const seconds = Math.min(smallJob.timeoutSeconds, Math.max(0.001, mean / 1000));
    // What a run costs more than a job of the longest run is left out: it continues in further invocations.
    const usdOfRequest = prices.httpRequest + prices.lambdaRequest + (mean / 1000) * (memory / 1024) * gbSecond;
    const bill = billOf(shape, prices, {
      contract: { ...smallJob, memoryMiB: memory },
      jobs: ofMonth,
      seconds,
      batch: 1,
      retries: 0,
      inputBytes: 200,
      reads: looks,
    });
    const heldUsdMonth = ofMonth * usdOfRequest;
    const delegatedUsdMonth = sumOf(bill.work).usd + ofMonth * Math.max(0, mean / 1000 - seconds) * (memory / 1024) * gbSecond;
    const wasted = wastedShare(evidence);
    const wastedUsdMonth = wasted === null ? null : heldUsdMonth * wasted;
    const deltaUsdMonth = delegatedUsdMonth - heldUsdMonth;
    const text =
      `${usd(heldUsdMonth)} a month now, ${usd(delegatedUsdMonth)} as jobs: delegating costs ${usd(deltaUsdMonth)} a month more` +
      `${wastedUsdMonth === null || wastedUsdMonth === 0 ? '' : `, and saves ${usd(wastedUsdMonth)} of work that was done twice or for callers who had left`}.`;
    return {
      heldUsdMonth: round(heldUsdMonth),
      delegatedUsdMonth: round(delegatedUsdMonth),
      deltaUsdMonth: round(deltaUsdMonth),
      wastedUsdMonth: wastedUsdMonth === null ? null : round(wastedUsdMonth),
      text,
    };
  };
}

/** @returns the share of requests whose work was repeated, or whose answer no caller got; null where nothing ended so */
function wastedShare({ measured: { tally, behaviour }, requests }: Evidence): number | null {
  const unanswered = tally.outcomes.timeout + tally.outcomes.hangup;
  const repeated = behaviour.byCaller.repeatedFailures.count;
  return unanswered + repeated === 0 ? null : Math.min(1, Math.max(unanswered, repeated) / requests);
}

const round = (value: number) => Math.round(value * 10_000) / 10_000;

/** @returns what the figures assume, in words */
export const costAssumptions = ({ region, memoryMb }: CostOptions): string =>
  `Costs are list prices of ${pricesAsOf} in ${region}, arm64, without allowances, one request of 200 bytes and ${looks} look a job; a function of ${memoryMb} MB where the log does not say how large it is; an acceptance takes ${assumed.apiSeconds * 1000} ms. What the work asks of other services costs the same either way.`;
