/** Times and durations, as people write and read them. */
import { UsageError } from './command.ts';

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3_600, d: 86_400, w: 604_800 };

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
  return Math.round(seconds * 1000);
}

/** @param direction where a duration leads from now @returns an instant as the API takes it @throws UsageError */
export function instantOf(text: string, option: string, nowMs: number, direction: 'past' | 'future'): string {
  const bare = text.replace(/^[+-]/, '');
  if (/^[\d.]+(ms|[smhdw])/.test(bare)) return new Date(nowMs + (direction === 'past' ? -1 : 1) * durationMs(bare, option)).toISOString();
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)$/.test(text) || Number.isNaN(Date.parse(text)))
    throw new UsageError(
      `${option} must be a time with its offset, such as 2026-12-01T06:00:00Z, or ${direction === 'past' ? 'how long ago' : 'how long from now'}, such as 1h (was "${text}").`,
    );
  return new Date(text).toISOString();
}
