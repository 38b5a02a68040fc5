/** `ctx.sleep` and `ctx.waitUntil`: the job is suspended, and resumes after a time or when a check finds something. */
import { truncate } from '../../text/truncate.ts';
import type { WaitReason } from '../contract/context.ts';
import { type Duration, durationMs } from '../contract/duration.ts';
import { WaitTimedOutError } from '../contract/errors.ts';
import { errorText, readable } from '../job/error-text.ts';
import { describeFailure } from '../job/failure.ts';
import { toJson } from '../job/json-value.ts';
import { maxDetailLength } from '../job/timeline.ts';
import { asWritten, checkDuration, checkFunction, refuseWithin, waitReason } from './context-input.ts';
import type { ContextParts } from './context-parts.ts';
import type { NamedCall } from './run-journal.ts';
import { runInScope } from './scope.ts';
import { type OrParked, parked } from './suspensions.ts';

/** The shortest sleep, and the shortest time between two checks. */
const minWaitMs = 1_000;

export interface SleepRequest {
  readonly name: string;
  readonly duration: Duration;
  readonly reason: WaitReason | undefined;
}

export async function sleep({ journal, suspensions, deps }: ContextParts, request: SleepRequest): Promise<OrParked<void>> {
  const { name, duration } = request;
  refuseWithin('sleep', 'step', name);
  refuseWithin('sleep', 'wait', name);
  const call = journal.begin('sleep', name);
  checkDuration(duration, `The duration of sleep "${name}"`);
  const reason = waitReason(request.reason, `The reason of sleep "${name}"`);
  const storedUntilMs = await journal.storedTime(call);
  const untilMs = storedUntilMs ?? deps.runtime.nowMs() + Math.max(minWaitMs, durationMs(duration));
  if (storedUntilMs === undefined) {
    journal.reserve(call)(); // throws where the journal is full
    journal.storeTime(call, untilMs);
    return suspensions.park(untilMs, reason);
  }
  if (!journal.isSleepReceived(call) && deps.runtime.nowMs() < untilMs) return suspensions.park(untilMs, reason);
  await journal.receiveSleep(call, untilMs);
}

export interface WaitRequest<T> {
  readonly name: string;
  readonly check: () => Promise<T | undefined>;
  readonly options: { readonly every: Duration; readonly timeout: Duration; readonly reason?: WaitReason };
}

/** What one call of a check gave. */
type CheckResult =
  | { readonly kind: 'found'; readonly json: string }
  | { readonly kind: 'nothing' }
  /** The check failed in a way that may pass, so that it found nothing. */
  | { readonly kind: 'failed'; readonly message: string };

/** A wait whose options were checked. */
interface Wait {
  readonly call: NamedCall;
  readonly everyMs: number;
  readonly timeoutMs: number;
  readonly reason: WaitReason;
}

export async function waitUntil<T>(parts: ContextParts, request: WaitRequest<T>): Promise<OrParked<T>> {
  const { journal, isClosed } = parts;
  const wait = beginWait(parts, request);
  const { call } = wait;
  const known = await journal.recall<T>(call);
  if (known !== undefined) return known.value;
  const release = journal.reserve(call);
  try {
    const result = await runCheck(parts, call, request.check);
    if (result.kind !== 'found') return await waitOn(parts, wait, result);
    await journal.receive(call, result.json);
    return isClosed() ? parked : asWritten<T>(result.json);
  } finally {
    release();
  }
}

function beginWait<T>({ journal }: ContextParts, { name, check, options }: WaitRequest<T>): Wait {
  checkFunction(check, `the check of wait "${String(name)}"`);
  const { every, timeout, reason } = options ?? {};
  refuseWithin('wait', 'step', name);
  refuseWithin('wait', 'wait', name);
  const call = journal.begin('wait', name);
  checkDuration(every, `"every" of wait "${name}"`);
  checkDuration(timeout, `"timeout" of wait "${name}"`);
  const everyMs = Math.max(minWaitMs, durationMs(every));
  return { call, everyMs, timeoutMs: durationMs(timeout), reason: waitReason(reason, `The reason of wait "${name}"`) };
}

async function runCheck({ session, journal, deps }: ContextParts, call: NamedCall, check: () => Promise<unknown>): Promise<CheckResult> {
  const { name } = call;
  session.assertHeld();
  session.interrupted.throwIfAborted();
  try {
    const value = await runInScope('wait', check);
    if (value === undefined) return { kind: 'nothing' };
    return { kind: 'found', json: toJson(value, `What the check of wait "${name}" returned`, 'invalid_step_result') };
  } catch (error) {
    if (!journal.isCodeFailure(readable(error)) || !describeFailure(error).error.retryable) throw await journal.recordFailure(call, error);
    deps.log.warn('The check of a wait failed; it is repeated.', { wait: name, error });
    return { kind: 'failed', message: errorText(error) };
  }
}

/** Suspends the job until the next check. @throws WaitTimedOutError */
async function waitOn(
  { journal, suspensions, deps }: ContextParts,
  { call, everyMs, timeoutMs, reason }: Wait,
  result: Exclude<CheckResult, { kind: 'found' }>,
): Promise<typeof parked> {
  const nowMs = deps.runtime.nowMs();
  const sinceMs = (await journal.storedTime(call)) ?? nowMs;
  const failure = result.kind === 'failed' ? ` The last check failed: ${result.message}` : '';
  if (nowMs - sinceMs >= timeoutMs) {
    const error = new WaitTimedOutError(`Still waiting after ${Math.round(timeoutMs / 1000)} s.${failure}`);
    throw await journal.recordFailure(call, error);
  }
  journal.storeTime(call, sinceMs);
  const untilMs = Math.min(nowMs + everyMs, sinceMs + timeoutMs);
  const { detail } = reason;
  if (failure === '') return suspensions.park(untilMs, reason);
  return suspensions.park(untilMs, { ...reason, detail: truncate(`${detail ?? `wait "${call.name}"`}.${failure}`, maxDetailLength) });
}
