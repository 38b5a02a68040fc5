/** Calls an endpoint: draws how long it takes and how it ends, and lets the caller do what follows. */
import { drawEnd } from './drawn-answer.ts';
import type { Endpoint } from './endpoint.ts';
import { repeatsAfterHangUp } from './endpoint-facts.ts';
import type { FollowUp } from './endpoint-kind.ts';
import type { SeededDraw } from './seeded-draw.ts';
import type { WorldCaller } from './world-callers.ts';
import { closedByCaller, type Route, type Why, type WorldEvent } from './world-event.ts';
import { networkMs, quickRequest, type WorldStage } from './world-stage.ts';

// Read once: inside Jest's sandbox each use of a global such as `Math` is slow, and worlds draw many numbers.
const { max, min, round } = Math;

export interface Call {
  readonly endpoint: Endpoint;
  readonly caller: WorldCaller;
  readonly startMs: number;
  /** The number behind the id of what is called or created. */
  readonly ref: number;
  readonly draw: SeededDraw;
  readonly why: Why;
  readonly follows?: WorldEvent | undefined;
  /** Counts from 1; the third is the last. */
  readonly attempt?: number;
}

const patienceMedianMs = 25_000;

/** @returns the last event of the call, its repeats and the calls that follow it; the reads that follow are not waited for */
export function callEndpoint(stage: WorldStage, call: Call): WorldEvent {
  const { endpoint, caller, startMs, ref, draw, why, attempt = 1 } = call;
  const end = drawEnd(stage, endpoint, startMs, draw);
  const lineMs = endpoint.shape.slowLineMs === undefined ? 0 : draw.logNormal(endpoint.shape.slowLineMs, 0.4);
  const fullWaitMs = end.workMs + lineMs + networkMs(caller, end.bytes, draw);
  const patienceMs = draw.logNormal(patienceMedianMs, 0.6);
  const isHangUp = stage.settings.hangUps === true && caller.isPerson && patienceMs < fullWaitMs;
  const event: WorldEvent = {
    why,
    endpoint,
    follows: call.follows,
    route: endpoint.own,
    ref,
    page: 0,
    startMs,
    waitMs: isHangUp ? patienceMs : fullWaitMs,
    heldMs: isHangUp ? max(0, min(end.workMs, patienceMs - lineMs)) : end.workMs,
    workMs: end.workMs,
    status: isHangUp ? closedByCaller : end.status,
    outcome: isHangUp ? 'hangup' : end.outcome,
    bytesIn: endpoint.own.method === 'GET' ? 0 : round(draw.logNormal(endpoint.shape.bytesIn, 0.3)),
    bytesOut: isHangUp ? 0 : end.bytes,
    caller,
    unnoticed: isHangUp ? { status: end.status, waitMs: fullWaitMs, bytesOut: end.bytes } : undefined,
  };
  stage.events.push(event);
  if (event.outcome === 'ok' || event.outcome === 'redirect') return followUp(stage, call, event);
  const repeats = isHangUp ? repeatsAfterHangUp : event.outcome === 'rejected' ? 0 : endpoint.facts.repeatsAfterFailure;
  if (attempt >= 3 || !draw.chance(repeats)) return event;
  const pauseMs = draw.logNormal(
    endpoint.kind.callers.who === 'sender' ? 60_000 * attempt : caller.isPerson ? 5_000 : 1_000 * 2 ** attempt,
    0.5,
  );
  return callEndpoint(stage, { ...call, startMs: startMs + event.waitMs + pauseMs, why: 'repeat', follows: event, attempt: attempt + 1 });
}

/** Lets the caller do at most one of the kind's follow-ups. @returns the last call of the endpoint */
function followUp(stage: WorldStage, call: Call, answer: WorldEvent): WorldEvent {
  const { endpoint, caller, draw, ref } = call;
  const chosen = chooseFollowUp(endpoint.shape.followUps, draw.next());
  if (chosen === undefined) return answer;
  const startMs = answer.startMs + answer.waitMs + draw.logNormal(chosen.medianMs, chosen.spread);
  if (chosen.does === 'again') {
    const nextRef = endpoint.own.template.includes('{id}') ? ref : ref + 1;
    return callEndpoint(stage, { ...call, startMs, why: 'again', follows: answer, attempt: 1, ref: nextRef });
  }
  const quick = (route: Route, atMs: number): WorldEvent =>
    quickRequest(stage, { why: chosen.does as Why, route, startMs: atMs, ref, page: 0, caller, endpoint, follows: answer }, draw);
  const first = quick(chosen.does === 'go-on' ? endpoint.next : endpoint.item, startMs);
  if (chosen.does === 'go-on') return first;
  if (chosen.does === 'come-back' && draw.chance(0.3)) quick(endpoint.item, first.startMs + first.waitMs + draw.logNormal(20_000, 0.7));
  return answer;
}

function chooseFollowUp(followUps: readonly FollowUp[], chance: number): FollowUp | undefined {
  let below = 0;
  return followUps.find(({ share }) => {
    below += share;
    return chance < below;
  });
}
