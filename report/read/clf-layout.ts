/** Learns which appended fields of a log in the Common Log Format are times, in which unit, and whether nginx or Apache wrote it. */
import { type ClfExtra, type ClfLine, parseClfLine } from './clf-line.ts';
import { unitOf } from './latency-unit.ts';
import type { ReadOptions } from './log-reader.ts';

/** Where a time is, and how many milliseconds one of its unit is. */
export interface TimeColumn {
  readonly column: string;
  readonly msPerUnit: number;
}

export interface ClfLayout {
  /** The one that wrote the log: nginx logs when a request ended, Apache when it started. */
  readonly server: 'nginx' | 'apache';
  readonly wait?: TimeColumn | undefined;
  readonly held?: TimeColumn | undefined;
  /** Apache's `%X`: `X` is a connection that was closed before the answer was complete. */
  readonly connection?: string | undefined;
  readonly notes: readonly string[];
}

const waitNames = ['rt', 'request_time', 'req_time', 'reqtime', 'request_time_s'];
const heldNames = ['urt', 'upstream_response_time', 'upstream_time', 'uprt', 'ut'];
/** Names that say Apache's unit. */
const apacheNames: Readonly<Record<string, number>> = { D: 1e-3, time_us: 1e-3, duration_us: 1e-3, time_ms: 1, duration_ms: 1, T: 1e3 };
const seconds = /^(?:(?:-|\d{1,7}\.\d{3})(?:, ?| : ))*(?:-|\d{1,7}\.\d{3})$/;

/** What a column of the sample holds. */
interface Column {
  readonly key: string;
  readonly form: ClfExtra['form'];
  readonly values: string[];
}

/** The key of a field: its name, or its place. */
export const columnOf = (extra: ClfExtra, index: number) => extra.name ?? String(index);

/**
 * Learns the layout of a file from its first lines, as {@link learnClf} does.
 * @returns undefined when fewer than half of them are of this format: a request in another log says nothing of its fields
 */
export function learnClfSample(sample: readonly string[], options: ReadOptions): ClfLayout | undefined {
  const lines = sample.map(parseClfLine).filter((line) => line !== undefined);
  return lines.length === 0 || lines.length < sample.length / 2 ? undefined : learnClf(lines, options);
}

/**
 * Learns the layout of a file. A field with a name counts first, then numbers with three decimals, which are nginx's seconds, then the last
 * whole number, which is Apache's: nginx prints no time without decimals. Without any time the server follows from escapes, statuses and
 * the form of empty values, or is nginx; it then changes the start of a request by the duration that is not known anyway.
 * @throws ReportError when the unit of the last number cannot be known
 */
function learnClf(lines: readonly ClfLine[], options: ReadOptions): ClfLayout {
  const columns = columnsOf(lines);
  const find = (names: readonly string[]) => columns.find((column) => names.includes(column.key) && share(column, seconds) > 0.9);
  const named = find(waitNames);
  if (named !== undefined) return { server: 'nginx', wait: inSeconds(named), held: inSeconds(find(heldNames)), notes: [] };
  const bare = columns.filter((column) => /^\d+$/.test(column.key) && share(column, seconds) > 0.9 && column.values.some(isNumber));
  const held = find(heldNames);
  if (held !== undefined || bare.length > 0) return decimals(bare, held);
  const connection = columns.find((column) => share(column, /^[X+-]$/) === 1 && column.values.some((value) => value !== '-'))?.key;
  const server = serverOf(lines, connection !== undefined);
  const { wait, notes } = wholeNumber(columns, lines, server, options);
  return { server: server ?? (wait === undefined && notes.length === 0 ? 'nginx' : 'apache'), wait, connection, notes };
}

const inSeconds = (column: Column | undefined): TimeColumn | undefined => column && { column: column.key, msPerUnit: 1_000 };

