/** What callers do after an answer: one pass over the requests of each caller, in the order of time. */

import { BehaviourTally, type Counted, counters } from './behaviour-tally.ts';
import type { CallerRows } from './caller-rows.ts';
import { agentKinds, noSize, outcomeCodes } from './caller-rows.ts';
import { type EndpointName, isSafe, type RelatedRead, relatedReads } from './related-endpoints.ts';
import { bulkRequests, isTimer } from './rhythm.ts';

const second = 1_000;
const minute = 60_000;
const day = 86_400_000;
/** Programs are few: their requests are grouped by blocks of six hours as well. */
const blockMs = 6 * 3_600_000;
/** Callers who read more new things for each that they write read those of others. Ours. */
const maxFreshReads = 3;
const programCode = agentKinds.indexOf('program');
/** Rows that are looked at for another request right after an answer. */
const maxLookAhead = 50;
/** A caller beyond both is a shared key, such as a gateway's: what follows its requests says nothing about one of them. */
const sharedKey = { requestsPerDay: 10_000, endpoints: 100 };

interface Lists {
  readonly all: Map<number, number[]>;
  readonly path: Map<number, Map<number, number[]>>;
  readonly parent: Map<number, Map<number, number[]>>;
  /** Starts of reads of what was never read before. */
  readonly fresh: Map<number, number[]>;
}

/** What surrounds a write of a caller. */
interface WriteContext {
  /** All requests of the caller. */
  readonly own: Uint32Array;
  readonly tally: BehaviourTally;
  readonly counted: Counted;
  readonly lists: Lists;
  readonly reads: readonly RelatedRead[];
  /** Whether what the caller reads for the first time is about as much as it writes. */
  readonly areFreshOwn: boolean;
  /** Requests of the caller with the same path. */
  readonly same: readonly number[];
}

export interface FollowOptions {
  /** How exactly starts are known: in doubt, a request that starts at the end of another one comes after it. */
  readonly resolutionMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
}

