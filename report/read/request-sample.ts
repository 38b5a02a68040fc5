/** A sample of one format's requests that does not depend on their order, and in which another format's sample finds the same requests. */

import type { LoggedRequest } from './logged-request.ts';
import { textHash } from './text-hash.ts';

/** Requests and ids that are kept of each format. */
const maxKept = 20_000;
/** A share of request ids in common that cannot be chance: our choice. */
const sharedIds = 0.05;
const leastShared = 3;
/** Without ids: how many must have a counterpart at the same time, and how many more than at a wrong time. Our choice. */
const matchedShare = 0.5;
const matchedMore = 0.25;
/** Layers log starts that differ by the resolution of their clocks, which is a second for several formats. */
const toleranceMs = 2_000;
const windowMs = 64_000;
/** Wrong times, as a control: two busy services have requests for the same path at any time. */
const wrongLagsMs = [9_000, -13_000, 17_000];

interface Kept {
  readonly hash: number;
  readonly path: string;
}

/** All requests that started in one window of time, by method and end of the path. */
interface Window {
  readonly hash: number;
  readonly starts: Map<string, number[]>;
  requests: number;
}

export class RequestSample {
  readonly ids = new SmallestHashes();
  readonly windows = new Map<number, Window>();
  private kept = 0;
  /** Windows with a larger hash are not sampled any more. */
  highest = Number.POSITIVE_INFINITY;

  add(request: LoggedRequest): void {
    const path = `${request.method} ${endOf(request.path)}`;
    for (const id of request.ids ?? []) this.ids.add(id, path);
    this.addToWindow(Math.floor(request.startMs / windowMs), path, request.startMs);
  }

  private addToWindow(number: number, path: string, startMs: number): void {
    let window = this.windows.get(number);
    if (window === undefined) {
      const hash = textHash(String(number), 1);
      if (hash >= this.highest) return;
      window = { hash, starts: new Map(), requests: 0 };
      this.windows.set(number, window);
    }
    const starts = window.starts.get(path);
    if (starts === undefined) window.starts.set(path, [startMs]);
    else starts.push(startMs);
    window.requests++;
    this.kept++;
    while (this.kept > maxKept && this.windows.size > 1) this.dropHighest();
  }

  private dropHighest(): void {
    const [number, window] = [...this.windows].reduce((highest, entry) => (entry[1].hash > highest[1].hash ? entry : highest));
    this.windows.delete(number);
    this.kept -= window.requests;
    this.highest = window.hash;
  }
}

/** The ids with the smallest hashes: of two samples, the common ones are comparable. */
class SmallestHashes {
  private readonly paths = new Map<number, string>();
  /** Every id below this hash is kept. */
  limit = Number.POSITIVE_INFINITY;

  add(id: string, path: string): void {
    const hash = textHash(id, 1);
    if (hash >= this.limit) return;
    this.paths.set(hash, path);
    if (this.paths.size >= 2 * maxKept) this.shrink();
  }

  /** Sorted by hash. */
  sorted(): readonly Kept[] {
    return [...this.paths].map(([hash, path]) => ({ hash, path })).sort((a, b) => a.hash - b.hash);
  }

  private shrink(): void {
    const all = this.sorted();
    this.limit = all[maxKept]?.hash ?? this.limit;
    for (const { hash } of all.slice(maxKept)) this.paths.delete(hash);
  }
}

/** Whether two formats logged the same requests: by their ids, else by what was asked for when. */
export function sharesRequests(one: RequestSample, other: RequestSample): boolean {
  return sharesIds(one, other) || sharesTimes(one, other);
}

/** One trace may pass two services, so requests with a common id must also ask for the same. */
function sharesIds(one: RequestSample, other: RequestSample): boolean {
  const limit = Math.min(one.ids.limit, other.ids.limit);
  const ours = one.ids.sorted().filter(({ hash }) => hash < limit);
  const theirs = new Map(other.ids.sorted().map(({ hash, path }) => [hash, path]));
  const common = ours.filter(({ hash }) => theirs.has(hash));
  const same = common.filter(({ hash, path }) => theirs.get(hash) === path).length;
  const smaller = Math.min(ours.length, [...theirs.keys()].filter((hash) => hash < limit).length);
  return same >= leastShared && same > sharedIds * smaller && same >= common.length / 2;
}

function sharesTimes(one: RequestSample, other: RequestSample): boolean {
  const limit = Math.min(one.highest, other.highest);
  const common = [...one.windows].filter(([number, { hash }]) => hash < limit && other.windows.has(number)).map(([number]) => number);
  const count = (sample: RequestSample) => common.reduce((sum, number) => sum + (sample.windows.get(number)?.requests ?? 0), 0);
  const smaller = Math.min(count(one), count(other));
  if (smaller < leastShared) return false;
  const matchedAt = (lagMs: number) =>
    common.reduce((sum, number) => sum + matchedIn(one.windows.get(number), other.windows.get(number), lagMs), 0);
  const matched = matchedAt(0) / smaller;
  if (matched <= matchedShare) return false;
  return matched - Math.max(...wrongLagsMs.map(matchedAt)) / smaller > matchedMore;
}

function matchedIn(one: Window | undefined, other: Window | undefined, lagMs: number): number {
  if (one === undefined || other === undefined) return 0;
  let matched = 0;
  for (const [path, starts] of one.starts) {
    const others = other.starts.get(path);
    if (others !== undefined) matched += matchedStarts(starts, others, lagMs);
  }
  return matched;
}

/** Pairs of starts that are at most two seconds apart after the lag is taken off; each start is in one pair. */
function matchedStarts(starts: readonly number[], others: readonly number[], lagMs: number): number {
  const sorted = [...starts].sort((a, b) => a - b);
  const otherSorted = others.map((start) => start + lagMs).sort((a, b) => a - b);
  let matched = 0;
  for (let i = 0, j = 0; i < sorted.length && j < otherSorted.length; ) {
    const distance = (sorted[i] ?? 0) - (otherSorted[j] ?? 0);
    if (Math.abs(distance) <= toleranceMs) matched++;
    if (distance <= toleranceMs) i++;
    if (distance >= -toleranceMs) j++;
  }
  return matched;
}

/** The last two segments: layers put prefixes before a path, such as a stage, and take them off. */
function endOf(path: string): string {
  const last = path.lastIndexOf('/');
  return last <= 0 ? path : path.slice(path.lastIndexOf('/', last - 1));
}
