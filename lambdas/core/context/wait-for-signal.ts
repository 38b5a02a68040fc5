/** `ctx.waitForSignal`: the job is suspended until a caller sends something. */
import { truncate } from '../../text/truncate.ts';
import type { SignalWait } from '../contract/context.ts';
import { durationMs } from '../contract/duration.ts';
import { WaitTimedOutError } from '../contract/errors.ts';
import { errorText, read } from '../job/error-text.ts';
import { maxDetailLength } from '../job/timeline.ts';
import { checkDuration, refuseWithin } from './context-input.ts';
import type { ContextParts } from './context-parts.ts';
import { signalParser } from './signal-schema.ts';
import { type OrParked, parked } from './suspensions.ts';

export async function waitForSignal<T>(parts: ContextParts, name: string, wait: SignalWait): Promise<OrParked<T>> {
  const { session, journal, suspensions, deps, isClosed } = parts;
  refuseWithin('wait', 'step', name);
  refuseWithin('wait', 'wait', name);
  const parse = signalParser<T>(parts, name);
  const timeout = read(wait, 'timeout');
  checkDuration(timeout, `"timeout" of the wait for signal "${name}"`);
  const timeoutMs = durationMs(wait.timeout);
  const call = journal.beginNumbered('signal', name);
  const known = await journal.recall<unknown>(call);
  if (known !== undefined) return parse(known.value);
  const release = journal.reserve(call);
  try {
    const storedMs = await journal.storedTime(call);
    // From here to the suspension nothing is awaited, so no signal comes between.
    const { notices = 0 } = session.job;
    const received = await journal.receiveSignal<unknown>(call, name);
    if (received !== undefined) return isClosed() ? parked : parse(received.value);
    const nowMs = deps.runtime.nowMs();
    const sinceMs = storedMs ?? nowMs;
    if (nowMs - sinceMs >= timeoutMs) {
      const error = new WaitTimedOutError(`No signal "${name}" came within ${Math.round(timeoutMs / 1000)} s.`);
      throw await journal.recordFailure(call, error);
    }
    journal.storeTime(call, sinceMs);
    const reason = { code: 'waiting_for_signal', detail: detailOf(wait, name) } as const;
    return suspensions.parkFor({ kind: 'signal', name }, notices, { untilMs: sinceMs + timeoutMs, reason });
  } finally {
    release();
  }
}

function detailOf(wait: SignalWait, name: string): string {
  const detail = read(wait, 'detail');
  return detail === undefined || detail === null ? `signal "${name}"` : truncate(errorText(detail), maxDetailLength);
}
