/** Prints what the API answered: unchanged, or some members of it. */
import { stringifyExact } from '../client/unrounded-json.ts';
import { type CommandInput, text, UsageError } from './command.ts';
import type { Output } from './command-io.ts';

/** @returns whether JSON was asked for */
export function wantsJson(input: CommandInput): boolean {
  return text(input, 'json') !== undefined;
}

/** Prints a value as JSON, in lines on a terminal and in one line elsewhere. @throws UsageError for members that it does not have */
export async function printJson(value: unknown, input: CommandInput, out: Output, fields: readonly string[]): Promise<void> {
  const picked = pick(value, text(input, 'json') ?? '', fields);
  await out.write(`${out.isTerminal ? indented(picked) : stringifyExact(picked)}\n`);
}

function pick(value: unknown, wanted: string, fields: readonly string[]): unknown {
  if (wanted === '') return value;
  const names = wanted.split(',').map((name) => name.trim());
  const unknown = names.filter((name) => !fields.includes(name.split('.')[0] ?? ''));
  if (unknown.length > 0) throw new UsageError(`There is no member ${unknown.join(', ')}. There are: ${fields.join(', ')}.`);
  return Object.fromEntries(names.map((name) => [name, memberOf(value, name.split('.'))]));
}

/** @returns the member at a path; null where there is none, so that each line has the same members */
function memberOf(value: unknown, path: readonly string[]): unknown {
  let found = value;
  for (const name of path) {
    if (typeof found !== 'object' || found === null || !Object.hasOwn(found, name)) return null;
    found = (found as Record<string, unknown>)[name];
  }
  return found === undefined ? null : found;
}

/** `JSON.stringify` loses raw numbers only where it cannot write them, so the indentation is its own. */
function indented(value: unknown): string {
  return stringifyExact(value, 2);
}
