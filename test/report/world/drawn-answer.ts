/** Draws how long a call takes and how it ends, apart from the patience of its caller. */

import type { Endpoint } from './endpoint.ts';
import type { Answer } from './endpoint-kind.ts';
import type { SeededDraw } from './seeded-draw.ts';
import type { WorldEvent } from './world-event.ts';
import { isOut, type WorldStage } from './world-stage.ts';

// Read once: inside Jest's sandbox each use of a global such as `Math` is slow, and worlds draw many numbers.
const { max, min, round } = Math;

/** The gateway gives up after this time, as API Gateway does by default. */
export const gatewayLimitMs = 29_000;

export function drawEnd(
  stage: WorldStage,
  { shape, failedShare, wobbleBytes }: Endpoint,
  startMs: number,
  draw: SeededDraw,
): Pick<WorldEvent, 'workMs' | 'status' | 'outcome'> & { bytes: number } {
  const drawnMs = shape.drawHeldMs?.(draw) ?? draw.logNormal(shape.heldMedianMs, shape.heldSpread);
  const fate = draw.next();
  const isBroken = stage.outageMs !== undefined && isOut(stage.outageMs, startMs) && draw.chance(0.9);
  if (isBroken) return { workMs: draw.between(5, 2_000), status: 503, outcome: 'failed', bytes: 90 };
  if (fate < failedShare)
    return { workMs: min(drawnMs, gatewayLimitMs) * draw.between(0.05, 1), status: 500, outcome: 'failed', bytes: 90 };
  const isRejected = fate < failedShare + shape.rejectedShare;
  if (isRejected)
    return {
      workMs: min(drawnMs, gatewayLimitMs) * draw.between(0.05, 1),
      status: shape.rejectedStatus,
      outcome: 'rejected',
      bytes: draw.whole(60, 160),
    };
  if (drawnMs >= gatewayLimitMs) return { workMs: gatewayLimitMs, status: 504, outcome: 'timeout', bytes: 41 };
  const drawnWobble = draw.whole(0, wobbleBytes);
  const wobble = stage.settings.wobblingSizes && shape.answer.sizes === 'one' && shape.answer.bytes > 0 ? drawnWobble : 0;
  const outcome = shape.okStatus < 300 ? 'ok' : 'redirect';
  return { workMs: max(2, drawnMs), status: shape.okStatus, outcome, bytes: drawBytes(shape.answer, draw) + wobble };
}

function drawBytes(answer: Answer, draw: SeededDraw): number {
  if (answer.sizes === 'one') return answer.bytes;
  if (answer.sizes === 'varied') return round(draw.logNormal(answer.medianBytes, answer.spread));
  const [usual = 0, ...others] = answer.bytes;
  return draw.chance(answer.usualShare) || others.length === 0 ? usual : draw.pick(others);
}
