/** Reads the logs twice and measures: first what is in them, then each endpoint. Memory is bounded; the order of lines and files does not matter. */
import { randomInt } from 'node:crypto';
import type { LogInput, ReadCounts } from '../read/log-input.ts';
import type { LoggedRequest } from '../read/logged-request.ts';
import { sampleLevel } from '../read/text-hash.ts';
import type { RouteLearner, RouteTable, Template } from '../routes/route-table.ts';
import type { BehaviourTally } from './behaviour-tally.ts';
import { CallerRows, callerKinds } from './caller-rows.ts';
import { EndpointTally } from './endpoint-tally.ts';
import { followCallers } from './follow-callers.ts';
import { busiestMinutes, HeldMinutes, type ObservedMinutes, observedMinutes } from './held-minutes.ts';
import type { Continued } from './invocation-join.ts';
import { type LeftOutReason, leftOutReason } from './left-out.ts';
import { replayWaits } from './replay-log.ts';
import { isFollowed, type LogWindow, maxLoggedRoutes, Survey } from './survey.ts';
import { limitOf } from './time-limits.ts';

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
  /** What was assumed or left out while measuring. */
  readonly notes: readonly string[];
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
  /** Mean waits of the others for a free place in the busiest minutes, before and after; undefined without a capacity. */
  readonly replay: ((delegated: ReadonlySet<string>) => Promise<{ readonly beforeMs: number; readonly afterMs: number }>) | undefined;
}

const minuteMs = 60_000;
/** Beyond this, the endpoints that hold the least have no minutes of their own. */
const maxMinuteBytes = 192 * 2 ** 20;

/** Characters that cannot be seen, and that could command a terminal or hide a part of a name. */
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\uFFFE\uFFFF]/gu;
const endpointName = (method: string, { path }: Template) => `${method} ${path}`.replaceAll(unseen, '\ufffd');

/** @param newLearner begins to learn routes; called again where the routes of the log must be ignored */
export async function measureLog(
  input: LogInput,
  newLearner: () => RouteLearner,
  { acceptMs, capacity }: MeasureOptions,
): Promise<LogMeasures> {
  const { survey, routes, isCrowded } = await surveyLog(input, newLearner);
  const window = survey.window() ?? { firstMs: 0, lastMs: -1 };
  const { firstMs, lastMs } = window;
  const minutes = Math.max(0, Math.floor(lastMs / minuteMs) - Math.floor(firstMs / minuteMs) + 1);
  const level = survey.sampleLevel();
  survey.join.settle();
  const limits = survey.limits.finish();
  const rows = new CallerRows(survey.rowsFrom(level), randomInt(2 ** 32));
  const templateOf = (request: LoggedRequest) => routes.templateOf(isCrowded ? { ...request, route: undefined } : request);
  const nameOf = (request: LoggedRequest) => {
    const template = templateOf(request);
    return template === undefined ? undefined : endpointName(request.method, template);
  };
  const kept = await endpointsThatFit(input, { minutes, window, nameOf });
  const tallies = new Map<string, EndpointTally>();
  const order: EndpointTally[] = [];
  const indexes = new Map<EndpointTally, number>();
  const leftOut = new Map<LeftOutReason, number>(survey.leftOut);
  const leave = (reason: LeftOutReason) => leftOut.set(reason, (leftOut.get(reason) ?? 0) + 1);
  const starts = new Uint32Array(minutes);

  const counts = await input.read((request) => {
    if (!isWithin(request, window)) {
      leave('wrong times');
      return;
    }
    const minute = Math.floor(request.startMs / minuteMs) - Math.floor(firstMs / minuteMs);
    starts[minute] = (starts[minute] ?? 0) + 1;
    if (leftOutReason(request) !== undefined) return;
    const template = templateOf(request);
    if (template === undefined) {
      leave('unknown paths');
      return;
    }
    if (request.isInvocation === true) survey.join.match(request, nameOf);
    const name = endpointName(request.method, template);
    let tally = tallies.get(name);
    if (tally === undefined) {
      const own = kept === undefined || kept.has(name) ? minutes : 0;
      tally = new EndpointTally(request.method, template, () => new HeldMinutes(firstMs, own));
      tallies.set(name, tally);
      indexes.set(tally, order.push(tally) - 1);
    }
    tally.add(request, { limit: limitOf(request, limits), acceptMs });
    if (isFollowed(request) && (level === 0 || sampleLevel(request.caller ?? '') >= level)) rows.add(request, indexes.get(tally) ?? 0);
  });
  for (const tally of order) tally.settle();

  const names = order.map(({ method, template }) => ({ method, template: template.path }));
  const behaviours = followCallers(rows, names, { firstMs, lastMs, resolutionMs: survey.resolutionMs });
  const isJoined = ({ source, path }: Template) => source === 'function' && survey.join.isJoined(path);
  const endpoints = order
    .map((tally, i): MeasuredEndpoint => {
      const name = endpointName(tally.method, tally.template);
      const memoryMb = memoryOf(tally, survey.join.memoryMbOf(name));
      return { name, tally, behaviour: behaviours[i] as BehaviourTally, continued: survey.join.continuedOf(name), memoryMb };
    })
    // What a gateway logged is counted there.
    .filter(({ tally }) => !isJoined(tally.template))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

  const total = new Float64Array(minutes);
  for (const { tally } of endpoints)
    tally.minutes.held.forEach((held, minute) => {
      total[minute] = (total[minute] ?? 0) + held;
    });
  const observed = observedMinutes(starts.map((count, minute) => Math.max(count, (total[minute] ?? 0) > 0 ? 1 : 0)));
  const busy = busiestMinutes(total, observed);
  const workNameOf = (request: LoggedRequest) => {
    const template = isWithin(request, window) && leftOutReason(request) === undefined ? templateOf(request) : undefined;
    return template === undefined || isJoined(template) ? undefined : endpointName(request.method, template);
  };
  return {
    counts,
    routes,
    notes: [
      ...(isCrowded ? [`The log names more than ${maxLoggedRoutes} routes, which must be paths: they were grouped by their shapes.`] : []),
      ...(kept === undefined ? [] : [`The log is long: time held by minute was kept for the ${kept.size} endpoints that hold the most.`]),
    ],
    endpoints,
    requests: survey.requests,
    firstMs,
    lastMs,
    observed,
    total,
    busy,
    leftOut,
    callerKinds: new Map(callerKinds.map((kind, i) => [kind, survey.callerKinds[i] ?? 0])),
    timing: survey.timing(),
    followed: 0.5 ** level,
    replay:
      capacity === undefined || survey.requests === 0
        ? undefined
        : (delegated) => replayWaits(input, { firstMs, busy, starts, capacity, acceptMs, nameOf: workNameOf, delegated }),
  };
}

