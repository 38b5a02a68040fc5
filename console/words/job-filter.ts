/** The text of the jobs screen, such as `status:failed type:run-query tag:team=data since:1h`: the query of the API, for people. */

/** By the API's own parameters; `since` and `until` may be spans back from now, such as `1h`. */
export interface JobFilter {
  readonly status: readonly string[];
  readonly type: readonly string[];
  /** Tags, as `name:value` or `name`. */
  readonly tag: readonly string[];
  readonly since?: string;
  readonly until?: string;
  readonly order?: string;
  readonly owner?: string;
}

export interface ParsedFilter {
  readonly filter: JobFilter;
  /** What could not be understood, for the person who wrote it. */
  readonly faults: readonly string[];
}

export const statuses = ['scheduled', 'queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'] as const;
const lists = ['status', 'type', 'tag'] as const;
const singles = ['since', 'until', 'order', 'owner'] as const;
const names: readonly string[] = [...lists, ...singles];
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };
/** A term is `name:value`; a value with spaces is quoted, with `\"` for a quote. */
const term = /(\w+):"((?:[^"\\]|\\.)*)"|(\S+)/g;

/** Reads the text of the box. Terms that it does not understand are reported and left out. */
export function parseFilterText(text: string): ParsedFilter {
  const query = new URLSearchParams();
  const faults: string[] = [];
  for (const [whole, quotedName, quotedValue, plain = ''] of text.matchAll(term)) {
    const at = plain.indexOf(':');
    const name = quotedName ?? (at === -1 ? '' : plain.slice(0, at));
    const value = quotedValue === undefined ? plain.slice(at + 1) : quotedValue.replace(/\\(.)/g, '$1');
    if (!names.includes(name)) faults.push(`"${whole}" is not a filter. There are: ${names.map((one) => `${one}:`).join(' ')}`);
    else if (value === '') faults.push(`${name}: has no value.`);
    else query.append(name, name === 'tag' ? value.replace('=', ':') : value);
  }
  const filter = filterOfQuery(query);
  return { filter, faults: [...faults, ...faultsOf(filter)] };
}

/** @param query of the console's own address, which has the parameters of the API */
export function filterOfQuery(query: URLSearchParams): JobFilter {
  const listOf = (name: string) => [...new Set(query.getAll(name).flatMap((value) => value.split(',')))].filter((value) => value !== '');
  const single = Object.fromEntries(singles.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : [])));
  // Tags may hold commas.
  return { ...single, status: listOf('status'), type: listOf('type'), tag: [...new Set(query.getAll('tag'))].filter((tag) => tag !== '') };
}

/** @returns the filter as the text that `parseFilterText` reads */
export function filterText(filter: JobFilter): string {
  return filterTerms(filter)
    .map(({ name, value }) => `${name}:${/[\s"]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value}`)
    .join(' ');
}

/** @returns each condition alone, as the chips show it; several statuses or types are one condition */
export function filterTerms(filter: JobFilter): readonly { readonly name: string; readonly value: string }[] {
  const tags = filter.tag.map((tag) => ({ name: 'tag', value: tag.replace(':', '=') }));
  const joined = (['status', 'type'] as const).flatMap((name) =>
    filter[name].length === 0 ? [] : [{ name, value: filter[name].join(',') }],
  );
  return [...joined, ...tags, ...singles.flatMap((name) => (filter[name] === undefined ? [] : [{ name, value: filter[name] }]))];
}

/** @returns the filter as a query with spans as they were written, for the console's own address */
export function queryOfFilter(filter: JobFilter): URLSearchParams {
  const query = new URLSearchParams();
  for (const name of ['status', 'type'] as const) if (filter[name].length > 0) query.set(name, filter[name].join(','));
  for (const tag of filter.tag) query.append('tag', tag);
  for (const name of singles) if (filter[name] !== undefined) query.set(name, filter[name]);
  return query;
}

/** @param nowMs what spans count back from @returns the query of `GET /v1/jobs` */
export function apiQueryOf(filter: JobFilter, nowMs: number): URLSearchParams {
  const query = queryOfFilter(filter);
  for (const name of ['since', 'until'] as const) {
    const value = query.get(name);
    if (value !== null) query.set(name, instantOf(value, nowMs));
  }
  return query;
}

/** @returns the instant of a span such as `1h` or `-1h`, counted back from now; any other text unchanged */
function instantOf(text: string, nowMs: number): string {
  const [, count, unit = ''] = /^-?(\d+)([smhd])$/.exec(text) ?? [];
  return count === undefined ? text : new Date(nowMs - Number(count) * (unitMs[unit] ?? 0)).toISOString();
}

/** @returns the members of a filter for many jobs at once, which takes no order */
export function bulkFilterOf(filter: JobFilter, nowMs: number): Readonly<Record<string, unknown>> {
  const { since, until } = filter;
  return {
    ...Object.fromEntries(lists.flatMap((name) => (filter[name].length === 0 ? [] : [[name, filter[name]]]))),
    ...(since === undefined ? {} : { since: instantOf(since, nowMs) }),
    ...(until === undefined ? {} : { until: instantOf(until, nowMs) }),
  };
}

function faultsOf({ status, since, until, order }: JobFilter): readonly string[] {
  const unknown = status.filter((one) => !(statuses as readonly string[]).includes(one));
  const isTime = (text: string) =>
    /^-?\d+[smhd]$/.test(text) || /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?(\.\d+)?(Z|[+-]\d{2}:\d{2}))?$/.test(text);
  return [
    ...unknown.map((one) => `There is no status "${one}". There are: ${statuses.join(', ')}.`),
    ...[since, until].flatMap((text) =>
      text === undefined || isTime(text)
        ? []
        : [`"${text}" is not a time. Write 1h, 30m, 7d, a day such as 2026-12-01, or 2026-12-01T06:00:00Z.`],
    ),
    ...(order === undefined || order === 'asc' || order === 'desc' ? [] : [`order is asc or desc (was "${order}").`]),
  ];
}
