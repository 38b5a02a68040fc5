/** Reads the logs twice and measures: first what is in them, then each endpoint. Memory is bounded; the order of lines and files does not matter. */
import { randomInt } from 'node:crypto';
import type { LogInput, ReadCounts } from '../read/log-input.ts';
import type { LoggedRequest } from '../read/logged-request.ts';
import { sampleLevel } from '../read/text-hash.ts';
import type { RouteLearner, RouteTable, Template } from '../routes/route-table.ts';
import type { BehaviourTally } from './behaviour-tally.ts';
import { CallerRows, callerKinds, maxFollowedRequests } from './caller-rows.ts';
import { EndpointTally } from './endpoint-tally.ts';
import { followCallers } from './follow-callers.ts';
import { busiestMinutes, HeldMinutes, type ObservedMinutes, observedMinutes } from './held-minutes.ts';
import { type Continued, InvocationJoin } from './invocation-join.ts';
import { type LeftOutReason, leftOutReason } from './left-out.ts';
import { type ReplayFacts, replayBusyMinutes } from './replay-log.ts';
import { LimitLearner, limitOf, type TimeLimit } from './time-limits.ts';

export interface MeasureOptions {
  /** How long an acceptance takes. */
  readonly acceptMs: number;
  /** Requests that the service can have in progress. */
  readonly capacity?: number | undefined;
}

export interface MeasuredEndpoint {
  readonly name: string;
  readonly tally: EndpointTally;
  readonly behaviour: BehaviourTally;
  readonly continued: Continued | undefined;
  readonly memoryMb: number | undefined;
}

export interface LogMeasures {
  readonly counts: ReadCounts;
  readonly routes: RouteTable;
  readonly endpoints: readonly MeasuredEndpoint[];
  readonly requests: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly observed: ObservedMinutes & { readonly gaps: readonly (readonly [number, number])[] };
  /** Milliseconds held by all endpoints, by minute. */
  readonly total: Float64Array;
  readonly busy: readonly number[];
  readonly leftOut: ReadonlyMap<LeftOutReason, number>;
  readonly callerKinds: ReadonlyMap<(typeof callerKinds)[number], number>;
  readonly timing: 'held' | 'waited' | 'none';
  /** Share of the callers whose behaviour was followed. */
  readonly followed: number;
  /** Replays the busiest minutes, with some endpoints delegated; undefined without a capacity. */
  readonly replay: ((delegated: ReadonlySet<string>) => Promise<ReplayFacts>) | undefined;
}

const minuteMs = 60_000;
/** Beyond this, the endpoints that hold the least have no minutes of their own. */
const maxMinuteBytes = 256 * 2 ** 20;

export const endpointName = (method: string, { path }: Template) => `${method} ${path}`;

export async function measureLog(input: LogInput, learner: RouteLearner, options: MeasureOptions): Promise<LogMeasures> {
  const survey = new Survey(learner);
  await input.read((request) => survey.add(request));
  const routes = learner.finish();
  const { firstMs, lastMs } = survey;
  const limits = survey.limits.finish();
  const minutes = survey.requests === 0 ? 0 : Math.floor(lastMs / minuteMs) - Math.floor(firstMs / minuteMs) + 1;
  const level = survey.sampleLevel();
  const rows = new CallerRows(survey.rowsFrom(level), randomInt(2 ** 32));
  const kept = await endpointsThatFit(input, routes, minutes);
  const timing = survey.timing();
  const isWaitHeld = timing !== 'held';
  const tallies = new Map<string, EndpointTally>();
  const order: EndpointTally[] = [];
  const indexes = new Map<EndpointTally, number>();
  const leftOut = new Map<LeftOutReason, number>(survey.leftOut);

  const nameOf = (request: LoggedRequest) => {
    const template = routes.templateOf(request);
    return template === undefined ? undefined : endpointName(request.method, template);
  };
  const counts = await input.read((request) => {
    if (leftOutReason(request) !== undefined) return;
    const template = routes.templateOf(request);
    if (template === undefined) {
      leftOut.set('unknown paths', (leftOut.get('unknown paths') ?? 0) + 1);
      return;
    }
    if (request.isInvocation === true) survey.join.match(request, nameOf);
    const name = endpointName(request.method, template);
    let tally = tallies.get(name);
    if (tally === undefined) {
      const hasMinutes = kept === undefined || kept.has(name);
      tally = new EndpointTally(request.method, template, new HeldMinutes(firstMs, hasMinutes ? minutes : 0));
      tallies.set(name, tally);
      indexes.set(tally, order.push(tally) - 1);
    }
    tally.add(request, { limit: limitOf(request, limits), acceptMs: options.acceptMs, isWaitHeld });
    if (isFollowed(request) && (level === 0 || sampleLevel(request.caller ?? '') >= level)) rows.add(request, indexes.get(tally) ?? 0);
  });

  const behaviours = followCallers(
    rows,
    order.map(({ method, template }) => ({ method, template: template.path })),
    { firstMs, lastMs },
  );
  const endpoints = order
    .map((tally, i) => {
      const name = endpointName(tally.method, tally.template);
      return {
        name,
        tally,
        behaviour: behaviours[i] as BehaviourTally,
        continued: survey.join.continuedOf(name),
        memoryMb: memoryOf(tally, survey.join.memoryMbOf(name)),
      };
    })
    // What a gateway logged is counted there.
    .filter(({ tally }) => tally.template.source !== 'function' || !survey.join.isJoined(tally.template.path))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

  const total = new Float64Array(minutes);
  for (const { tally } of endpoints)
    for (let minute = 0; minute < tally.minutes.held.length; minute++)
      total[minute] = (total[minute] ?? 0) + (tally.minutes.held[minute] ?? 0);
  const observed = observedMinutes(survey.perMinute(minutes));
  const busy = busiestMinutes(total, observed);
  const { capacity } = options;
  return {
    counts,
    routes,
    endpoints,
    requests: survey.requests,
    firstMs,
    lastMs,
    observed,
    total,
    busy,
    leftOut,
    callerKinds: new Map(callerKinds.map((kind, i) => [kind, survey.callerKinds[i] ?? 0])),
    timing,
    followed: 0.5 ** level,
    replay:
      capacity === undefined || survey.requests === 0
        ? undefined
        : (delegated) => replayBusyMinutes(input, { firstMs, busy, capacity, acceptMs: options.acceptMs, nameOf, delegated }),
  };
}

