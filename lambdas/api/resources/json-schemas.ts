/** The schemas of job types as JSON Schemas. */
import * as z from 'zod';
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { sha256Hex } from '../../core/job/ids.ts';
import { canonicalJson } from '../../text/exact-json.ts';

export interface JsonSchemas {
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly resultSchema: Readonly<Record<string, unknown>>;
  /** It changes exactly when one of the two does. */
  readonly schemaHash: string;
}

/** Contracts never change while a function runs, and schemas take milliseconds to write. */
const known = new WeakMap<JobTypeContract, JsonSchemas>();

/** @returns the JSON Schemas (2020-12) of input and result, and a hash of both */
export function jsonSchemasOf(contract: JobTypeContract): JsonSchemas {
  const earlier = known.get(contract);
  if (earlier !== undefined) return earlier;
  const inputSchema = z.toJSONSchema(contract.input, { io: 'input', unrepresentable: 'any' });
  const resultSchema = z.toJSONSchema(contract.output, { unrepresentable: 'any' });
  const schemas = { inputSchema, resultSchema, schemaHash: sha256Hex(canonicalJson([inputSchema, resultSchema])).slice(0, 16) };
  known.set(contract, schemas);
  return schemas;
}
