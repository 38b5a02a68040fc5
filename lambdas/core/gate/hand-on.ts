/** Hands free places of a gate to those who wait, the first in line first. Any process may do so at any time: each step is idempotent. */
import { UnavailableError } from '../contract/errors.ts';
import { changeJob, wakeAtOnce, writeOver } from '../job/change-job.ts';
import { gateNameOf, orderInLine } from '../job/gate.ts';
import type { Job } from '../job/job.ts';
import type { JobStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import { conflict } from '../job/retry-on-conflict.ts';
import { isTerminal } from '../job/states.ts';
import { endWaitPatch } from '../job/transitions.ts';
import { type GateRecord, type GateState, type GateStore, isFull, lookAtCrowdEveryMs, type Waiter } from './gate-store.ts';

export interface GateDeps {
  readonly gates: GateStore;
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly runtime: Runtime;
  readonly graceMs: number;
}

/** Entries of the line that one query reads. */
const pageSize = 25;
/** Pages that are read at most, so that a gate that was opened wide holds up no other work: the clock goes on. */
const maxPages = 8;
/**
 * The line is in an index, which lags behind. Where it has been empty for this long since the last job started to wait, no job waits. Where it is sooner, the
 * clock looks in its next run.
 */
const crowdedForMs = 120_000;
/** Workers, callers and clocks write the record as well. */
const maxAttempts = 8;

/** @param own the job that asks, which may be in the line before the index shows it @returns the gate afterwards; undefined if there is none */
export async function handOn(gateId: string, deps: GateDeps, own?: Job): Promise<GateState | undefined> {
  const gate = await deps.gates.read(gateId);
  if (gate === undefined) return undefined;
  let line = await lineOf(gateId, deps, own);
  if (line.every(({ jobId }) => jobId === own?.id)) await findNone(gate, deps);
  else if (gate.crowdedAtMs === undefined && gate.places !== undefined)
    await deps.gates.crowd(gate, { places: gate.places, nowMs: deps.runtime.nowMs() });
  let state: GateState = gate;
  for (let page = 1; line.length > 0; page++) {
    state = await letInAll(gateId, { state, line }, deps);
    // The index may still show many that have ended, such as those of a cancel by filter.
    if (isFull(state) || line.length < pageSize || page === maxPages) break;
    line = await deps.gates.line(gateId, pageSize, line.at(-1));
  }
  return state;
}

/** The gate is crowded, and the index shows no job that waits. */
async function findNone(gate: GateRecord, { gates, runtime }: GateDeps): Promise<void> {
  const { id, crowdedAtMs, places, dueAtMs } = gate;
  const nowMs = runtime.nowMs();
  if (crowdedAtMs === undefined) return;
  if (nowMs - crowdedAtMs > crowdedForMs) await gates.uncrowd(id, crowdedAtMs);
  else if (!isFull(gate) && dueAtMs !== undefined && dueAtMs > nowMs + lookAtCrowdEveryMs)
    await gates.postpone(gate, { places, dueAtMs: nowMs });
}

async function lineOf(gateId: string, { gates }: GateDeps, own: Job | undefined): Promise<readonly Waiter[]> {
  const line = await gates.line(gateId, pageSize);
  if (own === undefined || line.some(({ jobId }) => jobId === own.id)) return line;
  return [...line, { jobId: own.id, order: orderInLine(own) }].sort((a, b) => a.order - b.order);
}

interface Crowd {
  readonly state: GateState;
  readonly line: readonly Waiter[];
}

async function letInAll(gateId: string, { state: before, line }: Crowd, deps: GateDeps): Promise<GateState> {
  const { gates, store, runtime } = deps;
  let state = before;
  for (const { jobId } of line) {
    const isHolder = state.holders.includes(jobId);
    // Behind the last place there may still be one who has a place, and whose wait was not ended.
    if (!isHolder && isFull(state)) continue;
    const job = await store.get(jobId, runtime.nowMs());
    const gate = job && gateNameOf(job);
    if (job === undefined || gate?.id !== gateId || !isHeldByKey(job)) {
      await gates.quit(jobId, runtime.nowMs());
      continue;
    }
    if (!isHolder && state.places !== undefined) {
      const taken = await gates.take(gate, jobId, { places: state.places, isInTurn: true, nowMs: runtime.nowMs() });
      state = taken.state;
      if (!taken.isTaken) continue;
    }
    if ((await letIn(job, deps)) === 'ended') state = (await gates.leave(gateId, jobId)) ?? state;
  }
  return state;
}

/** @returns whether the job has still to pass its gate */
export function isHeldByKey({ status, held }: Job): boolean {
  return !isTerminal(status) && held?.includes('key') === true;
}

/**
 * Ends the wait of a job that holds a place. A job that does not wait yet is about to look at the gate again, or its message comes again.
 * @param job the record as it was read, perhaps before it got its place
 * @throws UnavailableError
 */
export async function letIn(job: Job, deps: GateDeps): Promise<'in' | 'ended'> {
  const { gates, store, queues, runtime, graceMs } = deps;
  const read = job.status === 'waiting' ? job : undefined;
  const result = await changeJob<'in' | 'ended'>({ id: job.id, read, maxAttempts }, deps, async (current) => {
    if (current === undefined || isTerminal(current.status) || current.createdAtMs !== job.createdAtMs) return 'ended';
    if (!isHeldByKey(current) || current.status !== 'waiting') return 'in';
    const rest = (current.held ?? []).filter((hold) => hold !== 'key');
    const patch = {
      ...endWaitPatch(current, { nowMs: runtime.nowMs(), graceMs }, 'has got a place of its key'),
      held: rest.length === 0 ? undefined : rest,
    };
    const written = await writeOver(current, patch, store);
    if (written === conflict) return conflict;
    await gates.quit(job.id, runtime.nowMs());
    await wakeAtOnce(written, queues);
    return 'in';
  });
  if (result === conflict) throw new UnavailableError(`Too many concurrent updates of ${job.id}, which has got a place of its key.`);
  return result;
}
