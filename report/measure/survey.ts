/** The first reading: what the logs hold, before anything of an endpoint is measured. In bounded memory. */
import type { LoggedRequest } from '../read/logged-request.ts';
import { sampleLevel } from '../read/text-hash.ts';
import type { RouteLearner } from '../routes/route-table.ts';
import { callerKinds, maxFollowedRequests } from './caller-rows.ts';
import { InvocationJoin } from './invocation-join.ts';
import { type LeftOutReason, leftOutReason } from './left-out.ts';
import { knownLimits, LimitLearner, limitOf } from './time-limits.ts';

const minuteMs = 60_000;
const hourMs = 3_600_000;
/** Requests that are further apart than this are not of one log: a clock was wrong. Ours. */
const maxPauseMs = 31 * 24 * hourMs;
/** Years in which logs are: what is outside has a wrong clock or a wrong unit. */
const plausible = { fromMs: Date.UTC(2000, 0), toMs: Date.UTC(2100, 0) };
/** Beyond this many routes in a log, its routes are paths. Ours: the largest APIs that we know have some hundreds. */
export const maxLoggedRoutes = 500;

/** The time that a log covers. */
export interface LogWindow {
  readonly firstMs: number;
  readonly lastMs: number;
}

/** Callers who are known by their address alone are many people, or half a person. */
export const isFollowed = ({ callerKind }: LoggedRequest) => callerKind !== 'none' && callerKind !== 'address';

export class Survey {
  readonly limits = new LimitLearner();
  readonly join = new InvocationJoin();
  readonly leftOut = new Map<LeftOutReason, number>();
  readonly callerKinds = new Float64Array(callerKinds.length);
  private readonly learner: RouteLearner;
  private readonly hours = new Map<number, { requests: number; firstMs: number; lastMs: number }>();
  private readonly routes = new Set<string>();
  private readonly levels = new Float64Array(33);
  private readonly seen = { requests: 0, invocations: 0, held: 0, waited: 0, worked: 0, wholeSeconds: 0, implausible: 0 };

  constructor(learner: RouteLearner) {
    this.learner = learner;
  }

  add(request: LoggedRequest): void {
    const { startMs, waitMs, heldMs } = request;
    const { seen } = this;
    if (!(startMs >= plausible.fromMs && startMs < plausible.toMs)) {
      seen.implausible += 1;
      return;
    }
    this.addHour(startMs);
    const reason = leftOutReason(request);
    if (reason !== undefined) this.leftOut.set(reason, (this.leftOut.get(reason) ?? 0) + 1);
    if (request.isInvocation === true) seen.invocations += 1;
    else seen.requests += 1;
    if (reason !== undefined) return;
    this.learner.learn(request);
    if (request.isInvocation === true) return;
    this.limits.learn(request);
    if (request.route !== undefined && this.routes.size <= maxLoggedRoutes) this.routes.add(`${request.method} ${request.route}`);
    if (request.ids !== undefined) this.join.learn(request, limitOf(request, knownLimits) !== undefined);
    const kind = callerKinds.indexOf(request.callerKind);
    this.callerKinds[kind] = (this.callerKinds[kind] ?? 0) + 1;
    seen.worked += 1;
    if (heldMs !== undefined) seen.held += 1;
    else if (waitMs !== undefined) seen.waited += 1;
    if (startMs % 1_000 === 0 || Math.round(startMs + (waitMs ?? 0)) % 1_000 === 0) seen.wholeSeconds += 1;
    if (isFollowed(request)) {
      const level = sampleLevel(request.caller ?? '');
      this.levels[level] = (this.levels[level] ?? 0) + 1;
    }
  }

  private addHour(startMs: number): void {
    const hour = Math.floor(startMs / hourMs);
    const found = this.hours.get(hour);
    if (found === undefined) this.hours.set(hour, { requests: 1, firstMs: startMs, lastMs: startMs });
    else {
      found.requests += 1;
      found.firstMs = Math.min(found.firstMs, startMs);
      found.lastMs = Math.max(found.lastMs, startMs);
    }
  }

  /** Requests, or runs of functions where there are no requests. */
  get requests(): number {
    return this.seen.requests === 0 ? this.seen.invocations : this.seen.requests;
  }

  /** Lines whose time cannot be right. */
  get implausible(): number {
    return this.seen.implausible;
  }

  /** Whether the log names more routes than an API has: they must be paths. */
  get isCrowded(): boolean {
    return this.routes.size > maxLoggedRoutes;
  }

  /** How exactly starts are known: a second where starts or ends are whole seconds more often than by chance. */
  get resolutionMs(): number {
    return this.seen.wholeSeconds >= this.seen.worked / 5 ? 1_000 : 1;
  }

  /** @returns the stretch without long pauses that holds the most requests; undefined where there is none */
  window(): LogWindow | undefined {
    const hours = [...this.hours.values()].sort((a, b) => a.firstMs - b.firstMs);
    let best: { requests: number; firstMs: number; lastMs: number } | undefined;
    let current: typeof best;
    for (const hour of hours) {
      if (current === undefined || hour.firstMs - current.lastMs > maxPauseMs) current = { ...hour };
      else {
        current.requests += hour.requests;
        current.lastMs = hour.lastMs;
      }
      if (best === undefined || current === best || current.requests > best.requests) best = current;
    }
    return best === undefined ? undefined : { firstMs: best.firstMs, lastMs: Math.floor(best.lastMs / minuteMs) * minuteMs + minuteMs - 1 };
  }

  /** @returns how many requests callers from a level on have */
  rowsFrom(level: number): number {
    return this.levels.slice(level).reduce((sum, count) => sum + count, 0);
  }

  /** @returns the lowest level whose callers' requests fit into memory: 0 for all callers, 1 for half of them */
  sampleLevel(): number {
    let level = 0;
    while (level < 32 && this.rowsFrom(level) > maxFollowedRequests) level++;
    return level;
  }

  /** @returns `held` when nearly all requests say how long the application was occupied */
  timing(): 'held' | 'waited' | 'none' {
    const { held, waited, worked } = this.seen;
    if (held >= 0.8 * worked && held > 0) return 'held';
    return held + waited >= 0.2 * worked && held + waited > 0 ? 'waited' : 'none';
  }
}
