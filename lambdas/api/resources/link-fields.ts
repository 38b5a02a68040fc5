/** The fields of a form for a signal's payload: those members of its schema that a page without scripts can ask for. */
import * as z from 'zod';

export type LinkField = { readonly name: string; readonly isRequired: boolean } & (
  | { readonly kind: 'text'; readonly maxLength: number | undefined }
  | { readonly kind: 'number' }
  | { readonly kind: 'flag' }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
);

interface JsonSchema {
  readonly type?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly maxLength?: number;
}

/** @returns undefined where a form cannot say what the schema requires; no field where it requires nothing and takes nothing simple */
export function linkFieldsOf(schema: z.ZodType): readonly LinkField[] | undefined {
  const { type, properties = {}, required = [] } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  if (type !== 'object') return undefined;
  const fields = Object.entries(properties).flatMap(([name, member]) => fieldOf(name, member, required.includes(name)));
  return required.every((name) => fields.some((field) => field.name === name)) ? fields : undefined;
}

function fieldOf(name: string, { type, enum: choices, maxLength }: JsonSchema, isRequired: boolean): readonly LinkField[] {
  if (choices?.every((choice) => typeof choice === 'string') === true)
    return [{ name, isRequired, kind: 'choice', choices: choices as string[] }];
  if (choices !== undefined) return [];
  if (type === 'string') return [{ name, isRequired, kind: 'text', maxLength }];
  if (type === 'boolean') return [{ name, isRequired, kind: 'flag' }];
  return type === 'number' || type === 'integer' ? [{ name, isRequired, kind: 'number' }] : [];
}

/** @returns what a form says, with numbers and flags in place of their texts; what is not one stays a text, which the schema refuses */
export function payloadOfForm(form: Readonly<Record<string, string>>, fields: readonly LinkField[]): Readonly<Record<string, unknown>> {
  const kinds = new Map(fields.map((field) => [field.name, field]));
  const members = Object.entries(form).filter(([name, text]) => text !== '' || kinds.get(name)?.isRequired !== false);
  return Object.fromEntries(members.map(([name, text]) => [name, memberOf(text, kinds.get(name)?.kind)]));
}

function memberOf(text: string, kind: LinkField['kind'] | undefined): unknown {
  if (kind === 'flag' && (text === 'true' || text === 'false')) return text === 'true';
  return kind === 'number' && text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
}
