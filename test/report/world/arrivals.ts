/** When an endpoint is called, and by whom. */

import { browseAround, pollAround } from './bystander-traffic.ts';
import type { Endpoint } from './endpoint.ts';
import { callEndpoint } from './endpoint-calls.ts';
import type { Arrival } from './endpoint-kind.ts';
import type { SeededDraw } from './seeded-draw.ts';
import type { WorldCaller } from './world-callers.ts';
import type { WorldEvent } from './world-event.ts';
import { quickRequest, type WorldStage } from './world-stage.ts';

// Read once: inside Jest's sandbox each use of a global such as `Math` is slow, and worlds draw many numbers.
const { floor, max, PI, sin } = Math;

export const dayMs = 86_400_000;
const hourMs = 3_600_000;

/** Draws all calls of one endpoint, and what its callers do around them. */
export function drawCalls(stage: WorldStage, endpoint: Endpoint, draw: SeededDraw): void {
  const days = (stage.endMs - stage.startMs) / dayMs;
  const again = endpoint.shape.followUps.find(({ does }) => does === 'again')?.share ?? 0;
  const calls = Math.max(1, Math.round(endpoint.volume * (days / 2) * (stage.settings.rate ?? 1) * (1 - again)));
  const { arrival } = endpoint.shape;
  if (arrival.pattern === 'visits') drawVisits(stage, endpoint, calls, draw);
  else if (arrival.pattern === 'runs') drawRuns(stage, endpoint, { calls, arrival, draw });
  else if (arrival.pattern === 'nightly') drawNights(stage, endpoint, { calls: Math.ceil(calls / days), gapMs: arrival.gapMs, draw });
  else if (arrival.pattern === 'events') drawEvents(stage, endpoint, { calls, clumpShare: arrival.clumpShare, draw });
  else drawBeats(stage, endpoint, calls, draw);
}

function drawVisits(stage: WorldStage, endpoint: Endpoint, calls: number, draw: SeededDraw): void {
  for (let visit = 0; visit < calls; visit += 1) {
    const own = draw.fork(visit);
    const startMs = drawTime(stage, 0.08, own);
    const caller = pickCaller(stage, endpoint, own);
    const ref = drawRef(endpoint, caller, visit, own);
    if (own.chance(0.7)) {
      const openedMs = startMs - own.logNormal(20_000, 0.7);
      quickRequest(
        stage,
        { why: 'page', route: endpoint.page, startMs: openedMs, ref: 0, page: 0, caller, endpoint, follows: undefined },
        own,
      );
    }
    callEndpoint(stage, { endpoint, caller, startMs, ref, draw: own, why: 'call' });
    if (stage.settings.browsing) browseAround(stage, { caller, startMs, draw: draw.fork(-1 - visit) });
    if (stage.settings.polling && endpoint.isPolled) pollAround(stage, endpoint, { caller, startMs, draw: draw.fork(visit + 1e6) });
  }
}

function drawRuns(
  stage: WorldStage,
  endpoint: Endpoint,
  { calls, arrival, draw }: { calls: number; arrival: Extract<Arrival, { pattern: 'runs' }>; draw: SeededDraw },
): void {
  for (let done = 0; done < calls; ) {
    const own = draw.fork(done);
    const length = Math.min(own.whole(...arrival.length), Math.max(calls - done, arrival.length[0]));
    const startMs = drawTime(stage, 0.4, own);
    const caller = pickCaller(stage, endpoint, own);
    for (let lane = 0; lane < arrival.lanes; lane += 1) {
      const rows = Math.floor((length + lane) / arrival.lanes);
      drawLane(stage, endpoint, {
        caller,
        startMs: startMs + lane * 15,
        rows,
        gapMs: arrival.gapMs,
        firstRef: done + lane * rows,
        draw: own,
      });
    }
    done += length;
  }
}

