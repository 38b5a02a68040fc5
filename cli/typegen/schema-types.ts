/**
 * TypeScript types of JSON Schemas (2020-12): never narrower than the schema, so what is not understood is `unknown`. It is our own since the
 * packages that do this bring a formatter and a resolver of files with them, and make a double of every integer, which the client does not.
 */
import { isRecord, numberOf } from './json-values.ts';
import { literalType } from './literal-types.ts';
import { notesOf } from './schema-notes.ts';
import type { SchemaReferences } from './schema-references.ts';
import { intersection, type Member, named, never, type TypeNode, undefinedType, union, unknown } from './type-nodes.ts';

/** Where a schema is. */
export interface SchemaPlace {
  readonly references: SchemaReferences;
  /** Whether callers send such values: a property that is `undefined` is then left out, so it is allowed. */
  readonly isSent: boolean;
  /** The pointer of the alias that is defined, as long as no object or array is between. */
  readonly alias?: string | undefined;
  readonly depth: number;
}

type Schema = Readonly<Record<string, unknown>>;

/** Deeper parts are `unknown`: the compiler has a limit too. A contract's values are at most 100 deep (`maxJsonDepth`). */
const maxDepth = 100;

/** @param schema a JSON Schema from outside, possibly not a valid one */
export function typeOfSchema(schema: unknown, place: SchemaPlace): TypeNode {
  if (schema === false) return never;
  if (!isRecord(schema) || place.depth > maxDepth) return unknown;
  // The references of a schema with an address of its own are relative to that.
  if (typeof schema['$id'] === 'string' && schema !== place.references.root) return unknown;
  if (isEverything(schema['not'])) return never;
  const deeper = { ...place, depth: place.depth + 1 };
  const several = (name: string) => (Array.isArray(schema[name]) ? schema[name].map((one) => typeOfSchema(one, deeper)) : undefined);
  const [all = [], any, one] = ['allOf', 'anyOf', 'oneOf'].map(several);
  const choices = [any, one].flatMap((types) => (types === undefined ? [] : [union(types)]));
  const type = intersection([ownType(schema, place), referenceType(schema['$ref'], place), ...all, ...choices]);
  return schema['nullable'] === true ? union([type, named('null')]) : type;
}

/** @returns the type that the keywords of the schema itself allow */
function ownType(schema: Schema, place: SchemaPlace): TypeNode {
  if (Object.hasOwn(schema, 'const')) return literalType(schema['const']);
  if (Array.isArray(schema['enum'])) return union(schema['enum'].map(literalType));
  const names = [schema['type']].flat();
  // Keywords such as `properties` say nothing about values of other types, so without `type` anything is possible.
  return names.length === 0 ? unknown : union(names.map((name) => namedType(name, schema, place)));
}

function namedType(name: unknown, schema: Schema, place: SchemaPlace): TypeNode {
  const inside = { ...place, alias: undefined, depth: place.depth + 1 };
  switch (name) {
    case 'string':
    case 'boolean':
    case 'null':
    // A worker's numbers are doubles, which the client reads as such, whole ones beyond 2^53 too.
    case 'number':
      return named(name);
    case 'integer':
      return isSafeInteger(schema) ? named('number') : union([named('number'), named('bigint')]);
    case 'array':
      return arrayType(schema, inside);
    case 'object':
      return objectType(schema, inside);
    default:
      return unknown;
  }
}

/** Whether the bounds keep an integer within what a double holds exactly: up to 2^53 - 1. */
function isSafeInteger(schema: Schema): boolean {
  const least = Math.max(...['minimum', 'exclusiveMinimum'].map((name) => numberOf(schema[name]) ?? Number.NEGATIVE_INFINITY));
  const most = Math.min(...['maximum', 'exclusiveMaximum'].map((name) => numberOf(schema[name]) ?? Number.POSITIVE_INFINITY));
  return least >= Number.MIN_SAFE_INTEGER && most <= Number.MAX_SAFE_INTEGER;
}

function arrayType(schema: Schema, place: SchemaPlace): TypeNode {
  const { prefixItems, items } = schema;
  if (!Array.isArray(prefixItems) && items !== false) return { kind: 'array', item: typeOfSchema(items, place) };
  const first = Array.isArray(prefixItems) ? prefixItems : [];
  const least = numberOf(schema['minItems']) ?? 0;
  const most = numberOf(schema['maxItems']) ?? Number.POSITIVE_INFINITY;
  const elements = first.map((one, i) => ({ type: typeOfSchema(one, place), isOptional: i >= least }));
  const isClosed = items === false || most <= first.length;
  return { kind: 'tuple', elements, rest: isClosed ? undefined : typeOfSchema(items, place) };
}

function objectType(schema: Schema, place: SchemaPlace): TypeNode {
  const properties = isRecord(schema['properties']) ? schema['properties'] : {};
  const required = new Set<unknown>([schema['required'] ?? []].flat());
  const onlyNames = listedNames(schema['propertyNames']);
  const names = new Set([...Object.keys(properties), ...(onlyNames ?? []), ...[...required].filter((name) => typeof name === 'string')]);
  const members = [...names].map((name): Member => {
    const of = Object.hasOwn(properties, name) ? properties[name] : undeclared(schema);
    const isOptional = !required.has(name);
    const type = typeOfSchema(of, place);
    const sent = isOptional && place.isSent ? union([type, undefinedType]) : type;
    return { name, type: sent, isOptional, notes: isRecord(of) ? notesOf(of) : [] };
  });
  return { kind: 'object', members, others: onlyNames === undefined ? otherProperties(schema, members, place) : undefined };
}

/** @returns the type of an index signature, which in TypeScript includes the types of all members */
function otherProperties(schema: Schema, members: readonly Member[], place: SchemaPlace): TypeNode | undefined {
  const { additionalProperties, patternProperties } = schema;
  const patterns = isRecord(patternProperties) ? Object.values(patternProperties) : [];
  const isOpen = additionalProperties !== undefined || patterns.length > 0;
  if (members.length > 0 && (!isOpen || (additionalProperties === false && patterns.length === 0))) return undefined;
  const own = [...patterns, additionalProperties].map((one) => typeOfSchema(one, place));
  const absent = members.some(({ isOptional }) => isOptional) ? [undefinedType] : [];
  return union([...own, ...members.map(({ type }) => type), ...absent]);
}

/** @returns the schema of a property that is required or listed, and not described */
function undeclared({ additionalProperties, patternProperties }: Schema): unknown {
  return patternProperties === undefined ? additionalProperties : undefined;
}

/** @returns the only names that properties may have, where the schema lists them */
function listedNames(schema: unknown): readonly string[] | undefined {
  const names = isRecord(schema) && Array.isArray(schema['enum']) ? schema['enum'] : undefined;
  return names?.every((name) => typeof name === 'string') === true ? names : undefined;
}

function referenceType(reference: unknown, { references, alias }: SchemaPlace): TypeNode {
  const name = typeof reference === 'string' ? references.aliasOf(reference, alias) : undefined;
  return name === undefined ? unknown : named(name);
}

function isEverything(schema: unknown): boolean {
  return schema === true || (isRecord(schema) && Object.keys(schema).length === 0);
}
