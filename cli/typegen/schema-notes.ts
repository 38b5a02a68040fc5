/** Doc comments from schemas: what the type cannot say. */
import { stringifyExact } from '../../client/unrounded-json.ts';
import { numberOf } from './json-values.ts';

/** Limits that a type does not show, in the order of the comment. */
const limits = [
  ...['format', 'pattern', 'minLength', 'maxLength', 'contentEncoding', 'contentMediaType'],
  ...['minimum', 'exclusiveMinimum', 'maximum', 'exclusiveMaximum', 'multipleOf'],
  ...['minItems', 'maxItems', 'uniqueItems', 'minProperties', 'maxProperties'],
] as const;
/** Every integer of zod has these, which a double implies. */
const safeIntegers = new Set([String(Number.MIN_SAFE_INTEGER), String(Number.MAX_SAFE_INTEGER)]);

/** @returns lines of a comment: title, description, limits, default, whether it is deprecated */
export function notesOf(schema: Readonly<Record<string, unknown>>): readonly string[] {
  const texts = [schema['title'], schema['description']].filter((text) => typeof text === 'string');
  const bounds = limits.flatMap((name) => (isShown(schema[name]) ? [`${name}: ${shown(schema[name])}`] : []));
  return [
    ...[...new Set(texts)].flatMap(linesOf),
    ...(bounds.length === 0 ? [] : linesOf(bounds.join(', '))),
    ...(Object.hasOwn(schema, 'default') ? [`@default ${shown(schema['default'])}`] : []),
    ...(schema['deprecated'] === true ? ['@deprecated'] : []),
  ];
}

/** @returns the lines of a text. An `@` that would begin a tag is escaped, also that of `@ts-expect-error`, which the compiler obeys */
export function linesOf(text: string): readonly string[] {
  const lines = text.trim().split(/\r\n|[\n\r\u2028\u2029]/);
  return lines.map((line) => line.trimEnd().replace(/^\s*@/, '\\@'));
}

function isShown(value: unknown): boolean {
  if (typeof value === 'string' || value === true) return true;
  return numberOf(value) !== undefined && !safeIntegers.has(String(value));
}

function shown(value: unknown): string {
  return typeof value === 'string' ? oneLine(value) : oneLine(stringifyExact(value));
}

function oneLine(text: string): string {
  return text.replaceAll(/[\p{Cc}\u2028\u2029]/gu, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
