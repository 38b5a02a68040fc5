/** Finds the wall-clock times that a cron pattern matches, with the library croner, which knows no time zone here. */
import { Cron } from 'croner';
import { cronTextFault } from './cron-text.ts';

export interface CronPattern {
  /** Whether every hour matches. Such a pattern loses nothing by an hour that a change of the clocks leaves out. */
  readonly isHourly: boolean;
  /** Whether the minute or the hour begins with `*`. Such a pattern runs through both passes of an hour that comes twice. */
  readonly isRepeating: boolean;
  /** Whether both days are restricted, so that a time matches if either does. */
  readonly matchesEitherDay: boolean;
  /**
   * @param wallMs a wall-clock time as if it were in UTC, in epoch milliseconds
   * @returns the first matching wall-clock time after it, in the same form; undefined if there is none within 400 years
   */
  next(wallMs: number): number | undefined;
}

export type ParsedCron = { readonly pattern: CronPattern } | { readonly fault: string };

/** `parseCron`, where the library is loaded only when it is needed. */
export type ParseCron = (text: string) => ParsedCron;

/**
 * @param text five fields: minute, hour, day of the month, month, day of the week
 * @returns the pattern, or what is wrong with the text, with the field named
 */
export function parseCron(text: string): ParsedCron {
  const fault = cronTextFault(text);
  if (fault !== undefined) return { fault };
  const parts = text.trim().split(/\s+/);
  const [minute = '', hour = '', dayOfMonth = '', , dayOfWeek = ''] = parts;
  const cron = new Cron(parts.join(' '), { utcOffset: 0, mode: '5-part', paused: true });
  const pattern: CronPattern = {
    isHourly: hour === '*',
    isRepeating: minute.startsWith('*') || hour.startsWith('*'),
    matchesEitherDay: dayOfMonth !== '*' && dayOfWeek !== '*',
    next: (wallMs) => cron.nextRun(new Date(wallMs))?.getTime(),
  };
  if (pattern.next(Date.UTC(2026, 0, 1)) === undefined) return { fault: 'describes a day that never comes, such as 31 February' };
  return { pattern };
}
