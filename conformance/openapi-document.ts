/** Whether an OpenAPI 3.1 document describes an answer. */
import * as z from 'zod';
import type { Answer } from './http-caller.ts';

type Schema = Readonly<Record<string, unknown>>;

interface Response {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, unknown>>;
  readonly content?: Readonly<Record<string, { readonly schema?: Schema }>>;
}

interface Operation {
  readonly operationId?: string;
  readonly responses?: Readonly<Record<string, Response>>;
}

export interface Document {
  readonly openapi?: string;
  readonly info?: { readonly title?: unknown; readonly version?: unknown };
  readonly paths?: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>>; readonly responses?: Readonly<Record<string, Response>> };
}

const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
/** What HTTP itself, a gateway or a proxy adds to any answer. */
const ownHeaders =
  /^(date|connection|keep-alive|transfer-encoding|content-length|content-type|server|via|apigw-requestid|x-amz.*|x-cache)$/;

export function operationsOf({ paths = {} }: Document) {
  return Object.entries(paths).flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, operation]) =>
      methods.includes(method) ? [{ path, method: method.toUpperCase(), operation }] : [],
    ),
  );
}

/** @returns what the document lacks, or undefined. An address that the document does not have is not one of its calls, so the answer is not judged. */
export function describes(document: Document, answer: Answer): string | undefined {
  const { method, path } = answer.request;
  const operation = findOperation(document, method === 'HEAD' ? 'GET' : method, path);
  if (operation === undefined) return undefined;
  const name = operation.operationId ?? `${method} ${path}`;
  const response = resolve(document, operation.responses?.[answer.status] ?? operation.responses?.['default']);
  if (response === undefined) return `${name} has no response ${answer.status}.`;
  const headers = Object.keys(response.headers ?? {}).map((header) => header.toLowerCase());
  const extra = Object.keys(answer.headers).filter((header) => !headers.includes(header) && !ownHeaders.test(header));
  if (extra.length > 0) return `${name} ${answer.status} does not have the header ${extra.join(', ')}.`;
  return answer.text === '' ? undefined : describesBody(document, response, answer, `${name} ${answer.status}`);
}

function describesBody(document: Document, response: Response, answer: Answer, name: string): string | undefined {
  const [mediaType = ''] = (answer.header('content-type') ?? '').split(';');
  const content = response.content?.[mediaType.trim().toLowerCase()];
  if (content === undefined) return `${name} has no content of ${mediaType || 'no media type'}.`;
  if (content.schema === undefined || answer.json === undefined) return undefined;
  const parsed = validator(document, content.schema).safeParse(answer.json);
  if (parsed.success) return undefined;
  return `${name} has another form: ${parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`).join('; ')}.`;
}

/** Matches a path without parameters before one with them. */
function findOperation({ paths = {} }: Document, method: string, path: string): Operation | undefined {
  const [pathname = ''] = path.split('?');
  const exact = paths[pathname];
  const key =
    exact === undefined ? Object.keys(paths).find((template) => template.includes('{') && toPattern(template).test(pathname)) : pathname;
  return key === undefined ? undefined : paths[key]?.[method.toLowerCase()];
}

function toPattern(template: string): RegExp {
  return new RegExp(`^${template.replaceAll(/[.*+?^$()|[\]\\]/g, '\\$&').replaceAll(/\{[^}]+\}/g, '[^/]+')}$`);
}

function resolve({ components = {} }: Document, response: Response | undefined): Response | undefined {
  const [, name] = /^#\/components\/responses\/(.+)$/.exec(response?.$ref ?? '') ?? [];
  return name === undefined ? response : components.responses?.[name];
}

const validators = new WeakMap<Schema, z.ZodType>();

function validator({ components = {} }: Document, schema: Schema): z.ZodType {
  const known = validators.get(schema);
  if (known !== undefined) return known;
  // Zod finds definitions under their name in JSON Schema.
  const text = JSON.stringify({ ...schema, $defs: components.schemas ?? {} }).replaceAll('#/components/schemas/', '#/$defs/');
  const made = z.fromJSONSchema(JSON.parse(text) as z.core.JSONSchema.JSONSchema);
  validators.set(schema, made);
  return made;
}
