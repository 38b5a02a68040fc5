/** Errors as the log holds them, as text for people: the message and the stack, each frame on its line. */

import { basename, dirname, join, sep } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
/** Where stacks say that the engine is: source maps lead from `dist` to its sources. */
const engine = ['core', 'worker'].map((part) => join(basename(root) === 'dist' ? dirname(root) : root, 'lambdas', part) + sep);
/** Frames below these say little, and push the message off the screen. */
const maxFrames = 8;
const maxCauses = 3;

interface LoggedError {
  readonly name?: unknown;
  readonly message: string;
  readonly stack: string;
  readonly cause?: unknown;
  readonly [member: string]: unknown;
}

/** @returns whether a field of a log line is an error, as `loggable` writes one */
export function isLoggedError(value: unknown): value is LoggedError {
  const { message, stack } = (value ?? {}) as Partial<LoggedError>;
  return typeof message === 'string' && typeof stack === 'string';
}

/** @returns lines, the message first */
export function errorLines(error: LoggedError, causes = 0): readonly string[] {
  const { name, message, stack, cause, errors: _, ...members } = error;
  const all = stack.split('\n').filter((line) => /^\s+at /.test(line) && !line.includes('node:internal'));
  const own = all.filter((line) => !engine.some((folder) => line.includes(folder)));
  const frames = own.length === 0 ? all : own;
  const more = Object.keys(members).length === 0 ? '' : ` ${JSON.stringify(members)}`;
  const hidden = frames.length - maxFrames;
  return [
    `${typeof name === 'string' ? name : 'Error'}: ${message}${more}`,
    ...frames.slice(0, maxFrames).map((line) => `    ${line.trim()}`),
    ...(hidden > 0 ? [`    … and ${hidden} more`] : []),
    ...(isLoggedError(cause) && causes < maxCauses ? indented('caused by ', errorLines(cause, causes + 1)) : []),
  ];
}

function indented(start: string, [first = '', ...rest]: readonly string[]): readonly string[] {
  return [`${start}${first}`, ...rest];
}