const memoryOf = (tally: EndpointTally, joined: number | undefined) => {
  const own = tally.memoryMb.quantile(0.5);
  return own === undefined ? joined : Math.round(own);
};

/** Callers that are known by their address alone are many people, or half a person. */
const isFollowed = ({ callerKind }: LoggedRequest) => callerKind !== 'none' && callerKind !== 'address';

/** @returns the endpoints that have minutes of their own; undefined for all */
async function endpointsThatFit(input: LogInput, routes: RouteTable, minutes: number): Promise<ReadonlySet<string> | undefined> {
  const most = Math.max(20, Math.floor(maxMinuteBytes / (minutes * 8)));
  // A table has at most 500 endpoints, by five methods at worst.
  if (most >= 500) return undefined;
  const held = new Map<string, number>();
  await input.read((request) => {
    const template = leftOutReason(request) === undefined ? routes.templateOf(request) : undefined;
    if (template === undefined) return;
    const name = endpointName(request.method, template);
    held.set(name, (held.get(name) ?? 0) + Math.round(request.heldMs ?? request.waitMs ?? 0));
  });
  return new Set(
    [...held]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, most)
      .map(([name]) => name),
  );
}

/** The first reading. */
class Survey {
  requests = 0;
  firstMs = Number.POSITIVE_INFINITY;
  lastMs = Number.NEGATIVE_INFINITY;
  readonly limits = new LimitLearner();
  readonly join = new InvocationJoin();
  readonly leftOut = new Map<LeftOutReason, number>();
  readonly callerKinds = new Float64Array(callerKinds.length);
  private readonly learner: RouteLearner;
  private readonly known: readonly TimeLimit[] = new LimitLearner().finish();
  private readonly starts = new Map<number, number>();
  private readonly levels = new Float64Array(33);
  private held = 0;
  private waited = 0;
  private worked = 0;

  constructor(learner: RouteLearner) {
    this.learner = learner;
  }

  add(request: LoggedRequest): void {
    const { startMs, waitMs, heldMs } = request;
    this.requests += 1;
    this.firstMs = Math.min(this.firstMs, startMs);
    this.lastMs = Math.max(this.lastMs, startMs + (heldMs ?? waitMs ?? 0));
    const minute = Math.floor(startMs / minuteMs);
    this.starts.set(minute, (this.starts.get(minute) ?? 0) + 1);
    const reason = leftOutReason(request);
    if (reason !== undefined) {
      this.leftOut.set(reason, (this.leftOut.get(reason) ?? 0) + 1);
      return;
    }
    this.learner.learn(request);
    this.limits.learn(request);
    if (request.ids !== undefined) this.join.learn(request, limitOf(request, this.known) !== undefined);
    const kind = callerKinds.indexOf(request.callerKind);
    this.callerKinds[kind] = (this.callerKinds[kind] ?? 0) + 1;
    this.worked += 1;
    if (heldMs !== undefined) this.held += 1;
    else if (waitMs !== undefined) this.waited += 1;
    if (isFollowed(request)) {
      const level = sampleLevel(request.caller ?? '');
      this.levels[level] = (this.levels[level] ?? 0) + 1;
    }
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

  perMinute(minutes: number): Uint32Array {
    const counts = new Uint32Array(minutes);
    const first = Math.floor(this.firstMs / minuteMs);
    for (const [minute, count] of this.starts) counts[minute - first] = count;
    return counts;
  }

  /** @returns `held` when nearly all requests say how long the application was occupied */
  timing(): 'held' | 'waited' | 'none' {
    if (this.held >= 0.8 * this.worked && this.held > 0) return 'held';
    return this.held + this.waited >= 0.2 * this.worked && this.held + this.waited > 0 ? 'waited' : 'none';
  }
}
