/** Requests of callers, in columns: what their behaviour is read from. About 45 bytes a request. */
import type { LoggedRequest, Outcome } from '../read/logged-request.ts';
import { textHash } from '../read/text-hash.ts';

/**
 * Beyond this many requests, callers are sampled: callers, and never requests, or what follows a request would vanish. More would make no share more
 * certain than a tenth of a per cent, and their rows and the sorting of them would need more than 100 MB.
 */
export const maxFollowedRequests = 750_000;

export const outcomeCodes = {
  ok: 0,
  redirect: 1,
  rejected: 2,
  failed: 3,
  throttled: 4,
  timeout: 5,
  hangup: 6,
  unknown: 7,
} as const satisfies Record<Outcome, number>;

export const callerKinds = ['user', 'key', 'address+agent', 'address', 'none'] as const;
export const agentKinds = ['browser', 'program', 'webhook', 'bot', 'unknown'] as const;

/** Stands for a size that the log does not have. */
export const noSize = -1;

export class CallerRows {
  length = 0;
  readonly startMs: Float64Array;
  /** When the caller had its answer. */
  readonly endMs: Float64Array;
  readonly endpoint: Uint16Array;
  readonly caller: Uint32Array;
  /** Hashes of the path. */
  readonly path: Float64Array;
  /** Hashes of the path without its last segment. */
  readonly parent: Float64Array;
  readonly query: Uint32Array;
  readonly bytesIn: Float64Array;
  readonly outcome: Uint8Array;
  readonly agent: Uint8Array;
  private readonly callers = new Map<number, number>();
  private readonly salt: number;

  /** @param capacity the most rows that can come */
  constructor(capacity: number, salt: number) {
    this.salt = salt;
    this.startMs = new Float64Array(capacity);
    this.endMs = new Float64Array(capacity);
    this.endpoint = new Uint16Array(capacity);
    this.caller = new Uint32Array(capacity);
    this.path = new Float64Array(capacity);
    this.parent = new Float64Array(capacity);
    this.query = new Uint32Array(capacity);
    this.bytesIn = new Float64Array(capacity);
    this.outcome = new Uint8Array(capacity);
    this.agent = new Uint8Array(capacity);
  }

  add(request: LoggedRequest, endpoint: number): void {
    // A file that grew meanwhile has more requests than were counted.
    if (this.length === this.startMs.length) return;
    const row = this.length++;
    const { startMs, caller = '', path } = request;
    this.startMs[row] = startMs;
    this.endMs[row] = startMs + (request.waitMs ?? request.heldMs ?? 0);
    this.endpoint[row] = endpoint;
    this.caller[row] = this.indexOf(caller);
    this.path[row] = textHash(path, this.salt);
    this.parent[row] = textHash(path.slice(0, path.lastIndexOf('/')), this.salt);
    this.query[row] = request.queryHash ?? 0;
    this.bytesIn[row] = request.bytesIn ?? noSize;
    this.outcome[row] = outcomeCodes[request.outcome];
    this.agent[row] = agentKinds.indexOf(request.agentKind);
  }

  private indexOf(caller: string): number {
    const hash = textHash(caller, this.salt);
    let index = this.callers.get(hash);
    if (index === undefined) {
      index = this.callers.size;
      this.callers.set(hash, index);
    }
    return index;
  }

  /** @returns the rows by caller, and for each caller by time: the same for every order in which they came, but for the order of callers */
  sorted(): Uint32Array {
    const rows = Uint32Array.from({ length: this.length }, (_, row) => row);
    const { caller, startMs, endMs, endpoint, path, query } = this;
    const by = (column: { readonly [row: number]: number }, a: number, b: number) => (column[a] ?? 0) - (column[b] ?? 0);
    return rows.sort(
      (a, b) =>
        by(caller, a, b) || by(startMs, a, b) || by(endMs, a, b) || by(endpoint, a, b) || by(path, a, b) || by(query, a, b) || a - b,
    );
  }

  /** @returns for each row whether its path was never read before: 1 or 0 */
  firstOfPath(): Uint8Array {
    const { path, startMs } = this;
    const rows = Uint32Array.from({ length: this.length }, (_, row) => row);
    rows.sort((a, b) => (path[a] ?? 0) - (path[b] ?? 0) || (startMs[a] ?? 0) - (startMs[b] ?? 0));
    const isFirst = new Uint8Array(this.length);
    let [known, start] = [Number.NaN, 0];
    for (const row of rows) {
      if (path[row] !== known) [known, start] = [path[row] ?? 0, startMs[row] ?? 0];
      if (startMs[row] === start) isFirst[row] = 1;
    }
    return isFirst;
  }

  /** @returns for each endpoint the share of its requests that differ in path or query; undefined where there are none */
  distinctReads(endpoints: number): readonly (number | undefined)[] {
    const counts = new Uint32Array(endpoints);
    for (let row = 0; row < this.length; row++) counts[this.endpoint[row] ?? 0] = (counts[this.endpoint[row] ?? 0] ?? 0) + 1;
    const keys = Array.from(counts, (count) => new Float64Array(count));
    const next = new Uint32Array(endpoints);
    for (let row = 0; row < this.length; row++) {
      const endpoint = this.endpoint[row] ?? 0;
      const place = next[endpoint] ?? 0;
      (keys[endpoint] as Float64Array)[place] = (this.path[row] ?? 0) + (this.query[row] ?? 0);
      next[endpoint] = place + 1;
    }
    return keys.map((own) => (own.length === 0 ? undefined : distinct(own.sort()) / own.length));
  }
}

function distinct(sorted: Float64Array): number {
  let found = 0;
  for (let i = 0; i < sorted.length; i++) if (i === 0 || sorted[i] !== sorted[i - 1]) found += 1;
  return found;
}