/** Reads once; and once more where the log names more routes than an API has. */
async function surveyLog(input: LogInput, newLearner: () => RouteLearner) {
  let learner = newLearner();
  let survey = new Survey(learner);
  await input.read((request) => survey.add(request));
  const { isCrowded } = survey;
  if (isCrowded) {
    learner = newLearner();
    survey = new Survey(learner);
    await input.read((request) => survey.add({ ...request, route: undefined }));
  }
  return { survey, routes: learner.finish(), isCrowded };
}

const isWithin = ({ startMs }: LoggedRequest, { firstMs, lastMs }: LogWindow) => startMs >= firstMs && startMs <= lastMs;

function memoryOf(tally: EndpointTally, joined: number | undefined): number | undefined {
  const own = tally.memoryMb.quantile(0.5);
  return own === undefined ? joined : Math.round(own);
}

/** @returns the endpoints that have minutes of their own; undefined for all */
async function endpointsThatFit(
  input: LogInput,
  {
    minutes,
    window,
    nameOf,
  }: { readonly minutes: number; readonly window: LogWindow; readonly nameOf: (request: LoggedRequest) => string | undefined },
): Promise<ReadonlySet<string> | undefined> {
  // Two arrays of four bytes a minute, and as many again where some of its requests have no time of the application.
  const most = Math.max(10, Math.floor(maxMinuteBytes / (Math.max(1, minutes) * 16)));
  if (most >= 500) return undefined;
  const held = new Map<string, number>();
  await input.read((request) => {
    const name = isWithin(request, window) && leftOutReason(request) === undefined ? nameOf(request) : undefined;
    if (name !== undefined) held.set(name, (held.get(name) ?? 0) + Math.round(request.heldMs ?? request.waitMs ?? 0));
  });
  if (held.size <= most) return undefined;
  return new Set(
    [...held]
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, most)
      .map(([name]) => name),
  );
}
