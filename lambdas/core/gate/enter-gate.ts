/** A job at its gate, before its first start: it takes a place, or it waits in line. */
import { gateNameOf, orderInLine } from '../job/gate.ts';
import type { Job } from '../job/job.ts';
import type { HeldUntil } from '../job/transitions.ts';
import { isFull } from './gate-store.ts';
import { type GateDeps, handOn } from './hand-on.ts';

export type Entry =
  /** It holds a place, or needs none. */
  | { readonly kind: 'in' }
  /** It is in line, and is to be suspended; then it must look once more, see `lookAgain`. */
  | { readonly kind: 'waits'; readonly until: HeldUntil };

/** An entry in the line is kept for this time after the deadline of its job, which ends it. */
const keptAfterDeadlineMs = 7 * 86_400_000;

/**
 * @param job the record as it was read; another one may be ending it meanwhile
 * @param places of the contract as it is deployed; undefined: the type has no keys any more
 */
export async function enterGate(job: Job, places: number | undefined, deps: GateDeps): Promise<Entry> {
  const { gates, runtime } = deps;
  const gate = gateNameOf(job);
  if (gate === undefined || places === undefined) return { kind: 'in' };
  const { isTaken, state } = await gates.take(gate, job.id, { places, isInTurn: false, nowMs: runtime.nowMs() });
  if (isTaken) return { kind: 'in' };
  // A place is free, but others wait: they come first, and this job may be next.
  if (!isFull({ ...state, places }) && (await handOn(gate.id, deps, job))?.holders.includes(job.id) === true) return { kind: 'in' };
  await gates.join(gate.id, { jobId: job.id, order: orderInLine(job) }, job.deadlineMs + keptAfterDeadlineMs);
  await gates.crowd(gate, { places, nowMs: runtime.nowMs() });
  const of = job.gate?.key === undefined ? `${job.type} jobs` : `${job.type} jobs with the key ${JSON.stringify(job.gate.key)}`;
  const detail = places === 1 ? `one of the ${of} runs at a time` : `${places} of the ${of} run at a time`;
  return { kind: 'waits', until: { untilMs: job.deadlineMs, reason: { code: 'waiting_for_key', detail }, awaits: [] } };
}

/** A place that was given back while the job was being suspended may have been handed to it, or to no job. @param job as it was suspended */
export async function lookAgain(job: Job, deps: GateDeps): Promise<void> {
  const gate = gateNameOf(job);
  const state = gate && (await deps.gates.read(gate.id));
  if (state !== undefined && (!isFull(state) || state.holders.includes(job.id))) await handOn(state.id, deps, job);
}

/** The job took a place, and another writer changed its record: if that ended the job, no other process may know of the place. */
export async function leaveIfEnded({ id, createdAtMs, ...job }: Job, deps: GateDeps): Promise<void> {
  const gate = gateNameOf(job);
  const current = await deps.store.get(id, deps.runtime.nowMs());
  const hasEnded = current === undefined || current.createdAtMs !== createdAtMs || current.finishedAtMs !== undefined;
  if (gate !== undefined && hasEnded) await leaveGate({ id, ...job }, deps);
}

/** Gives the place of a job that has ended back, and hands it on. */
export async function leaveGate(job: Pick<Job, 'id' | 'owner' | 'type' | 'gate' | 'startedAtMs'>, deps: GateDeps): Promise<void> {
  const gate = gateNameOf(job);
  if (gate === undefined) return;
  if (job.startedAtMs === undefined) await deps.gates.quit(job.id, deps.runtime.nowMs());
  const state = await deps.gates.leave(gate.id, job.id);
  if (state?.crowdedAtMs !== undefined) await handOn(gate.id, deps);
}
