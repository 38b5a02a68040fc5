/** What a JSON Schema allows, in a few words of Markdown. */
import { anchorOf } from './heading-anchor.ts';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly format?: string;
  readonly default?: unknown;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly required?: readonly string[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** @returns its type, as a cell of a table; what a schema of the document is named leads to its section */
export function typeText(schema: Schema): string {
  const { $ref, anyOf, oneOf, allOf, items, additionalProperties } = schema;
  if ($ref !== undefined) return linkTo($ref);
  if (schema.const !== undefined) return code(schema.const);
  if (schema.enum !== undefined) return alternatives(schema.enum.map(code));
  const choices = anyOf ?? oneOf;
  if (choices !== undefined) return alternatives(choices.map(typeText));
  if (allOf !== undefined) return allOf.map(typeText).join(' with ');
  if (items !== undefined) return `list of ${typeText(items)}${rangeText(schema.minItems, schema.maxItems)}`;
  if (typeof additionalProperties === 'object') return `object of ${typeText(additionalProperties)}`;
  return plainText(schema);
}

/** @returns text for a cell of a table: on one line, without what would end the cell */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\n+/g, ' ');
}

function plainText({ type, format, minimum, maximum, minLength, maxLength }: Schema): string {
  if (type === undefined) return 'any JSON';
  if (typeof type !== 'string')
    return alternatives(type.map((one) => plainText({ type: one, ...(format === undefined ? {} : { format }) })));
  if (type === 'string') return `${format ?? 'string'}${rangeText(minLength === 1 ? undefined : minLength, maxLength, 'characters')}`;
  const isWhole = maximum === Number.MAX_SAFE_INTEGER;
  return `${type}${rangeText(minimum, isWhole ? undefined : maximum)}`;
}

function rangeText(from: number | undefined, to: number | undefined, unit = ''): string {
  const shown = (value: number) => `${value.toLocaleString('en')}${unit === '' ? '' : ` ${unit}`}`;
  if (from !== undefined && to !== undefined && from !== to) return `, ${from.toLocaleString('en')} to ${shown(to)}`;
  if (to !== undefined) return from === to ? `, ${shown(to)}` : `, at most ${shown(to)}`;
  return from === undefined || from === 0 ? '' : `, at least ${shown(from)}`;
}

function linkTo(reference: string): string {
  const name = reference.replace('#/components/schemas/', '');
  return `[${name}](#${anchorOf(name)})`;
}

function alternatives(texts: readonly string[]): string {
  return [...new Set(texts)].join(' or ');
}

function code(value: unknown): string {
  return `\`${typeof value === 'string' ? value : JSON.stringify(value)}\``;
}
