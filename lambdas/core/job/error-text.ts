/** Texts of thrown values for people: the message, and those of the causes. */
import { loggable } from './loggable.ts';

/** The depth to which causes are read. Longer chains say nothing more, and may be circular. */
const maxCauses = 10;
/** The number of errors of an `AggregateError` that the text contains. */
const maxParts = 5;
/** The number of errors in one text: errors that refer to each other have more paths than a text can hold. */
const maxErrors = 50;

/**
 * @param thrown anything; reading it never throws
 * @returns e.g. `fetch failed: connect ECONNREFUSED 127.0.0.1:9`, `AggregateError: first; second`; never empty
 */
export function errorText(thrown: unknown): string {
  return textWithCauses(thrown, 0, { errorsLeft: maxErrors });
}

/** @returns the text with a full stop, unless it ends with a mark already */
export function withFullStop(text: string): string {
  const trimmed = text.trimEnd();
  return /[.!?]$/.test(trimmed) ? trimmed : `${trimmed}.`;
}

function textWithCauses(thrown: unknown, depth: number, budget: { errorsLeft: number }): string {
  budget.errorsLeft -= 1;
  if (!isErrorLike(thrown)) return textOf(thrown);
  const message = read(thrown, 'message');
  const name = read(thrown, 'name');
  const own = typeof message === 'string' ? message : message === undefined ? '' : textOf(message);
  const parts = own === '' ? [typeof name === 'string' && name !== '' ? name : 'Error'] : [own];
  if (depth < maxCauses && budget.errorsLeft > 0) {
    const errors = read(thrown, 'errors');
    if (Array.isArray(errors) && errors.length > 0) {
      const shown = Array.from(errors.slice(0, maxParts), (error) => textWithCauses(error, depth + 1, budget));
      parts.push([...shown, ...(errors.length > maxParts ? [`and ${errors.length - maxParts} more`] : [])].join('; '));
    }
    const cause = read(thrown, 'cause');
    const causeText = cause === undefined || cause === null || cause === thrown ? '' : textWithCauses(cause, depth + 1, budget);
    // Many libraries repeat their cause in the message.
    if (causeText !== '' && !own.includes(causeText)) parts.push(causeText);
  }
  return parts
    .map((part, i) => (i < parts.length - 1 ? part.replace(/[.:]$/, '') : part))
    .join(': ')
    .toWellFormed();
}

/** @returns what was thrown, or an error in its place if even its class cannot be read, as with a revoked proxy */
export function readable(thrown: unknown): unknown {
  try {
    Object.getPrototypeOf(Object(thrown));
    return thrown;
  } catch {
    return new Error(errorText(thrown));
  }
}

/** @returns a member of a thrown value, or undefined if there is none or reading it throws */
export function read(value: unknown, name: string): unknown {
  try {
    return Reflect.get(Object(value), name);
  } catch {
    return undefined;
  }
}

/** @returns a member as text if it is a text or a number, else '' */
export function readText(value: unknown, name: string): string {
  const member = read(value, name);
  return typeof member === 'string' || typeof member === 'number' ? String(member) : '';
}

/** @returns whether a thrown value is an error, of this or another realm */
export function isErrorLike(thrown: unknown): thrown is object {
  try {
    return (
      thrown instanceof Error ||
      (typeof thrown === 'object' && thrown !== null && Object.prototype.toString.call(thrown) === '[object Error]')
    );
  } catch {
    return false;
  }
}

/** Formats a value that is not an error: a text as it is, any other value as JSON. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value === '' ? '""' : value;
  return value === undefined ? 'undefined' : JSON.stringify(loggable(value));
}
