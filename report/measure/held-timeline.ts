/** Requests in progress over time, in at most some hundreds of steps. */
import type { ServiceFacts } from '../delegation-report.ts';
import type { LogMeasures } from './measure-log.ts';

const maxSteps = 672;
const stepChoices = [1, 2, 5, 10, 15, 30, 60, 120, 240, 720, 1_440];
const minuteMs = 60_000;

/**
 * @param largest names of the endpoints that are drawn for themselves
 * @returns each step with the mean of the endpoints in its highest minute, so that the parts add up to the total
 */
export function timelineOf(
  log: LogMeasures,
  { delegable, largest }: { readonly delegable: ReadonlySet<string>; readonly largest: readonly string[] },
): ServiceFacts['timeline'] {
  const { total, firstMs, requests } = log;
  const step = stepChoices.find((minutes) => total.length / minutes <= maxSteps) ?? Math.ceil(total.length / maxSteps);
  const peaks = Array.from({ length: Math.ceil(total.length / step) }, (_, i) => {
    let peak = i * step;
    for (let minute = peak + 1; minute < Math.min(total.length, (i + 1) * step); minute++)
      if ((total[minute] ?? 0) > (total[peak] ?? 0)) peak = minute;
    return peak;
  });
  const at = (held: ArrayLike<number>) => peaks.map((minute) => inProgress(held[minute] ?? 0));
  const freed = new Float64Array(total.length);
  for (const { name, tally } of log.endpoints)
    if (delegable.has(name))
      for (let minute = 0; minute < tally.minutes.freed.length; minute++)
        freed[minute] = (freed[minute] ?? 0) + (tally.minutes.freed[minute] ?? 0);
  const byName = new Map(log.endpoints.map(({ name, tally }) => [name, tally]));
  return {
    from: requests === 0 ? null : new Date(Math.floor(firstMs / minuteMs) * minuteMs).toISOString(),
    stepMinutes: step,
    total: at(total),
    withoutDelegable: at(total.map((held, minute) => Math.max(0, held - (freed[minute] ?? 0)))),
    endpoints: largest.map((endpoint) => ({ endpoint, held: at(byName.get(endpoint)?.minutes.held ?? []) })),
  };
}

const inProgress = (ms: number) => Math.round((ms / minuteMs) * 1_000) / 1_000;
