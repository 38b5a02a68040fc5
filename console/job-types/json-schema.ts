/** The parts of JSON Schema 2020-12 that contracts have, read in one place for documentation and forms. */

import { countText } from '../words/amounts.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

export interface Property {
  readonly name: string;
  readonly schema: JsonSchema;
  readonly isRequired: boolean;
}

/** @returns the named members of an object, in the order of the schema */
export function propertiesOf(schema: JsonSchema): readonly Property[] {
  const required = listOf(schema['required']);
  return Object.entries(schemaOf(schema['properties'])).map(([name, property]) => ({
    name,
    schema: schemaOf(property),
    isRequired: required.includes(name),
  }));
}

/** @returns the alternatives of `anyOf` or `oneOf`; none where it has neither */
export function alternativesOf(schema: JsonSchema): readonly JsonSchema[] {
  return [...listOf(schema['anyOf']), ...listOf(schema['oneOf'])].map(schemaOf);
}

/** @returns the schema of the items or of unnamed members; undefined where anything or nothing is allowed there */
export function innerOf(schema: JsonSchema): JsonSchema | undefined {
  const inner = schema['type'] === 'array' ? schema['items'] : schema['additionalProperties'];
  return typeof inner === 'object' && inner !== null && Object.keys(inner).length > 0 ? schemaOf(inner) : undefined;
}

/** @returns the kind in a word or two: `text`, `list of numbers`, `one of put, delete` */
export function kindOf(schema: JsonSchema): string {
  const options = listOf(schema['enum']);
  if (options.length > 0) return `one of ${options.map(String).join(', ')}`;
  if (schema['const'] !== undefined) return `always ${JSON.stringify(schema['const'])}`;
  const alternatives = alternativesOf(schema);
  if (alternatives.length > 0) return [...new Set(alternatives.map(kindOf))].join(' or ');
  const inner = innerOf(schema);
  const types = [schema['type']].flat().map(String);
  return types
    .map((type) => (type === 'array' && inner !== undefined ? `list of: ${kindOf(inner)}` : (names[type] ?? 'anything')))
    .join(' or ');
}

/** @returns bounds and patterns in words, such as `1 to 50`, `matches ^ami-…` */
export function boundsOf(schema: JsonSchema): readonly string[] {
  const range = (low: unknown, high: unknown, unit: string) => {
    const [least, most] = [low, high].map((bound) =>
      typeof bound === 'number' && Math.abs(bound) < Number.MAX_SAFE_INTEGER ? countText(bound) : undefined,
    );
    if (least === undefined) return most === undefined ? [] : [`at most ${most}${unit}`];
    return [most === undefined ? `at least ${least}${unit}` : `${least} to ${most}${unit}`];
  };
  return [
    ...range(schema['minimum'], schema['maximum'], ''),
    ...range(schema['minLength'], schema['maxLength'], ' characters'),
    ...range(schema['minItems'], schema['maxItems'], ' items'),
    ...(schema['pattern'] === undefined ? [] : [`matches ${String(schema['pattern'])}`]),
    ...(schema['format'] === undefined ? [] : [`format ${String(schema['format'])}`]),
  ];
}

const names: Readonly<Record<string, string>> = {
  string: 'text',
  number: 'number',
  integer: 'whole number',
  boolean: 'true or false',
  object: 'object',
  array: 'list',
  null: 'null',
};

/** @returns an object as a schema; an empty one for `true` and all else */
function schemaOf(value: unknown): JsonSchema {
  return typeof value === 'object' && value !== null ? (value as JsonSchema) : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
