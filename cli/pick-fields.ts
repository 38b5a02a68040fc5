/** Prints what the API answered: unchanged, or some members of it. */
import { stringifyExact } from '../client/unrounded-json.ts';
import { type CommandInput, text } from './command.ts';
import type { Output } from './command-io.ts';

/** @returns whether JSON was asked for */
export function wantsJson(input: CommandInput): boolean {
  return text(input, 'json') !== undefined;
}

/** Prints a value as JSON, in lines on a terminal and in one line elsewhere. The parser has checked the members that are picked. */
export async function printJson(value: unknown, input: CommandInput, out: Output): Promise<void> {
  await out.write(`${jsonText(pick(value, input), out, out.isTerminal ? 2 : 0)}\n`);
}

/** Prints a value as one line of JSON Lines. */
export async function printJsonLine(value: unknown, input: CommandInput, out: Output): Promise<void> {
  await out.write(`${jsonText(pick(value, input), out)}\n`);
}

/** @returns JSON; for a terminal what could command it is written as escapes, which mean the same */
export function jsonText(value: unknown, { isTerminal }: Pick<Output, 'isTerminal'>, indent = 0): string {
  const json = stringifyExact(value, indent);
  return isTerminal ? json.replaceAll(commanding, escaped) : json;
}

/** JSON writes the control characters below U+0020 as escapes itself. */
const commanding = /[\u007f-\u009f\u2028\u2029\p{Bidi_Control}]/gu;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function pick(value: unknown, input: CommandInput): unknown {
  const wanted = text(input, 'json') ?? '';
  if (wanted === '') return value;
  return Object.fromEntries(wanted.split(',').map((name) => [name.trim(), memberOf(value, name.trim().split('.'))]));
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
