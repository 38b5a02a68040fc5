/** What all parts of a world's drawing share, and how its network and its outage act on every request. */
import type { SeededDraw } from './seeded-draw.ts';
import type { WorldCaller } from './world-callers.ts';
import type { WorldEvent } from './world-event.ts';
import type { WorldSettings } from './world-settings.ts';

// Read once: inside Jest's sandbox each use of a global such as `Math` is slow, and worlds draw many numbers.
const { round } = Math;

export interface WorldStage {
  readonly events: WorldEvent[];
  readonly settings: WorldSettings;
  readonly startMs: number;
  readonly endMs: number;
  /** Start of the hour in which the service fails. */
  readonly outageMs: number | undefined;
}

/** Sends a read or another quick request, which succeeds within tens of milliseconds. */
export function quickRequest(
  stage: WorldStage,
  request: Pick<WorldEvent, 'why' | 'route' | 'startMs' | 'ref' | 'page' | 'caller' | 'endpoint' | 'follows'>,
  draw: SeededDraw,
): WorldEvent {
  const { route, startMs, caller } = request;
  const isWrite = route.method !== 'GET';
  const heldMs = draw.logNormal(isWrite ? 90 : 25, 0.6);
  const bytesOut = round(draw.logNormal(isWrite ? 300 : 2_500, 0.7));
  const isBroken = stage.outageMs !== undefined && isOut(stage.outageMs, startMs) && draw.chance(0.9);
  // Each field is named: copying them with a spread makes the drawing of a world four times slower.
  const event: WorldEvent = {
    why: request.why,
    endpoint: request.endpoint,
    follows: request.follows,
    route,
    ref: request.ref,
    page: request.page,
    startMs,
    waitMs: heldMs + networkMs(caller, bytesOut, draw),
    heldMs,
    workMs: heldMs,
    status: isBroken ? 503 : 200,
    outcome: isBroken ? 'failed' : 'ok',
    bytesIn: isWrite ? 400 : 0,
    bytesOut: isBroken ? 90 : bytesOut,
    caller,
    unnoticed: undefined,
  };
  stage.events.push(event);
  return event;
}

/** @returns what the way to the caller adds: a round trip, and the body at 2 or 20 MB/s */
export function networkMs(caller: WorldCaller, bytes: number, draw: SeededDraw): number {
  return draw.logNormal(caller.isPerson ? 50 : 6, 0.5) + bytes / (caller.isPerson ? 2_000 : 20_000);
}

export const isOut = (outageMs: number, startMs: number): boolean => startMs >= outageMs && startMs < outageMs + 3_600_000;
