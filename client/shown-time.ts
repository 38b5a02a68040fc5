/** Durations and distances from now, as people read them. */

const steps = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1_000, 's'],
] as const;

/** @returns a duration of one or two units, such as `850 ms`, `12 s`, `3 min 20 s` or `2 d 4 h` */
export function showDuration(ms: number): string {
  const rounded = ms < 1_000 ? Math.round(ms) : Math.round(ms / 1_000) * 1_000;
  if (rounded < 1_000) return `${rounded} ms`;
  const at = steps.findIndex(([size]) => rounded >= size);
  const [size, unit] = steps[at] as (typeof steps)[number];
  const whole = Math.floor(rounded / size);
  const [nextSize, nextUnit] = steps[at + 1] ?? [1, ''];
  const rest = Math.floor((rounded - whole * size) / nextSize);
  return rest === 0 || nextUnit === '' ? `${whole} ${unit}` : `${whole} ${unit} ${rest} ${nextUnit}`;
}

/** @returns how far an instant is from now, such as `3 min ago` or `in 2 h` */
export function showRelative(instant: string, nowMs: number): string {
  const ms = Date.parse(instant) - nowMs;
  if (Math.abs(ms) < 1_000) return 'now';
  return ms < 0 ? `${showDuration(-ms)} ago` : `in ${showDuration(ms)}`;
}
