/** The gate of a concurrency key: it lets a bounded number of the jobs of one owner, type and key run at once, and the others wait in line. */
import { computedKey, type Priority } from '../contract/concurrency-key.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { parseWithSchema } from '../contract/schema.ts';
import { sha256Hex } from './ids.ts';
import type { Job } from './job.ts';

/** The gate that a job must pass before its first start, as its record names it. */
export interface GateOfJob {
  /** Derived from owner, type and key. */
  readonly id: string;
  /** Undefined where all jobs of the owner and type share one gate. */
  readonly key?: string | undefined;
  /** Undefined where the type has no priorities. */
  readonly priority?: Priority | undefined;
}

/** A gate, and whose jobs pass it. */
export interface GateName {
  readonly id: string;
  readonly owner: string;
  readonly type: string;
}

/**
 * How far ahead of its time a job is in the line: a waiting job is behind one of higher priority for no longer than the difference, so each gets its turn.
 */
export const headStartMs: Readonly<Record<Priority, number>> = { high: 600_000, normal: 0, low: -600_000 };

/** @returns the id of a gate. The parts are a JSON array, so that no owner, type and key give the id of others */
export function gateId(owner: string, type: string, key: string | undefined): string {
  return sha256Hex(JSON.stringify(['gate', owner, type, ...(key === undefined ? [] : [key])])).slice(0, 32);
}

interface Asked {
  readonly owner: string;
  readonly contract: JobTypeContract;
  /** As it was sent, and valid by the contract's schema. */
  readonly input: unknown;
  readonly concurrencyKey?: string | undefined;
  readonly priority?: Priority | undefined;
}

/** @returns the gate of a new job; undefined where nothing bounds it */
export function gateOfNew({ owner, contract, input, concurrencyKey, priority = 'normal' }: Asked): GateOfJob | undefined {
  const { keys, priorities: hasPriorities } = contract;
  if (keys === undefined) return undefined;
  const parsed = keys.of === undefined ? undefined : parseWithSchema(contract.input, input);
  const key = parsed === undefined ? concurrencyKey : computedKey(contract, parsed.data);
  if (key === undefined && hasPriorities !== true) return undefined;
  return {
    id: gateId(owner, contract.name, key),
    ...(key === undefined ? {} : { key }),
    ...(hasPriorities === true ? { priority } : {}),
  };
}

/** @returns the job's place in the line: the lower, the earlier. A job is in line from its start on, not from its acceptance */
export function orderInLine({ createdAtMs, startAtMs = createdAtMs, gate }: Pick<Job, 'createdAtMs' | 'startAtMs' | 'gate'>): number {
  return startAtMs - headStartMs[gate?.priority ?? 'normal'];
}

/** @returns the gate that a job holds a place of, or waits at */
export function gateNameOf({ owner, type, gate }: Pick<Job, 'owner' | 'type' | 'gate'>): GateName | undefined {
  return gate && { id: gate.id, owner, type };
}
