/** Applies prices to usage, without and with AWS's free allowances. */
import { allowances, freeDashboardMetrics, type Prices } from './prices.ts';
import type { Shape } from './shape.ts';
import { idleUsage, type Usage, type Work, workUsage } from './usage.ts';

export interface BillLine {
  readonly what: string;
  readonly count: number;
  readonly unitUsd: number;
  readonly usd: number;
  /** The price if nothing else in the account uses the free allowances. */
  readonly usdAfterFree: number;
}

export interface Bill {
  readonly idle: readonly BillLine[];
  /** In addition to `idle`, which uses the allowances first because it always occurs. */
  readonly work: readonly BillLine[];
}

/** The bill for a month. @param work without it, the bill is that of an idle deployment */
export function billOf(shape: Shape, prices: Prices, work?: Work): Bill {
  const left: Partial<Record<keyof Prices, number>> = { ...allowances };
  if (shape.dashboardMetrics > freeDashboardMetrics) left.dashboard = 0;
  const price = ({ what, meter, count }: Usage): BillLine => {
    const unitUsd = meter === 'lambdaGbSecond' ? prices.lambdaGbSecond[shape.settings.architecture] : prices[meter];
    const free = Math.min(count, left[meter] ?? 0);
    left[meter] = (left[meter] ?? 0) - free;
    return { what, count, unitUsd, usd: count * unitUsd, usdAfterFree: (count - free) * unitUsd };
  };
  return { idle: idleUsage(shape).map(price), work: work === undefined ? [] : workUsage(shape, work).map(price) };
}

export function sumOf(lines: readonly BillLine[]): { readonly usd: number; readonly usdAfterFree: number } {
  return {
    usd: lines.reduce((sum, { usd }) => sum + usd, 0),
    usdAfterFree: lines.reduce((sum, { usdAfterFree }) => sum + usdAfterFree, 0),
  };
}
