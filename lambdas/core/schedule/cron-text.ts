/** Cron patterns of five fields: what is accepted. */
import { truncate } from '../../text/truncate.ts';

/** The longest pattern: a list of all 60 minutes and all 24 hours fits. */
export const maxCronLength = 300;

const months = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const weekdays = ['SUN', 'MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT'];

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  /** Names of the values from `min` on. */
  readonly names?: readonly string[];
  /** Whether `L`, the last day of the month, is a value. */
  readonly hasLast?: boolean;
}

const fields: readonly Field[] = [
  { name: 'minute', min: 0, max: 59 },
  { name: 'hour', min: 0, max: 23 },
  { name: 'day of the month', min: 1, max: 31, hasLast: true },
  { name: 'month', min: 1, max: 12, names: months },
  { name: 'day of the week', min: 0, max: 7, names: weekdays },
];

/** @returns what is wrong with the text of a pattern, with the field named; undefined if nothing is */
export function cronTextFault(text: string): string | undefined {
  if (text.length > maxCronLength) return `must be at most ${maxCronLength} characters (was ${text.length})`;
  const parts = text.trim() === '' ? [] : text.trim().split(/\s+/);
  if (parts.length !== fields.length) {
    const names = fields.map(({ name }) => name).join(', ');
    const was = parts.length === 1 ? `"${truncate(parts[0] ?? '', 40)}"` : String(parts.length);
    return `must have ${fields.length} fields: ${names} (was ${was})`;
  }
  for (const [i, field] of fields.entries()) {
    for (const part of (parts[i] ?? '').split(',')) {
      const fault = faultOfPart(part, field);
      if (fault !== undefined) return `has a ${field.name} that ${fault} (was "${truncate(parts[i] ?? '', 40)}")`;
    }
  }
  return undefined;
}

/** Checks one element of a field's list: a star, a number, a range, or a step of a star or a range. The library accepts more, which is left out since cron programs differ in it. */
function faultOfPart(part: string, field: Field): string | undefined {
  const { min, max, names, hasLast = false } = field;
  if (hasLast && part.toUpperCase() === 'L') return undefined;
  const [, from = '', to, step] = /^(\*|\w+)(?:-(\w+))?(?:\/(\w+))?$/.exec(part) ?? [];
  if (from === '' || (from === '*' && to !== undefined))
    return 'is not *, a number, a range such as 1-5, a step such as */10, or a list of these';
  if (step !== undefined && (!/^\d+$/.test(step) || Number(step) < 1 || Number(step) > max)) return `has a step outside 1 to ${max}`;
  if (from === '*') return undefined;
  const [first, last] = [readValue(from, field), to === undefined ? undefined : readValue(to, field)];
  for (const value of [first, ...(to === undefined ? [] : [last])]) {
    if (value === undefined || value < min || value > max)
      return `is outside ${min} to ${max}${names === undefined ? '' : ` or ${names[0]} to ${names.at(-1)}`}`;
  }
  if (step !== undefined && to === undefined) return `has a step without a range: write ${from}-${max}/${step}`;
  return first !== undefined && last !== undefined && last < first ? 'is a range that ends before it begins' : undefined;
}

function readValue(text: string, { min, names }: Field): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text);
  const index = names?.indexOf(text.toUpperCase()) ?? -1;
  return index === -1 ? undefined : min + index;
}
