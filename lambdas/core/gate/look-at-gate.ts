/** What the clock does with a gate: it makes up for what a process that died, or a lagging index, has left. */
import { inGroups } from '../job/in-groups.ts';
import { isTerminal } from '../job/states.ts';
import { type GateRecord, lookAtCrowdEveryMs, lookEveryMs } from './gate-store.ts';
import { type GateDeps, handOn, isHeldByKey, letIn } from './hand-on.ts';

/** Holders that are read at the same time. */
const atOnce = 10;

/**
 * Frees places whose jobs have ended, wakes holders that still wait, hands free places on, and closes a gate that no job needs.
 * @param placesOf the number of places by type, as it is deployed now; undefined for a type without keys
 */
export async function lookAtGate(id: string, placesOf: (type: string) => number | undefined, deps: GateDeps): Promise<void> {
  const { gates, runtime } = deps;
  const gate = await gates.read(id);
  // The index lags behind the record.
  if (gate?.dueAtMs === undefined || gate.dueAtMs > runtime.nowMs()) return;
  const isUnused = gate.holders.length === 0 && gate.crowdedAtMs === undefined;
  if (isUnused && (await gates.line(id, 1)).length === 0 && (await gates.close(id, runtime.nowMs()))) return;
  const places = placesOf(gate.type);
  await gates.postpone(gate, { places, dueAtMs: runtime.nowMs() + (gate.crowdedAtMs === undefined ? lookEveryMs : lookAtCrowdEveryMs) });
  for (const group of inGroups(gate.holders, atOnce)) await Promise.all(group.map((jobId) => checkHolder(jobId, gate, deps)));
  await handOn(id, deps);
}

async function checkHolder(jobId: string, { id }: GateRecord, deps: GateDeps): Promise<void> {
  const { gates, store, runtime } = deps;
  const job = await store.get(jobId, runtime.nowMs());
  if (job === undefined || isTerminal(job.status) || job.gate?.id !== id) await gates.leave(id, jobId);
  else if (isHeldByKey(job) && (await letIn(job, deps)) === 'ended') await gates.leave(id, jobId);
}
