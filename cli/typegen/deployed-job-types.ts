/** The job types of a deployment, as its API describes them. */
import * as z from 'zod';
import type { Client } from '../../client/create-client.ts';
import { isRecord } from './json-values.ts';

/** A JSON Schema, with its numbers as the client reads them. */
const jsonSchema = z.custom<Readonly<Record<string, unknown>>>(isRecord, 'must be a JSON Schema');
const me = z.object({ deployment: z.string().nullable(), version: z.string() });
const list = z.object({ jobTypes: z.array(z.object({ name: z.string().min(1) })) });
const jobType = z.object({
  name: z.string().min(1),
  description: z.string(),
  schemaHash: z.string(),
  inputSchema: jsonSchema,
  resultSchema: jsonSchema,
  signalSchemas: z.custom<Readonly<Record<string, Readonly<Record<string, unknown>>>>>(
    (value) => isRecord(value) && Object.values(value).every(isRecord),
    'must be an object of JSON Schemas',
  ),
});

/** A job type with its schemas: what `GET /v1/job-types/{type}` says of it. */
export type DeployedJobType = z.output<typeof jobType>;

export interface Deployment {
  /** Null for a local mode. */
  readonly deployment: string | null;
  /** The version of Delegation. */
  readonly version: string;
  readonly jobTypes: readonly DeployedJobType[];
}

/** Reads what a deployment offers: two requests, and one for each job type. @throws ProblemError; an Error for an answer that no Delegation gives */
export async function deployedJobTypes(client: Pick<Client, 'request'>): Promise<Deployment> {
  const [caller, { jobTypes }] = await Promise.all([read(client, '/v1/me', me), read(client, '/v1/job-types', list)]);
  const addresses = jobTypes.map(({ name }) => `/v1/job-types/${encodeURIComponent(name)}`);
  return { ...caller, jobTypes: await Promise.all(addresses.map((path) => read(client, path, jobType))) };
}

async function read<Answer>(client: Pick<Client, 'request'>, path: string, schema: z.ZodType<Answer>): Promise<Answer> {
  const { success, data, error } = schema.safeParse(await client.request({ method: 'GET', path }));
  if (success) return data;
  throw new Error(
    `GET ${path} did not answer as Delegation does: ${z.prettifyError(error)}\nIs the URL that of a deployment, and this command as new as it?`,
  );
}