function drawNights(
  stage: WorldStage,
  endpoint: Endpoint,
  { calls, gapMs, draw }: { calls: number; gapMs: number; draw: SeededDraw },
): void {
  const hour = draw.between(0.2, 4);
  for (let night = 0; stage.startMs + night * dayMs < stage.endMs; night += 1) {
    endpoint.callers.forEach((caller, index) => {
      const startMs = stage.startMs + night * dayMs + hour * hourMs + draw.between(0, 600_000);
      const rows = Math.ceil(calls / endpoint.callers.length);
      drawLane(stage, endpoint, { caller, startMs, rows, gapMs, firstRef: index * 1_000, draw: draw.fork(night * 100 + index) });
    });
  }
}

/** One row after the other, each when the last one and what follows it is over. */
function drawLane(
  stage: WorldStage,
  endpoint: Endpoint,
  lane: { caller: WorldCaller; startMs: number; rows: number; gapMs: number; firstRef: number; draw: SeededDraw },
): void {
  let last: WorldEvent | undefined;
  for (let row = 0; row < lane.rows; row += 1) {
    const startMs = last === undefined ? lane.startMs : last.startMs + last.waitMs + lane.draw.logNormal(lane.gapMs, 0.5);
    const ref = drawRef(endpoint, lane.caller, lane.firstRef + row, lane.draw);
    last = callEndpoint(stage, { endpoint, caller: lane.caller, startMs, ref, draw: lane.draw, why: 'call', follows: last });
  }
}

function drawEvents(
  stage: WorldStage,
  endpoint: Endpoint,
  { calls, clumpShare, draw }: { calls: number; clumpShare: number; draw: SeededDraw },
): void {
  for (let done = 0; done < calls; ) {
    const own = draw.fork(done);
    const caller = pickCaller(stage, endpoint, own);
    const startMs = drawTime(stage, 0.35, own);
    const clump = own.chance(clumpShare / 3) ? own.whole(2, 5) : 1;
    for (let one = 0; one < clump; one += 1) {
      const ref = drawRef(endpoint, caller, done + one, own);
      callEndpoint(stage, { endpoint, caller, startMs: startMs + one * own.exponential(400), ref, draw: own, why: 'call' });
    }
    done += clump;
  }
}

function drawBeats(stage: WorldStage, endpoint: Endpoint, calls: number, draw: SeededDraw): void {
  const periodMs = ((stage.endMs - stage.startMs) * endpoint.callers.length) / calls;
  for (const caller of endpoint.callers) {
    const own = draw.fork(caller.index);
    const ref = drawRef(endpoint, caller, 0, own);
    for (let startMs = stage.startMs + own.between(0, periodMs); startMs < stage.endMs; startMs += periodMs * own.between(0.98, 1.02)) {
      callEndpoint(stage, { endpoint, caller, startMs, ref, draw: own, why: 'call' });
    }
  }
}

/** @param nightly how often the night is, compared with noon */
function drawTime({ startMs, endMs }: WorldStage, nightly: number, draw: SeededDraw): number {
  for (;;) {
    const timeMs = draw.between(startMs, endMs);
    const hour = ((timeMs % dayMs) + dayMs) / hourMs - 24;
    if (draw.next() < nightly + (1 - nightly) * max(0, sin((PI * (hour - 6)) / 15))) return timeMs;
  }
}

/** Some callers call much more often than others. */
function pickCaller({ settings }: WorldStage, { callers }: Endpoint, draw: SeededDraw): WorldCaller {
  if (settings.dominantCaller && draw.chance(0.5)) return callers[0] as WorldCaller;
  return callers[floor(draw.next() ** 1.6 * callers.length)] as WorldCaller;
}

/** A machine has an id of its own, other things that exist are few, and what is created gets a new number. */
function drawRef({ kind, own }: Endpoint, caller: WorldCaller, count: number, draw: SeededDraw): number {
  if (!own.template.includes('{id}')) return 50_000 + count * 64;
  return kind.callers.who === 'machines' ? caller.index : draw.whole(1, 4_000);
}
