/** Whether an outcome is what the file and the contract say. */
import { readFileSync } from 'node:fs';
import type { Case, Outcome, Read, Refused } from './case.ts';
import { parseTypeName } from './type-name.ts';
import { faultOfType } from './types.ts';
import { isSameTagged, isSameText } from './values.ts';

export interface Verdict {
  /** `silent` is what must never be: a job that succeeded with other rows than the file has, or with a file that has none. */
  readonly kind: 'right' | 'silent' | 'type' | 'wrongly refused' | 'unclear' | 'round trip';
  readonly detail: string;
}

const right: Verdict = { kind: 'right', detail: '' };

export function judge(one: Case, outcome: Outcome): Verdict {
  if (outcome.kind === 'error') return judgeRefusal(one, outcome);
  if (one.outcome === 'refused')
    return { kind: 'silent', detail: `accepted with ${outcome.rows.length} rows: ${shown(outcome.rows.slice(0, 2))}` };
  return judgeRows(one, outcome);
}

/** @param codes of errors about the contents of a file */
export function judgeRefusal(one: Case, { code, message, details }: Refused, codes: readonly string[] = ['invalid_source']): Verdict {
  const said = `${code}: ${message.slice(0, 400)} ${shown(details)}`;
  if (one.outcome === 'rows') return { kind: 'wrongly refused', detail: said };
  const text = `${message} ${JSON.stringify(details)}`;
  const named = one.faulty.filter((key) => text.includes(key));
  const isNamed = one.notes.allNamed === true ? named.length === one.faulty.length : one.faulty.length === 0 || named.length > 0;
  if (!isNamed) return { kind: 'unclear', detail: `does not name ${one.faulty.join(' and ')}: ${said}` };
  const isEmpty = one.outcome === 'either' && code === 'source_not_found'; // there is no byte to read
  if (!codes.includes(code) && !isEmpty) return { kind: 'unclear', detail: `has another code than ${codes.join(' and ')}: ${said}` };
  if (one.lines === null) return right;
  const [first, last] = one.lines;
  const line = Number(details['line']);
  return line >= first && line <= last
    ? right
    : { kind: 'unclear', detail: `does not name line ${first}${first === last ? '' : ` to ${last}`}: ${said}` };
}

function judgeRows(one: Case, { columns, rows, sources }: Read): Verdict {
  const silent = (detail: string): Verdict => ({ kind: 'silent', detail });
  if (rows.length !== one.rowCount) return silent(`${rows.length} rows, of which the file has ${one.rowCount}`);
  if (columns.length !== one.columns.length) {
    return silent(`${columns.length} columns, of which the file has ${one.columns.length}: ${shown(columns.map(({ name }) => name))}`);
  }
  const names = one.columns.map(({ name }) => name);
  const at = names.map((name, index) => (name === null ? index : columns.findIndex((column) => column.name === name)));
  const missing = at.indexOf(-1);
  if (missing >= 0) return silent(`has no column ${JSON.stringify(names[missing])}: ${shown(columns.map(({ name }) => name))}`);
  const types = columns.map(({ type }) => parseTypeName(type));
  const isCsv = one.source['format'] === 'csv';
  const expected = readFileSync(one.expected, 'utf8').split('\n');
  for (const [index, row] of rows.entries()) {
    const written = JSON.parse(expected[index] ?? '') as never[];
    for (const [column, place] of at.entries()) {
      const type = types[place] ?? { kind: 'unknown' };
      const value = row[place];
      const isSame = isCsv ? isSameText(written[column] as never, value, type) : isSameTagged(written[column] as never, value, type);
      if (!isSame) {
        const name = columns[place]?.name;
        return silent(
          `row ${index + 1} of ${rows.length}, column ${name} ${columns[place]?.type}: ${shown(written[column])} came as ${shown(value)}`,
        );
      }
    }
  }
  if (sources !== undefined && sources['t']?.rows !== rows.length)
    return silent(`sources says ${sources['t']?.rows} rows, there are ${rows.length}`);
  for (const [column, place] of at.entries()) {
    const { name, type } = columns[place] ?? { name: '', type: '' };
    const fault = faultOfType(one.columns[column]?.class ?? '', type);
    if (fault !== undefined) return { kind: 'type', detail: `column ${name} is ${type}, not ${fault}` };
  }
  return right;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > 300 ? `${text.slice(0, 300)}…` : text;
}
