/** Ticks on an axis of time: hours, days, Mondays or months, in UTC. */
import { clock, duration, weekday } from './page-number.ts';
import type { Scale, Tick } from './svg-axis.ts';

const hour = 3_600_000;
const day = 24 * hour;
/** A Monday: steps of whole weeks are counted from it. */
const monday = Date.UTC(1970, 0, 5);
const steps = [hour, 3 * hour, 6 * hour, day, 2 * day, 7 * day, 14 * day, 28 * day, 84 * day, 364 * day] as const;

/**
 * Chooses round moments within a span of time.
 * @param room how many texts there is room for
 */
export function timeTicks(fromMs: number, toMs: number, scale: Scale, room: number): readonly Tick[] {
  const step = steps.find((size) => (toMs - fromMs) / size <= room) ?? 364 * day;
  const origin = step > 2 * day ? monday : 0;
  const first = origin + Math.ceil((fromMs - origin) / step) * step;
  const moments = Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, i) => first + i * step);
  return moments.map((at) => ({ at: scale(at), text: step < day && at % day !== 0 ? clock(at) : weekday(at) }));
}

const durations: readonly number[] = [0.001, 0.01, 0.1, 1, 10, 60, 600, 3600, 21_600, 86_400, 604_800];
const between: readonly number[] = [0.002, 0.005, 0.02, 0.05, 0.2, 0.5, 2, 5, 20, 30, 120, 300, 1200, 1800, 7200];

/** Chooses durations that a person thinks in, for an axis with a logarithmic scale in seconds. @param isFine adds those between, where the range is short */
export function durationTicks(fromSeconds: number, toSeconds: number, scale: Scale, isFine = true): readonly Tick[] {
  const within = (values: readonly number[]) => values.filter((value) => value >= fromSeconds * 0.999 && value <= toSeconds * 1.001);
  const few = within(durations);
  const chosen = few.length > 3 || !isFine ? few : [...few, ...within(between)].sort((one, other) => one - other);
  return chosen.map((seconds) => ({ at: scale(seconds), text: tickText(seconds) }));
}

function tickText(seconds: number): string {
  if (seconds === 86_400) return '1\u00a0day';
  if (seconds === 60) return '1\u00a0min';
  return seconds >= 0.1 && seconds < 1 ? `${seconds}\u00a0s` : duration(seconds * 1000);
}
