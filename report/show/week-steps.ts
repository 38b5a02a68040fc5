/** The timeline of a report, prepared for drawing: fewer steps where there is less room, and sums that never pass the total. */
import type { DelegationReport, ServiceFacts } from '../delegation-report.ts';
import { clock, decimal, weekday } from './page-number.ts';
import type { DataTable } from './plot-figure.ts';

interface Series {
  readonly total: readonly number[];
  readonly without: readonly number[];
  readonly layers: readonly { readonly endpoint: string; readonly held: readonly number[] }[];
}

export interface WeekSteps extends Series {
  readonly fromMs: number;
  readonly minutes: number;
  /** Joins neighbours until there are at most a number of steps. Each shows its highest moment, with all series as they were then. */
  readonly fitted: (most: number) => Series;
}

/** Reads the timeline. @returns null when there is nothing in it */
export function weekSteps({ from, stepMinutes, total, withoutDelegable, endpoints }: ServiceFacts['timeline']): WeekSteps | null {
  if (from === null || total.length === 0) return null;
  const series: Series = { total, without: withoutDelegable, layers: endpoints };
  return { ...series, fromMs: Date.parse(from), minutes: stepMinutes, fitted: (most) => fitted(series, Math.ceil(total.length / most)) };
}

/** Says whether an endpoint is one of those that need not answer at once. */
export function isDelegable({ endpoints }: DelegationReport, endpoint: string): boolean {
  return endpoints.some((one) => one.endpoint === endpoint && (one.verdict === 'delegate' || one.verdict === 'probably'));
}

/** Stacks layers. The highest minutes of several endpoints need not be the same minute, so sums are cut at the total. */
export function cumulated(layers: readonly (readonly number[])[], total: readonly number[]): readonly (readonly number[])[] {
  let below: readonly number[] = total.map(() => 0);
  return layers.map((held) => {
    below = total.map((highest, i) => Math.min(highest, (below[i] ?? 0) + (held[i] ?? 0)));
    return below;
  });
}

/** Lists the highest values of each day, or of each hour where the log is short. */
export function weekTable({ fromMs, minutes, total, without, layers }: WeekSteps): DataTable {
  const isShort = total.length * minutes <= 2 * 1440;
  const size = isShort ? 3_600_000 : 86_400_000;
  const groups = Map.groupBy(total.keys(), (i) => Math.floor((fromMs + i * minutes * 60_000) / size));
  const highest = (values: readonly number[], steps: readonly number[]) => decimal(Math.max(...steps.map((i) => values[i] ?? 0)));
  return {
    caption: `the highest ${minutes === 1 ? 'minute' : 'value'} of each ${isShort ? 'hour' : 'day'}`,
    columns: [isShort ? 'Hour (UTC)' : 'Day (UTC)', 'All', 'Without the delegable', ...layers.map(({ endpoint }) => endpoint)],
    rows: [...groups].map(([group, steps]) => [
      isShort ? `${weekday(group * size)}, ${clock(group * size)}` : weekday(group * size),
      highest(total, steps),
      highest(without, steps),
      ...layers.map(({ held }) => highest(held, steps)),
    ]),
  };
}

function fitted(series: Series, joined: number): Series {
  const picks = Array.from({ length: Math.ceil(series.total.length / joined) }, (_, group) => {
    const steps = Array.from({ length: joined }, (_, i) => group * joined + i).filter((i) => i < series.total.length);
    return steps.reduce((best, i) => ((series.total[i] ?? 0) > (series.total[best] ?? 0) ? i : best));
  });
  const pick = (values: readonly number[]) => picks.map((i) => values[i] ?? 0);
  return {
    total: pick(series.total),
    without: pick(series.without),
    layers: series.layers.map(({ endpoint, held }) => ({ endpoint, held: pick(held) })),
  };
}
