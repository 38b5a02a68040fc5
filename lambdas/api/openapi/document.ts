/** Builds the OpenAPI 3.1 document of a deployment. @see https://spec.openapis.org/oas/v3.1.1.html */

import * as z from 'zod';
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { type ProblemName, problems } from '../problems.ts';
import { batchSchema } from '../request/body-schemas.ts';
import { submissionSchema } from '../request/submission.ts';
import { commonHeaders, type HeaderName, headers, pageHeaders, problemHeaders } from './answer-headers.ts';
import { operations } from './api-operations.ts';
import type { Operation, Parameter, ResponseDescription } from './operation.ts';
import { problemTexts } from './problem-texts.ts';
import { resources } from './resource-schemas.ts';

type Json = Readonly<Record<string, unknown>>;

export interface DocumentOptions {
  /** Where the deployment is. @default the pattern of such an address, since the document says nothing about one deployment */
  readonly servers?: readonly string[];
}

/** Problems of every operation. */
const commonProblems: readonly ProblemName[] = ['invalid-parameter', 'internal-error'];
/** The problems of every operation with a caller. */
const callerProblems: readonly ProblemName[] = [...commonProblems, 'unauthenticated', 'unavailable'];
/** What API Gateway answers itself, before the code of the API runs. */
const gatewayStatuses: Readonly<Record<number, string>> = {
  403: 'The signature or token is refused, or the IAM policy does not allow the call.',
  429: 'The deployment is called too often.',
  503: 'API Gateway could not reach the function in time.',
};

/** The address that API Gateway gives to a deployment. */
const anyDeployment = {
  url: 'https://{api}.execute-api.{region}.amazonaws.com',
  variables: {
    api: { default: 'a1b2c3d4e5', description: "The API's id, in the output `Url` of the stack." },
    region: { default: 'us-east-1', description: 'Where the stack is deployed.' },
  },
};

const ref = (name: string) => ({ $ref: `#/components/schemas/${name}` });

/** @param catalogue the job types of the deployment */
export function openApiDocument(catalogue: readonly JobTypeContract[], { servers }: DocumentOptions = {}): Json {
  return {
    openapi: '3.1.1',
    info: {
      title: 'Delegation',
      version: '1',
      summary: 'Accept work over HTTPS, do it behind a queue, deliver the result.',
      description:
        'A request comes in, the work is delegated, and the answer goes out at once: `202` and the `Location` of a job. Clients ignore members of answers that they do not know, since later versions of `/v1` may add some.',
      contact: { name: 'Who deployed this API' },
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: servers?.map((url) => ({ url })) ?? [anyDeployment],
    security: [{ signature: [] }, { token: [] }],
    tags: [
      { name: 'job types', description: 'What may be delegated.' },
      { name: 'jobs', description: 'Delegated work.' },
      { name: 'schedules', description: 'Jobs that are submitted again and again.' },
      { name: 'service', description: 'The service itself.' },
    ],
    paths: Object.fromEntries(
      Object.entries(operations).map(([path, methods]) => [
        path.replaceAll(/:(\w+)/g, '{$1}'),
        Object.fromEntries(
          Object.entries(methods).map(([method, operation]) => [method.toLowerCase(), describeOperation(operation, catalogue)]),
        ),
      ]),
    ),
    components: {
      schemas: { ...answerSchemas(), ...jobTypeSchemas(catalogue) },
      headers: Object.fromEntries(
        Object.entries(headers).map(([name, { description, schema, ...more }]) => [
          name,
          { description, required: !('isAlwaysThere' in more), schema },
        ]),
      ),
      securitySchemes: {
        signature: {
          type: 'apiKey',
          in: 'header',
          name: 'Authorization',
          description: 'AWS Signature Version 4 for the service `execute-api`, where callers are IAM principals.',
        },
        token: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT', description: 'Where the deployer names an issuer of tokens.' },
      },
    },
  };
}

function describeOperation(operation: Operation, catalogue: readonly JobTypeContract[]): Json {
  const { operationId, summary, description, tag, isPublic = false, path = {}, query = {}, headers: asked = {}, body } = operation;
  const parameters = [
    ...Object.entries(path).map(([name, parameter]) => describeParameter('path', name, parameter)),
    ...Object.entries(query).map(([name, parameter]) => describeParameter('query', name, parameter)),
    ...Object.entries(asked).map(([name, parameter]) => describeParameter('header', name, parameter)),
  ];
  return {
    operationId,
    summary,
    description: description ?? summary,
    tags: [tag],
    ...(isPublic ? { security: [] } : {}),
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined ? {} : { requestBody: describeBody(body, catalogue) }),
    responses: describeResponses(operation),
  };
}

