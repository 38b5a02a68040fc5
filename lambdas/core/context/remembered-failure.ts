/**
 * A failure that worker code may catch, as JSON and back. The code gets it rebuilt at the first time too, so that a `catch` sees the same in every
 * invocation: name, message, code, retryable, details and other members are there; a class of the worker's own is not, so compare `error.name`.
 */

import { parseExactJson } from '../../text/exact-json.ts';
import { truncate } from '../../text/truncate.ts';
import { PermanentError, RetryableError, WaitTimedOutError } from '../contract/errors.ts';
import { isErrorLike, read } from '../job/error-text.ts';
import { loggable } from '../job/loggable.ts';

interface RememberedFailure {
  readonly class: 'retryable' | 'permanent' | 'timed-out' | 'aggregate' | 'error' | 'value';
  readonly name?: unknown;
  readonly message?: string;
  /** Own members of the error; the thrown value itself where that was not an error. */
  readonly members?: unknown;
  readonly cause?: RememberedFailure;
  readonly errors?: readonly RememberedFailure[];
}

const maxMessageLength = 4_000;
const maxMembersBytes = 16_384;
const maxDepth = 5;
const maxErrors = 20;
/** Errors that hold each other have more paths than a record can keep. */
const maxErrorsInAll = 50;
/** Members that are rebuilt from others, or are of no use in another process. */
const standardMembers = new Set(['name', 'message', 'stack', 'cause', 'errors', '$response']);

/** @param thrown anything @returns a JSON text from which `rebuildFailure` makes an equivalent */
export function failureJson(thrown: unknown): string {
  try {
    return JSON.stringify(describe(thrown, 0, { errorsLeft: maxErrorsInAll }));
  } catch {
    return JSON.stringify({ class: 'error', message: 'The worker threw something that cannot be read.' } satisfies RememberedFailure);
  }
}

/** @param json what `failureJson` returned @returns the value to throw */
export function rebuildFailure(json: string): unknown {
  return rebuild(parseExactJson(json) as RememberedFailure);
}

/**
 * @param original the failure from which the JSON was made in this invocation
 * @returns the failure as `rebuildFailure` returns it, with the original's stack trace: the journal keeps none
 */
export function rebuildWithStack(json: string, original: unknown): unknown {
  const rebuilt = rebuildFailure(json);
  const stack = isErrorLike(original) ? read(original, 'stack') : undefined;
  if (rebuilt instanceof Error && typeof stack === 'string')
    Object.defineProperty(rebuilt, 'stack', { value: stack, configurable: true, writable: true });
  return rebuilt;
}

function describe(thrown: unknown, depth: number, budget: { errorsLeft: number }): RememberedFailure {
  budget.errorsLeft -= 1;
  const goesDeeper = depth < maxDepth && budget.errorsLeft > 0;
  if (!isErrorLike(thrown)) return { class: 'value', members: bounded(thrown) };
  const own = Object.entries(loggable(thrown) as object).filter(([name]) => !standardMembers.has(name));
  const message = read(thrown, 'message');
  const cause = read(thrown, 'cause');
  const errors = read(thrown, 'errors');
  return {
    class: classOf(thrown),
    name: bounded(read(thrown, 'name')),
    message: truncate(messageText(message), maxMessageLength),
    members: boundedMembers(own),
    ...(cause === undefined || !goesDeeper ? {} : { cause: describe(cause, depth + 1, budget) }),
    ...(Array.isArray(errors) && goesDeeper
      ? { errors: Array.from(errors.slice(0, maxErrors), (error) => describe(error, depth + 1, budget)) }
      : {}),
  };
}

function messageText(message: unknown): string {
  return typeof message === 'string' ? message.toWellFormed() : message === undefined ? '' : JSON.stringify(loggable(message));
}

function classOf(error: object): RememberedFailure['class'] {
  if (error instanceof RetryableError) return 'retryable';
  if (error instanceof PermanentError) return 'permanent';
  if (error instanceof WaitTimedOutError) return 'timed-out';
  return Array.isArray(read(error, 'errors')) ? 'aggregate' : 'error';
}

function bounded(value: unknown): unknown {
  const plain = loggable(value);
  return Buffer.byteLength(JSON.stringify(plain) ?? '') > maxMembersBytes ? { omitted: `more than ${maxMembersBytes} bytes` } : plain;
}

/** Small members, which say what an error means (`code`, `$metadata`), come before large ones. */
function boundedMembers(members: readonly (readonly [string, unknown])[]): Readonly<Record<string, unknown>> {
  const sized = members.map(([name, value]) => ({ name, value, bytes: Buffer.byteLength(JSON.stringify(value) ?? '') }));
  let left = maxMembersBytes;
  const kept = sized
    .toSorted((a, b) => a.bytes - b.bytes)
    .map(({ name, value, bytes }) => {
      left -= bytes;
      return [name, left >= 0 ? value : { omitted: `${bytes} bytes` }] as const;
    });
  return Object.fromEntries(kept);
}

function rebuild(remembered: RememberedFailure): unknown {
  if (remembered.class === 'value') return remembered.members;
  const { name, members, cause } = remembered;
  const error = construct(remembered, cause === undefined ? {} : { cause: rebuild(cause) });
  Object.assign(error, members);
  if (typeof name === 'string' && error.name !== name)
    Object.defineProperty(error, 'name', { value: name, configurable: true, writable: true });
  return error;
}

function construct({ class: kind, message = '', errors = [] }: RememberedFailure, options: ErrorOptions): Error {
  switch (kind) {
    case 'retryable':
      return new RetryableError(message, options);
    case 'permanent':
      return new PermanentError(message, options);
    case 'timed-out':
      return new WaitTimedOutError(message, options);
    case 'aggregate':
      return new AggregateError(errors.map(rebuild), message, options);
    default:
      return new Error(message, options);
  }
}