/** nginx's seconds without a name. The request's time is never below the upstream's, so the column with the larger sum is the wait. */
function decimals(bare: readonly Column[], named: Column | undefined): ClfLayout {
  const [wait, held = named] = bare.toSorted((a, b) => sum(b) - sum(a) || Number(a.key) - Number(b.key));
  const notes =
    wait === undefined
      ? []
      : [
          `A field with three decimals is read as the time of the request in seconds${(held && ", the smaller one as the upstream's") || ''}.`,
        ];
  return { server: 'nginx', wait: inSeconds(wait), held: inSeconds(held), notes };
}

/** The last whole number, unless it is a size. */
function wholeNumber(columns: readonly Column[], lines: readonly ClfLine[], server: ClfLayout['server'] | undefined, options: ReadOptions) {
  const apache = columns.find((column) => Object.hasOwn(apacheNames, column.key) && share(column, /^(?:-|\d+)$/) > 0.9);
  if (apache !== undefined) return { wait: { column: apache.key, msPerUnit: apacheNames[apache.key] ?? 1 }, notes: [] };
  const numbers = columns.filter(({ key, form, values }) => {
    const mayBeTime = /^\d+$/.test(key) || waitNames.includes(key);
    return mayBeTime && form !== 'bracketed' && values.some(isNumber) && values.every((value) => /^(?:-|\d+(?:\.\d+)?)$/.test(value));
  });
  const last = numbers.at(-1);
  // nginx prints its times with three decimals: a whole number of its is a length or a port.
  if (last === undefined || (server === 'nginx' && options.latencyUnit === undefined)) return { notes: [] };
  if (numbers.length > 1 && isSizeWithHeaders(last, lines))
    return { notes: ['The last two numbers are read as bytes in and out (combinedio), not as times.'] };
  const isTimed = lines.every((line) => line.isBareTime) && numbers.length === 1;
  const { msPerUnit, note } = unitOf(last.values.filter(isNumber).map(Number), isTimed ? 'us' : undefined, options.latencyUnit);
  return { wait: { column: last.key, msPerUnit }, notes: [note] };
}

/** Apache's `combinedio` ends with `%I %O`: bytes sent are the body and some hundred bytes of headers. */
function isSizeWithHeaders(column: Column, lines: readonly ClfLine[]): boolean {
  const sizes = lines.filter(
    (line) => /^\d+$/.test(line.size) && line.extras.some((extra, index) => columnOf(extra, index) === column.key),
  );
  const overheads = sizes.map(
    (line) => Number(line.extras.find((extra, index) => columnOf(extra, index) === column.key)?.value) - Number(line.size),
  );
  const close = overheads.filter((bytes) => bytes >= 60 && bytes <= 4_096).length;
  return close > 0.9 * sizes.length && Math.max(...sizes.map((line) => Number(line.size))) > 20_000;
}

/** Who wrote lines without a nameable time, as far as they say. */
function serverOf(lines: readonly ClfLine[], hasConnection: boolean): ClfLayout['server'] | undefined {
  const texts = (line: ClfLine) => `${line.request} ${line.referer ?? ''} ${line.agent ?? ''}`;
  if (hasConnection || lines.some((line) => line.isBareTime)) return 'apache';
  if (lines.some((line) => /^49[4-9]|444$/.test(line.status) || /\\x(?:22|5C)/.test(texts(line)))) return 'nginx';
  const isApache = (line: ClfLine) =>
    line.size === '-' || line.host !== undefined || line.agent === undefined || /\\["\\nt]/.test(texts(line));
  return lines.some(isApache) ? 'apache' : undefined;
}

function columnsOf(lines: readonly ClfLine[]): readonly Column[] {
  const columns = new Map<string, Column>();
  for (const line of lines) {
    for (const [index, extra] of line.extras.entries()) {
      const key = columnOf(extra, index);
      const column = columns.get(key) ?? { key, form: extra.form, values: [] };
      column.values.push(extra.value);
      columns.set(key, column);
    }
  }
  // A rare column is a line of another form.
  return [...columns.values()].filter(({ values }) => values.length > lines.length / 2);
}

const isNumber = (value: string) => /\d/.test(value);
const share = ({ values }: Column, pattern: RegExp) => values.filter((value) => pattern.test(value)).length / values.length;
const sum = ({ values }: Column) => values.reduce((total, value) => total + (Number.parseFloat(value) || 0), 0);
