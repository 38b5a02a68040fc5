/** Times and durations, as people write and read them. */
import { type CommandInput, text as textOf, UsageError } from './command.ts';

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Longer ones are typing errors. The API's own limits are about a year. */
const longestYears = 100;
const longestMs = longestYears * 365 * 86_400_000;

/** @returns milliseconds of a duration such as 90, 90s, 1h30m or 2d; a bare number counts seconds @throws UsageError */
export function durationMs(text: string, option: string): number {
  const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdw])/g)];
  const isWhole = parts.length > 0 && parts.map(([part]) => part).join('') === text;
  const seconds = /^\d+(\.\d+)?$/.test(text)
    ? Number(text)
    : isWhole
      ? parts.reduce((sum, [, count, unit = '']) => sum + Number(count) * (unitSeconds[unit] ?? 0), 0)
      : undefined;
  if (seconds === undefined) throw new UsageError(`${option} must be a duration such as 30s, 10m, 1h30m or 7d (was "${text}").`);
  if (seconds * 1000 > longestMs) throw new UsageError(`${option} must be at most ${longestYears} years (was "${text}").`);
  return Math.round(seconds * 1000);
}

/** @returns milliseconds of an option that is a duration; undefined where it is not given @throws UsageError */
export function optionalDurationMs(input: CommandInput, name: string): number | undefined {
  const given = textOf(input, name);
  return given === undefined ? undefined : durationMs(given, `--${name}`);
}

/** @param direction where a duration leads from now @returns an instant as the API takes it @throws UsageError */
export function instantOf(text: string, option: string, nowMs: number, direction: 'past' | 'future'): string {
  // `-1h` is an hour ago, and never an hour from now.
  const [, sign = '', size = ''] = /^([+-]?)([\d.]+(?:ms|[smhdw]).*)$/.exec(text) ?? [];
  if (size !== '' && sign !== (direction === 'past' ? '+' : '-'))
    return new Date(nowMs + (direction === 'past' ? -1 : 1) * durationMs(size, option)).toISOString();
  if (!isInstant(text))
    throw new UsageError(
      `${option} must be a time with its offset, such as 2026-12-01T06:00:00Z, or ${direction === 'past' ? 'how long ago' : 'how long from now'}, such as 1h (was "${text}").`,
    );
  return new Date(text).toISOString();
}

/** `Date` takes 30 February for 2 March. */
function isInstant(text: string): boolean {
  const [, day] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  if (day === undefined || Number.isNaN(Date.parse(text))) return false;
  return new Date(`${day}T00:00:00Z`).toISOString().startsWith(day);
}
