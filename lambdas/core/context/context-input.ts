/** Checks what worker code hands to its context. */
import { parseExactJson } from '../../text/exact-json.ts';
import { truncate } from '../../text/truncate.ts';
import type { WaitReason } from '../contract/context.ts';
import { durationProblem } from '../contract/duration.ts';
import { PermanentError } from '../contract/errors.ts';
import { errorText, read } from '../job/error-text.ts';
import { toJson } from '../job/json-value.ts';
import { maxDetailLength } from '../job/timeline.ts';
import { scopeKind } from './scope.ts';

/** The checkpoint is in the record, so every write pays for it. */
const maxCheckpointBytes = 32_768;
const waitReasonCodes = ['sleeping', 'waiting_for_capacity'] as const satisfies readonly WaitReason['code'][];

/** A wait within a step could never end, since the invocation ends only after its steps. @throws PermanentError `nested_call` */
export function refuseWithin(what: 'step' | 'sleep' | 'wait' | 'run' | 'link', within: 'step' | 'wait', name: string): void {
  if (scopeKind() !== within) return;
  const place = within === 'step' ? 'a step' : 'the check of a wait';
  throw new PermanentError(`The ${what} "${name}" is called inside ${place}; call it beside it.`, { code: 'nested_call' });
}

/** @throws PermanentError `invalid_call` */
export function checkFunction(fn: unknown, what: string): void {
  if (typeof fn !== 'function') throw new PermanentError(`${what} must be a function (was ${typeof fn}).`, { code: 'invalid_call' });
}

/** @throws PermanentError `invalid_duration` */
export function checkDuration(duration: unknown, what: string): void {
  const problem = durationProblem(duration);
  if (problem !== undefined) throw new PermanentError(`${what} ${problem}.`, { code: 'invalid_duration' });
}

/**
 * Checks why the code waits. The detail is for people: any value is shown as a short text, rather than failing the job.
 * @throws PermanentError `invalid_call`
 */
export function waitReason(reason: WaitReason | undefined, what: string): WaitReason {
  const asked = read(reason, 'code');
  const detail = read(reason, 'detail');
  const code = waitReasonCodes.find((known) => known === asked);
  if (code === undefined && asked !== undefined) {
    const was = truncate(errorText(asked), 40);
    throw new PermanentError(`${what} must have one of the codes ${waitReasonCodes.join(', ')} (was ${was}).`, { code: 'invalid_call' });
  }
  return {
    ...(code === undefined ? {} : { code }),
    ...(detail === undefined || detail === null ? {} : { detail: truncate(errorText(detail), maxDetailLength) }),
  };
}

/** @throws PermanentError `invalid_checkpoint`, `checkpoint_too_large` */
export function checkpointJson(state: unknown): string {
  const json = toJson(state, 'A checkpoint', 'invalid_checkpoint');
  const bytes = Buffer.byteLength(json);
  if (bytes <= maxCheckpointBytes) return json;
  throw new PermanentError(`A checkpoint must be at most ${maxCheckpointBytes} bytes of JSON (was ${bytes}).`, {
    code: 'checkpoint_too_large',
  });
}

/** @returns a value that the code handed in before. Its type is what the code says; nothing checks it. */
export function asWritten<T>(json: string): T {
  return parseExactJson(json) as T;
}

export function readCheckpoint<T>(json: string | undefined): T | undefined {
  return json === undefined ? undefined : asWritten<T>(json);
}

/** Progress is for people, so what cannot be shown is left out rather than failing the job. DynamoDB has no NaN, which is what 0 of 0 rows make. */
export function progressOf(fraction: unknown, message: unknown): { readonly fraction: number | null; readonly message: string | null } {
  return {
    fraction: typeof fraction !== 'number' || Number.isNaN(fraction) ? null : Math.min(1, Math.max(0, fraction)),
    message: message === undefined || message === null ? null : truncate(errorText(message), 200),
  };
}
