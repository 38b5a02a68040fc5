/** Reads the input of a job, or the payload of a signal, from words, a file or standard input. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { parseExact } from '../client/unrounded-json.ts';
import { UsageError } from './command.ts';
import type { CommandIo } from './command-io.ts';
import { inputHelp } from './common-options.ts';

/**
 * Reads `name=text`, `name:=json`, one JSON text, `@file` or `-`. Numbers stay as they were written.
 * @returns undefined where no word is given
 * @throws UsageError for what cannot be read
 */
export async function readInput(words: readonly string[], io: Pick<CommandIo, 'stdin' | 'cwd'>): Promise<unknown> {
  const [first] = words;
  if (first === undefined) return undefined;
  if (words.length === 1 && first === '-') return parse(await readStdin(io), 'standard input');
  if (words.length === 1 && first.startsWith('@')) return parse(readFile(first.slice(1), io.cwd), first.slice(1));
  if (words.length === 1 && isJson.test(first)) return parse(first, 'the input');
  const input: Record<string, unknown> = {};
  for (const word of words) assign(input, word, io.cwd);
  return input;
}

/** An object, a list, a text in quotes, a number, true, false or null. */
const isJson = /^\s*([[{"]|(-?\d[\d.eE+-]*|true|false|null)\s*$)/;

function assign(input: Record<string, unknown>, word: string, cwd: string): void {
  const [, path, operator, given = ''] = /^([^=:]+)(:?=)(.*)$/s.exec(word) ?? [];
  if (path === undefined) throw new UsageError(`"${word}" cannot be a part of an input. Write it as ${inputHelp}.`);
  const content = given.startsWith('@') ? readFile(given.slice(1), cwd) : given;
  const names = path.split('.');
  let place = input;
  for (const name of names.slice(0, -1)) {
    const next = Object.hasOwn(place, name) ? place[name] : define(place, name, {});
    if (typeof next !== 'object' || next === null || Array.isArray(next))
      throw new UsageError(`"${word}": ${name} has a value already that is not an object.`);
    place = next as Record<string, unknown>;
  }
  const last = names.at(-1) ?? '';
  if (Object.hasOwn(place, last)) throw new UsageError(`The input has ${path} twice.`);
  define(place, last, operator === ':=' ? parse(content, path) : content);
}

/** Defines a member, so that one called `__proto__` is a member like any other. */
function define(place: object, name: string, value: unknown): unknown {
  Object.defineProperty(place, name, { value, enumerable: true, writable: true, configurable: true });
  return value;
}

function readFile(name: string, cwd: string): string {
  try {
    return utf8(readFileSync(resolve(cwd, name)));
  } catch (error) {
    throw new UsageError(`${name} cannot be read: ${(error as Error).message}`);
  }
}

async function readStdin({ stdin }: Pick<CommandIo, 'stdin'>): Promise<string> {
  try {
    return utf8(await buffer(stdin));
  } catch (error) {
    throw new UsageError(`Standard input cannot be read: ${(error as Error).message}`);
  }
}

/** @throws TypeError for bytes that are not UTF-8: replaced silently, they would be another input */
function utf8(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
}

function parse(json: string, from: string): unknown {
  try {
    return parseExact(json);
  } catch (error) {
    throw new UsageError(`${from} is not JSON: ${(error as Error).message}`);
  }
}
