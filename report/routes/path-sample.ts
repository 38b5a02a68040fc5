/** A uniform sample of requests, the same for every order: those with the smallest hashes. A frequent path is in it, regardless of what else the log holds. */

import { mix } from '../read/text-hash.ts';
import { ownText } from './path-hash.ts';
import { placeholderOf, segmentsOf } from './path-shape.ts';

/** Ours: a path with one request in a thousand is in it 20 times. */
const maxRequests = 20_000;

interface SampledRequest {
  readonly key: number;
  readonly path: string;
  readonly method: string;
}

/** A template by shape that is in the sample several times. */
export interface FrequentPath {
  /** Segments and placeholders. */
  readonly keys: readonly string[];
  readonly method: string;
  /** How many requests it stands for in the whole log, estimated. */
  readonly requests: number;
}

export class PathSample {
  private requests: SampledRequest[] = [];
  private maxKey = Number.POSITIVE_INFINITY;
  private seen = 0;

  add(path: string, method: string, pathHash: number, startMs: number): void {
    this.seen++;
    const key = mix(mix(pathHash) ^ Math.imul(startMs % 0x1_0000_0000, 0x9e3779b1)) >>> 0;
    if (key > this.maxKey) return;
    this.requests.push({ key, path: ownText(path), method });
    if (this.requests.length >= 2 * maxRequests) this.shorten();
  }

  /** @returns what has at least `times` requests in the sample, always in the same order */
  frequentPaths(times: number): FrequentPath[] {
    this.shorten();
    const found = new Map<string, { keys: readonly string[]; method: string; count: number }>();
    for (const { path, method } of this.requests) {
      const keys = segmentsOf(path).map((segment) => placeholderOf(segment) ?? segment);
      const text = `${method} ${keys.join('/')}`;
      const entry = found.get(text);
      if (entry === undefined) found.set(text, { keys, method, count: 1 });
      else entry.count++;
    }
    const scale = this.seen / Math.max(1, this.requests.length);
    return [...found]
      .filter(([, { count }]) => count >= times)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, { keys, method, count }]) => ({ keys, method, requests: Math.round(count * scale) }));
  }

  private shorten(): void {
    this.requests.sort((a, b) => a.key - b.key || compare(a.path, b.path) || compare(a.method, b.method));
    if (this.requests.length <= maxRequests) return;
    this.requests.length = maxRequests;
    this.maxKey = this.requests.at(-1)?.key ?? 0;
  }
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
