/** The schemas of job types as JSON Schemas. */
import * as z from 'zod';
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { sha256Hex } from '../../core/job/ids.ts';
import { canonicalJson } from '../../text/exact-json.ts';

export interface JsonSchemas {
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly resultSchema: Readonly<Record<string, unknown>>;
  /** By name, the schemas of the payloads of signals; empty where the type takes none. */
  readonly signalSchemas: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** It changes exactly when one of them does. */
  readonly schemaHash: string;
}

/** Contracts never change while a function runs, and schemas take milliseconds to write. */
const known = new WeakMap<JobTypeContract, JsonSchemas>();

/** @returns the JSON Schemas (2020-12) of input, result and signals, and a hash of all */
export function jsonSchemasOf(contract: JobTypeContract): JsonSchemas {
  const earlier = known.get(contract);
  if (earlier !== undefined) return earlier;
  const inputSchema = z.toJSONSchema(contract.input, { io: 'input', unrepresentable: 'any' });
  const resultSchema = z.toJSONSchema(contract.output, { unrepresentable: 'any' });
  const signalSchemas = Object.fromEntries(
    Object.entries(contract.signals ?? {}).map(([name, schema]) => [name, z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' })]),
  );
  const hashed = [inputSchema, resultSchema, ...(contract.signals === undefined ? [] : [signalSchemas])];
  const schemas = { inputSchema, resultSchema, signalSchemas, schemaHash: sha256Hex(canonicalJson(hashed)).slice(0, 16) };
  known.set(contract, schemas);
  return schemas;
}