function describeParameter(place: 'path' | 'query' | 'header', name: string, { schema, description, ...more }: Parameter): Json {
  const { example, isCommaSeparated = false } = more;
  return {
    name,
    in: place,
    description,
    required: place === 'path' || !schema.safeParse(undefined).success,
    ...(isCommaSeparated ? { style: 'form', explode: false } : {}),
    schema: toJsonSchema(schema, 'input'),
    ...(example === undefined ? {} : { example }),
  };
}

function describeBody({ schema, isRequired, example }: NonNullable<Operation['body']>, catalogue: readonly JobTypeContract[]): Json {
  const examples = schema === 'Submission' ? submissionExamples(catalogue) : {};
  return {
    required: isRequired,
    content: {
      'application/json': {
        schema: typeof schema === 'string' ? ref(schema) : toJsonSchema(schema, 'input'),
        ...(example === undefined ? {} : { example }),
        ...(Object.keys(examples).length === 0 ? {} : { examples }),
      },
    },
  };
}

function submissionExamples(catalogue: readonly JobTypeContract[]): Json {
  return Object.fromEntries(
    catalogue.flatMap(({ name, example }) => (example === undefined ? [] : [[name, { value: { type: name, input: example } }]])),
  );
}

function describeResponses({ responses, problems: own, isPublic = false, hasPages = false }: Operation): Json {
  const described = Object.entries(responses).map(([status, response]) => [status, describeResponse(response, hasPages)]);
  const byStatus = new Map<number, ProblemName[]>();
  for (const code of new Set([...own, ...(isPublic ? commonProblems : callerProblems)])) {
    const { status } = problems[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  for (const status of gatewayStatusesOf(isPublic)) byStatus.set(status, byStatus.get(status) ?? []);
  return {
    ...Object.fromEntries(described),
    ...Object.fromEntries([...byStatus].map(([status, codes]) => [status, describeProblems(status, codes, { isPublic, hasPages })])),
  };
}

/** API Gateway lets each caller through to a public path, but no caller too often. */
function gatewayStatusesOf(isPublic: boolean): readonly number[] {
  const statuses = Object.keys(gatewayStatuses).map(Number);
  return isPublic ? statuses.filter((status) => status !== 403) : statuses;
}

function describeResponse(response: ResponseDescription, hasPages: boolean): Json {
  const { description, schema, mediaType = 'application/json', headers: more = [], optionalHeaders = [], example } = response;
  const content = schema === undefined ? {} : { schema: describeSchema(schema), ...(example === undefined ? {} : { example }) };
  return {
    description,
    headers: { ...headerRefs([...more, ...commonHeaders, ...(hasPages ? pageHeaders : [])]), ...describeOptional(optionalHeaders) },
    ...(schema === undefined ? {} : { content: { [mediaType]: content, ...(hasPages ? { 'text/html': {} } : {}) } }),
  };
}

function describeSchema(schema: NonNullable<ResponseDescription['schema']>): Json {
  if (schema === 'any') return {};
  return typeof schema === 'string' ? ref(schema) : { oneOf: schema.map(ref) };
}

function describeProblems(
  status: number,
  codes: readonly ProblemName[],
  { isPublic, hasPages }: { readonly isPublic: boolean; readonly hasPages: boolean },
): Json {
  const ofGateway = gatewayStatusesOf(isPublic).includes(status) ? gatewayStatuses[status] : undefined;
  const causes = codes.map((code) => `\`${code}\`: ${problemTexts[code].cause}.`);
  return {
    description: [...causes, ...(ofGateway === undefined ? [] : [ofGateway])].join('\n\n'),
    headers: {
      ...headerRefs([...(problemHeaders[status] ?? []), ...(ofGateway === undefined ? commonHeaders : [])]),
      // An answer of the gateway itself has none of them.
      ...(ofGateway === undefined ? {} : describeOptional(commonHeaders)),
      ...(hasPages ? describeOptional(pageHeaders) : {}),
    },
    content: {
      ...(codes.length === 0
        ? {}
        : { 'application/problem+json': { schema: { allOf: [ref('Problem'), { properties: { code: { enum: codes } } }] } } }),
      ...(hasPages ? { 'text/html': {} } : {}),
      ...(ofGateway === undefined ? {} : { 'application/json': { schema: ref('GatewayError') } }),
    },
  };
}

function headerRefs(names: readonly HeaderName[]): Json {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function describeOptional(names: readonly HeaderName[]): Json {
  return Object.fromEntries(names.map((name) => [name, { description: headers[name].description, schema: headers[name].schema }]));
}

/** The answers are open: a later version may add members. */
function answerSchemas(): Json {
  const registry = z.registry<{ id?: string | undefined }>();
  for (const [id, schema] of Object.entries(resources)) registry.add(schema, { id });
  const { schemas } = z.toJSONSchema(registry, { io: 'output', unrepresentable: 'any', uri: (id) => `#/components/schemas/${id}` });
  return Object.fromEntries(Object.entries(schemas).map(([id, schema]) => [id, opened(withoutMeta(schema))]));
}

/** One submission for each type, since what `input` may be depends on `type`. */
function jobTypeSchemas(catalogue: readonly JobTypeContract[]): Json {
  const schemas: Record<string, unknown> = {};
  const { properties = {}, ...envelope } = withoutMeta(toJsonSchema(submissionSchema, 'input')) as { properties?: Json };
  const names = catalogue.map((contract) => {
    const name = pascalCase(contract.name);
    hoist(`${name}Input`, toJsonSchema(contract.input, 'input'), schemas);
    hoist(`${name}Result`, toJsonSchema(contract.output, 'output'), schemas);
    schemas[`${name}Submission`] = {
      ...envelope,
      description: contract.description,
      properties: { ...properties, type: { const: contract.name }, input: ref(`${name}Input`) },
      // The two exclude each other.
      not: { properties: { startAt: {}, delaySeconds: {} }, required: ['startAt', 'delaySeconds'] },
    };
    return [contract.name, `${name}Submission`] as const;
  });
  const mapping = Object.fromEntries(names.map(([type, name]) => [type, ref(name).$ref]));
  return {
    ...schemas,
    Result: {
      description: 'What the type of the job says.',
      anyOf: [
        ...catalogue.map(({ name }) => ref(`${pascalCase(name)}Result`)),
        { description: 'Of a type, or a version of it, that is no longer deployed.' },
      ],
    },
    Submission: { oneOf: names.map(([, name]) => ref(name)), discriminator: { propertyName: 'type', mapping } },
    // What an item must be is said for each of them in its result, so that one that is not valid refuses no other.
    Batch: toJsonSchema(batchSchema, 'input'),
  };
}

/** Puts a schema and its definitions beside the others, where references reach them. */
function hoist(name: string, schema: Json, schemas: Record<string, unknown>): void {
  const { $defs = {}, ...own } = withoutMeta(schema) as { $defs?: Json };
  const move = (value: unknown): unknown =>
    JSON.parse(
      JSON.stringify(value)
        .replaceAll(/"#\/\$defs\/([^"]+)"/g, `"#/components/schemas/${name}_$1"`)
        .replaceAll('"#"', `"#/components/schemas/${name}"`),
    );
  schemas[name] = move(own);
  for (const [key, definition] of Object.entries($defs)) schemas[`${name}_${key}`] = move(definition);
}

function toJsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  return withoutMeta(z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as Json);
}

function withoutMeta({ $schema: _schema, $id: _id, ...schema }: Json): Json {
  return schema;
}

function opened(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(opened);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([name, member]) => !(name === 'additionalProperties' && member === false));
  return Object.fromEntries(members.map(([name, member]) => [name, opened(member)]));
}

function pascalCase(name: string): string {
  return name
    .split('-')
    .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join('');
}
