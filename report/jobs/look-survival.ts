/** How long ended jobs stay without a look, by Kaplan and Meier: a job that was not looked at yet is censored where the log ends, and not left out. */
import { type BoundedShare, boundedShare } from './one-sided-bounds.ts';

/** The time from the end of a job to the first look, or as long as there was none. */
export interface Lag {
  readonly ms: number;
  readonly isLooked: boolean;
}

export interface LagCurve {
  readonly jobs: number;
  /** @returns the share that was looked at within the time, with bounds; without any of them where too few jobs were followed for that time */
  lookedWithin(ms: number): BoundedShare;
  /** @returns the time within which a share was looked at; null where fewer were */
  quantileMs(share: number): number | null;
}

/** Fewer jobs that were followed for that time say nothing of it. */
const minAtRisk = 20;

/** @see Kaplan & Meier, JASA 53 (1958), with Greenwood's variance */
export function lagCurve(lags: readonly Lag[]): LagCurve {
  const sorted = [...lags].sort((a, b) => a.ms - b.ms || Number(b.isLooked) - Number(a.isLooked));
  const steps: { readonly ms: number; readonly waiting: number; readonly greenwood: number }[] = [];
  let [waiting, greenwood] = [1, 0];
  for (let i = 0; i < sorted.length; ) {
    const ms = sorted[i]?.ms ?? 0;
    const atRisk = sorted.length - i;
    let looked = 0;
    for (; i < sorted.length && sorted[i]?.ms === ms; i++) looked += sorted[i]?.isLooked === true ? 1 : 0;
    if (looked === 0) continue;
    waiting *= 1 - looked / atRisk;
    greenwood += atRisk === looked ? 0 : looked / (atRisk * (atRisk - looked));
    steps.push({ ms, waiting, greenwood });
  }
  const followed = (ms: number) => sorted.filter((lag) => lag.isLooked || lag.ms >= ms).length;
  return {
    jobs: lags.length,
    lookedWithin(ms) {
      const step = steps.findLast((one) => one.ms <= ms);
      const of = followed(ms);
      if (of < minAtRisk) return boundedShare(0, 0);
      const share = 1 - (step?.waiting ?? 1);
      // As many jobs, all followed to their looks, would have the same variance.
      const variance = (1 - share) ** 2 * (step?.greenwood ?? 0);
      const effective = share <= 0 || variance <= 0 ? of : Math.min(lags.length, (share * (1 - share)) / variance);
      return boundedShare(share * effective, effective);
    },
    quantileMs: (share) => steps.find((step) => 1 - step.waiting >= share)?.ms ?? null,
  };
}
