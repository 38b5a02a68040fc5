/** The settings as a page for people: `docs/settings.md`, made by `npm run docs`. */
import * as z from 'zod';
import { settingsSchema } from './settings.ts';

/** What of JSON Schema the settings use. */
interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly minItems?: number;
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | false;
  readonly required?: readonly string[];
  readonly oneOf?: readonly Schema[];
}

const head = `# Settings

Made from the schema in [lib/settings.ts](../lib/settings.ts) by \`npm run docs\`; change it there.

A deployment is described in \`delegation.config.ts\`, or in the file that \`-c config=<path>\` names: one object for each stack.
Everything is optional but what is marked so. A setting that is unknown or wrong fails at synth, before anything is touched, and says what
to write instead. [delegation.config.example.ts](../delegation.config.example.ts) shows them in use. Beside these settings stands \`jobTypes\`: the job
types there are, [yours](adding-a-job-type.md) among them; those that come with Delegation when not set.

| setting | value | default | what it does |
|---|---|---|---|
`;

/** @throws Error that names a setting without a description */
export function settingsReference(): string {
  const schema = z.toJSONSchema(settingsSchema, { io: 'input' }) as Schema;
  return `${head}${rowsOf(schema, '').join('\n')}\n`;
}

function rowsOf(parent: Schema, prefix: string, when = ''): readonly string[] {
  return Object.entries(parent.properties ?? {}).flatMap(([name, schema]) => {
    const path = `${prefix}${name}`;
    if (schema.description === undefined) throw new Error(`The setting ${path} has no description: say in lib/settings.ts what it does.`);
    const what = `${when}${schema.description}`;
    const isRequired = parent.required?.includes(name) === true;
    const row = `| \`${path}\` | ${cell(allowed(schema))} | ${cell(defaultOf(schema, isRequired))} | ${cell(what)} |`;
    const kinds = schema.oneOf ?? [schema];
    return [row, ...kinds.flatMap((kind) => rowsOf(kind, `${path}.`, kinds.length > 1 ? whenOf(kind) : when))];
  });
}

/** Which of several kinds of objects a member belongs to. */
function whenOf({ properties = {} }: Schema): string {
  return `With \`kind: ${JSON.stringify(properties['kind']?.const)}\`: `;
}

function allowed({ type, oneOf, const: only, enum: choices, items, properties, additionalProperties, ...limits }: Schema): string {
  if (oneOf !== undefined) return 'one of these objects';
  if (only !== undefined) return code(only);
  if (choices !== undefined) return choices.map(code).join(', ');
  if (items !== undefined) return `list of ${allowed(items)}${limits.minItems === undefined ? '' : `, at least ${limits.minItems}`}`;
  if (properties !== undefined) return 'object';
  if (additionalProperties) return `object: ${allowed(additionalProperties)} by name`;
  if (type === 'integer' || type === 'number') return `${type === 'integer' ? 'whole number' : 'number'}${rangeOf(limits)}`;
  if (limits.format === 'email') return 'mail address';
  if (limits.format === 'uri') return 'URL';
  if (limits.pattern !== undefined) return `text, \`${limits.pattern}\``;
  return type === 'string' ? 'text' : String(type);
}

function rangeOf({ minimum, maximum, exclusiveMinimum }: Schema): string {
  if (exclusiveMinimum !== undefined) return ` above ${exclusiveMinimum}`;
  if (minimum === undefined) return '';
  if (maximum === undefined || maximum === Number.MAX_SAFE_INTEGER) return `, at least ${minimum}`;
  return `, ${minimum} to ${maximum}`;
}

function defaultOf({ default: value }: Schema, isRequired: boolean): string {
  if (isRequired) return 'required';
  if (value === undefined) return 'not set';
  return typeof value === 'object' && Object.keys(value as object).length === 0 ? 'empty' : code(value);
}

function code(value: unknown): string {
  return `\`${JSON.stringify(value)}\``;
}

/** A pipe would end the cell, also within code. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