/** @returns what was seen of each endpoint, in the order of the endpoints */
export function followCallers(
  rows: CallerRows,
  endpoints: readonly EndpointName[],
  { firstMs, lastMs, resolutionMs }: FollowOptions,
): readonly BehaviourTally[] {
  const tallies = endpoints.map(() => new BehaviourTally());
  const related = relatedReads(endpoints);
  const readEndpoints = new Set(related.flatMap((reads) => reads.map(({ endpoint }) => endpoint)));
  const isWrite = endpoints.map(({ method }) => !isSafe(method));
  const isFresh = rows.firstOfPath();
  const order = rows.sorted();
  const days = Math.max(1, (lastMs - firstMs) / day);
  for (let from = 0; from < order.length; ) {
    let to = from;
    const caller = rows.caller[order[from] ?? 0];
    while (to < order.length && rows.caller[order[to] ?? 0] === caller) to++;
    followOne(order.subarray(from, to));
    from = to;
  }
  for (const [i, tally] of tallies.entries()) tally.hasRelatedReads = (related[i] ?? []).length > 0;
  for (const [endpoint, share] of rows.distinctReads(endpoints.length).entries())
    if (isWrite[endpoint] === false) (tallies[endpoint] as BehaviourTally).distinctReads = share;
  return tallies;

  function followOne(own: Uint32Array): void {
    const byEndpoint = Map.groupBy(own, (row) => rows.endpoint[row] ?? 0);
    const isShared = own.length > sharedKey.requestsPerDay * days && byEndpoint.size > sharedKey.endpoints;
    const lists = isShared ? undefined : listsOf(own);
    for (const [endpoint, requests] of byEndpoint) {
      const tally = tallies[endpoint];
      if (tally === undefined) continue;
      const counts = new Map<number, Counted>();
      const countedOf = (row: number) => {
        const block = Math.floor(((rows.startMs[row] ?? 0) - firstMs) / blockMs);
        let counted = counts.get(block);
        if (counted === undefined) {
          counted = counters();
          counts.set(block, counted);
        }
        return counted;
      };
      const starts = requests.map((row) => rows.startMs[row] ?? 0);
      const ends = requests.map((row) => rows.endMs[row] ?? 0);
      const bulk = bulkRequests(starts, ends);
      const isTimed = isTimer(starts);
      const freshReads = (related[endpoint] ?? []).reduce(
        (sum, read) => sum + (read.match === 'any' ? (lists?.fresh.get(read.endpoint)?.length ?? 0) : 0),
        0,
      );
      const areFreshOwn = freshReads <= maxFreshReads * requests.length;
      const samePath = isWrite[endpoint] === true ? Map.groupBy(requests, (row) => rows.path[row] ?? 0) : undefined;
      for (const [i, row] of requests.entries()) {
        const counted = countedOf(row);
        counted.requests += 1;
        if (bulk[i] === 1) counted.bulk += 1;
        if (isTimed) counted.timed += 1;
        if (samePath !== undefined && lists !== undefined)
          followWrite(row, {
            own,
            tally,
            counted,
            lists,
            areFreshOwn,
            reads: related[endpoint] ?? [],
            same: samePath.get(rows.path[row] ?? 0) ?? [],
          });
      }
      tally.addCaller(counts);
    }
  }

  function listsOf(own: Uint32Array): Lists {
    const lists: Lists = { all: new Map(), path: new Map(), parent: new Map(), fresh: new Map() };
    for (const row of own) {
      const endpoint = rows.endpoint[row] ?? 0;
      if (!readEndpoints.has(endpoint)) continue;
      const start = rows.startMs[row] ?? 0;
      push(lists.all, endpoint, start);
      push(inner(lists.path, endpoint), rows.path[row] ?? 0, start);
      push(inner(lists.parent, endpoint), rows.parent[row] ?? 0, start);
      if (isFresh[row] === 1) push(lists.fresh, endpoint, start);
    }
    return lists;
  }

  function followWrite(row: number, { own, tally, counted, lists, reads, areFreshOwn, same }: WriteContext): void {
    const [start, end] = [rows.startMs[row] ?? 0, rows.endMs[row] ?? 0];
    const outcome = rows.outcome[row];
    const repeated = isRepeated(row, end, same);
    if (
      outcome === outcomeCodes.failed ||
      outcome === outcomeCodes.timeout ||
      outcome === outcomeCodes.throttled ||
      outcome === outcomeCodes.hangup
    ) {
      counted.failures += 1;
      if (repeated) counted.repeatedFailures += 1;
      if (outcome === outcomeCodes.hangup) tally.addHangUp(repeated ? 'repeated' : hasAnother(own, row, end, minute) ? 'else' : 'nothing');
      return;
    }
    if (outcome !== outcomeCodes.ok && outcome !== outcomeCodes.redirect) return;
    counted.successes += 1;
    if (repeated) counted.repeatedSuccesses += 1;
    // A program goes on within a tenth of a second, where a person needs longer.
    const windowMs = rows.agent[row] === programCode ? second / 10 : 2 * second;
    count(counted, 'resumes', hasAnother(own, row, end, windowMs), hadAnother(own, row, start, windowMs));
    let [after, before, returned, left] = [
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
      Number.POSITIVE_INFINITY,
    ];
    let fresh = Number.POSITIVE_INFINITY;
    for (const read of reads) {
      const starts = startsOf(lists, read, row);
      const next = Math.max(0, firstAfter(starts, end - resolutionMs) - end);
      const last = Math.max(0, start - lastBefore(starts, start + resolutionMs));
      after = Math.min(after, next);
      before = Math.min(before, last);
      if (read.isOfParent) continue;
      returned = Math.min(returned, next);
      left = Math.min(left, last);
      if (read.match === 'any') fresh = Math.min(fresh, firstAfter(lists.fresh.get(read.endpoint) ?? [], end - resolutionMs) - end);
    }
    count(counted, 'used5', after <= 5 * second, before <= 5 * second);
    count(counted, 'used60', after <= minute, before <= minute);
    if (fresh <= 5 * second) counted.fresh5 += 1;
    // The control: callers who read it all the time come back later too. What was never read before is what was written.
    const [comesLater, cameBefore] = [isLater(returned), isLater(left)];
    if (comesLater && (!cameBefore || (areFreshOwn && fresh <= day))) counted.later.plus += 1;
    else if (cameBefore && !comesLater) counted.later.minus += 1;
    tally.addReturn(returned, left);
  }

  function startsOf(lists: Lists, { endpoint, match }: RelatedRead, row: number): readonly number[] {
    if (match === 'any') return lists.all.get(endpoint) ?? [];
    const key = match === 'parent of path' ? rows.parent[row] : rows.path[row];
    const from = match === 'child of path' ? lists.parent : lists.path;
    return from.get(endpoint)?.get(key ?? 0) ?? [];
  }

  /** The same request again: same path, and same size where it is logged. */
  function isRepeated(row: number, end: number, same: readonly number[]): boolean {
    const size = rows.bytesIn[row] ?? noSize;
    const first = indexAfter(same, end);
    for (let i = first; i < Math.min(same.length, first + maxLookAhead); i++) {
      const other = same[i] ?? 0;
      if ((rows.startMs[other] ?? 0) > end + minute) return false;
      const otherSize = rows.bytesIn[other] ?? noSize;
      if (other !== row && (size === noSize || otherSize === noSize || size === otherSize)) return true;
    }
    return false;
  }

  /** @returns whether the caller starts a request of another endpoint within a time after the answer; the same again is bulk */
  function hasAnother(own: Uint32Array, row: number, end: number, windowMs: number): boolean {
    const first = indexAfter(own, end - resolutionMs);
    for (let i = first; i < Math.min(own.length, first + maxLookAhead); i++) {
      const other = own[i] ?? 0;
      if ((rows.startMs[other] ?? 0) > end + windowMs) return false;
      if (rows.endpoint[other] !== rows.endpoint[row]) return true;
    }
    return false;
  }

  function hadAnother(own: Uint32Array, row: number, start: number, windowMs: number): boolean {
    const first = indexAfter(own, start + resolutionMs - 0.5) - 1;
    for (let i = first; i >= Math.max(0, first - maxLookAhead); i--) {
      const other = own[i] ?? 0;
      if ((rows.startMs[other] ?? 0) < start - windowMs) return false;
      if (rows.endpoint[other] !== rows.endpoint[row]) return true;
    }
    return false;
  }

  /** @returns the place of the first row that starts after a time */
  function indexAfter(sorted: ArrayLike<number>, ms: number): number {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((rows.startMs[sorted[middle] ?? 0] ?? 0) > ms) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

const isLater = (ms: number) => ms > minute && ms <= day;

function count(counted: Counted, name: 'used5' | 'used60' | 'resumes', after: boolean, before: boolean): void {
  if (after && !before) counted[name].plus += 1;
  if (before && !after) counted[name].minus += 1;
}

function push(lists: Map<number, number[]>, key: number, value: number): void {
  const found = lists.get(key);
  if (found === undefined) lists.set(key, [value]);
  else found.push(value);
}

function inner(lists: Map<number, Map<number, number[]>>, key: number): Map<number, number[]> {
  let found = lists.get(key);
  if (found === undefined) {
    found = new Map();
    lists.set(key, found);
  }
  return found;
}

/** @returns the first value after `ms`; infinity where there is none */
function firstAfter(sorted: readonly number[], ms: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) > ms) high = middle;
    else low = middle + 1;
  }
  return sorted[low] ?? Number.POSITIVE_INFINITY;
}

/** @returns the last value before `ms`; minus infinity where there is none */
function lastBefore(sorted: readonly number[], ms: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? 0) >= ms) high = middle;
    else low = middle + 1;
  }
  return sorted[low - 1] ?? Number.NEGATIVE_INFINITY;
}
