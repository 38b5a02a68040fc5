/** Joins runs of Lambda functions to the requests that a gateway logged, by the request id that both have. */
import type { LoggedRequest } from '../read/logged-request.ts';
import { textHash } from '../read/text-hash.ts';
import { ownText } from '../routes/path-hash.ts';
import { LogHistogram } from './log-histogram.ts';

/** Requests that are remembered: those that ended at a limit, and as many others, each by the smallest hashes. */
const maxRemembered = 10_000;
/** A function with at least this share of its runs among the gateway's requests is the gateway's. */
const joinedShare = 0.05;

/** What went on after the gateway had given up. */
export interface Continued {
  /** Requests that ended at a limit and whose run was found. */
  readonly requests: number;
  readonly succeeded: number;
  readonly medianMs: number;
}

export class InvocationJoin {
  private readonly limited = new Smallest<LoggedRequest>(maxRemembered);
  private readonly others = new Smallest<LoggedRequest>(maxRemembered);
  private readonly functions = new Map<string, { runs: number; matched: number }>();
  private readonly found = new Map<string, { requests: number; succeeded: number; readonly ms: LogHistogram }>();
  private readonly memory = new Map<string, number>();

  /** First reading: requests of gateways. */
  learn(request: LoggedRequest, isLimited: boolean): void {
    if (request.isInvocation === true) return;
    const into = isLimited ? this.limited : this.others;
    for (const id of request.ids ?? []) {
      const hash = textHash(id, 0);
      if (hash <= into.bound) into.add(hash, nameable(request));
    }
  }

  /** Called between the readings. */
  settle(): void {
    this.limited.trim();
    this.others.trim();
  }

  /** Second reading: runs of functions. @param endpointOf the name of the endpoint of a request */
  match(run: LoggedRequest, endpointOf: (request: LoggedRequest) => string | undefined): void {
    const hash = textHash(run.ids?.[0] ?? '', 0);
    const limited = this.limited.get(hash);
    const known = limited ?? this.others.get(hash);
    const counts = this.functions.get(run.path) ?? { runs: 0, matched: 0 };
    this.functions.set(run.path, counts);
    if (known !== undefined || hash <= this.others.bound) counts.runs += 1;
    if (known === undefined) return;
    counts.matched += 1;
    const endpoint = endpointOf(known);
    if (endpoint === undefined) return;
    if (run.memoryMb !== undefined) this.memory.set(endpoint, Math.max(this.memory.get(endpoint) ?? 0, run.memoryMb));
    if (limited !== undefined) this.addContinued(endpoint, run);
  }

  private addContinued(endpoint: string, { outcome, heldMs = 0 }: LoggedRequest): void {
    const counts = this.found.get(endpoint) ?? { requests: 0, succeeded: 0, ms: new LogHistogram() };
    this.found.set(endpoint, counts);
    counts.requests += 1;
    if (outcome === 'ok') counts.succeeded += 1;
    if (outcome === 'ok') counts.ms.add(heldMs);
  }

  /** @returns whether the function's runs are the gateway's requests, which are counted there */
  isJoined(functionName: string): boolean {
    const { runs, matched } = this.functions.get(functionName) ?? { runs: 0, matched: 0 };
    return matched > 0 && matched >= joinedShare * runs;
  }

  /** @returns undefined where nothing is known */
  continuedOf(endpoint: string): Continued | undefined {
    const counts = this.found.get(endpoint);
    return counts === undefined
      ? undefined
      : { requests: counts.requests, succeeded: counts.succeeded, medianMs: Math.round(counts.ms.quantile(0.5) ?? 0) };
  }

  memoryMbOf(endpoint: string): number | undefined {
    return this.memory.get(endpoint);
  }
}

/** What names the endpoint of a request, in texts of its own: parts of a line would keep the whole line in memory. */
function nameable({ method, path, route, outcome, startMs, callerKind, agentKind, status }: LoggedRequest): LoggedRequest {
  return {
    method,
    path: ownText(path),
    route: route === undefined ? undefined : ownText(route),
    outcome,
    startMs,
    callerKind,
    agentKind,
    status,
  };
}

/** Keeps the entries with the smallest keys: the same ones in every order. */
class Smallest<Value> {
  private kept = new Map<number, Value>();
  private readonly most: number;
  /** Nothing with a larger key is kept. */
  bound = Number.POSITIVE_INFINITY;

  constructor(most: number) {
    this.most = most;
  }

  add(key: number, value: Value): void {
    if (key > this.bound) return;
    this.kept.set(key, value);
    // Twice as many at most, so that sorting is rare.
    if (this.kept.size > 2 * this.most) this.trim();
  }

  get(key: number): Value | undefined {
    return this.kept.get(key);
  }

  /** Keeps the smallest: called once more at the end, so that what is kept does not depend on when it was called before. */
  trim(): void {
    if (this.kept.size <= this.most) return;
    const sorted = [...this.kept].sort(([a], [b]) => a - b).slice(0, this.most);
    this.bound = sorted.at(-1)?.[0] ?? this.bound;
    this.kept = new Map(sorted);
  }
}
