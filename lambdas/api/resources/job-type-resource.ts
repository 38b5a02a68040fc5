/** Job types as callers see them, derived from their contracts. */
import * as z from 'zod';
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { durationMs } from '../../core/contract/duration.ts';
import type { JobTypeState, StateChange } from '../../core/control/job-type-states.ts';
import { sha256Hex } from '../../core/job/ids.ts';
import { canonicalJson } from '../../text/exact-json.ts';
import type { JobTypeResource, JobTypeSummaryResource } from '../openapi/resource-schemas.ts';
import { maxBodyBytes } from '../request/read-body.ts';

/** What is known of a type besides its contract. */
export interface JobTypeView {
  readonly state: JobTypeState;
  /** Who put it there, when and why, where that is known. */
  readonly change: StateChange | undefined;
  readonly queue: JobTypeResource['queue'];
}

interface Schemas {
  readonly inputSchema: Readonly<Record<string, unknown>>;
  readonly resultSchema: Readonly<Record<string, unknown>>;
  readonly schemaHash: string;
}

/** Contracts never change while a function runs, and schemas take milliseconds to write. */
const known = new WeakMap<JobTypeContract, Schemas>();

/** @returns the JSON Schemas (2020-12) of input and result, and a hash of both */
function schemasOf(contract: JobTypeContract): Schemas {
  const earlier = known.get(contract);
  if (earlier !== undefined) return earlier;
  const inputSchema = z.toJSONSchema(contract.input, { io: 'input', unrepresentable: 'any' });
  const resultSchema = z.toJSONSchema(contract.output, { unrepresentable: 'any' });
  const schemas = { inputSchema, resultSchema, schemaHash: sha256Hex(canonicalJson([inputSchema, resultSchema])).slice(0, 16) };
  known.set(contract, schemas);
  return schemas;
}

export function toJobTypeSummary(contract: JobTypeContract, { state, change, queue }: JobTypeView): JobTypeSummaryResource {
  const { name, description } = contract;
  const stateChange =
    change === undefined ? null : { at: new Date(change.atMs).toISOString(), by: change.by, reason: change.reason ?? null };
  return {
    name,
    description,
    state,
    stateChange,
    queue,
    schemaHash: schemasOf(contract).schemaHash,
    links: { self: `/v1/job-types/${name}` },
  };
}

/** Adds the JSON Schemas of input and result to the summary. */
export function toJobTypeResource(contract: JobTypeContract, view: JobTypeView): JobTypeResource {
  const { inputSchema, resultSchema } = schemasOf(contract);
  return {
    ...toJobTypeSummary(contract, view),
    version: contract.version,
    inputSchema,
    resultSchema,
    limits: {
      bodyBytes: maxBodyBytes,
      timeoutSeconds: contract.timeoutSeconds,
      deadlineSeconds: durationMs(contract.deadline) / 1000,
      maxAttempts: contract.maxAttempts,
    },
  };
}
