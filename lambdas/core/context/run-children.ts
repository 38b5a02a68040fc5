/** `ctx.run` and `ctx.runAll`: other jobs as parts of this one's work. The job is suspended until they have ended, and receives their results. */
import { truncate } from '../../text/truncate.ts';
import type { ChildRun, ChildType } from '../contract/context.ts';
import { PermanentError, QuotaExceededError } from '../contract/errors.ts';
import { read } from '../job/error-text.ts';
import { inGroups } from '../job/in-groups.ts';
import type { Job } from '../job/job.ts';
import { isTerminal } from '../job/states.ts';
import { maxDetailLength } from '../job/timeline.ts';
import { asWritten, refuseWithin } from './context-input.ts';
import type { ContextParts } from './context-parts.ts';
import type { NamedCall } from './run-journal.ts';
import { type OrParked, parked } from './suspensions.ts';

/** The ids of children are in the record, and each child is read when the job resumes. */
const maxChildren = 100;
/** Children are looked at again this long after their deadline, in case no announcement of an end has arrived by then. */
const lookAgainMs = 300_000;
/** Children that are submitted or read at the same time. */
const atOnce = 10;

/** One child, as the code asked for it in this run. */
interface Child {
  readonly call: NamedCall;
  readonly request: ChildRun;
  /** The name from which the child's id is derived. */
  readonly delegation: string;
}

type ChildState =
  | { readonly kind: 'succeeded'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: unknown }
  /** @property untilMs when to look at it again */
  | { readonly kind: 'open'; readonly id: string; readonly untilMs: number }
  /** The quota of the owner has no room for it yet. */
  | { readonly kind: 'refused'; readonly error: QuotaExceededError };

/** @returns the results in the order of the requests @throws the failure of the first that failed, once all have ended */
export async function runAll(parts: ContextParts, requests: readonly ChildRun[]): Promise<OrParked<readonly unknown[]>> {
  const { session, journal, isClosed } = parts;
  checkRequests(parts, requests);
  const calls = requests.map((request) => ({ call: journal.begin('run', request.name), request }));
  const releases = calls.map(({ call }) => journal.reserve(call));
  try {
    // An end that is announced from here on is one that this code may not have seen.
    const { notices = 0 } = session.job;
    const recalled = await recallAll(parts, calls);
    const left = calls.filter((_, i) => recalled[i] === undefined);
    const children = await intend(parts, left);
    const states = await inChunks(children, (child) => stateOf(parts, child));
    let next = 0;
    const all = recalled.map((state) => state ?? states[next++]).flatMap((state) => state ?? []);
    return isClosed() ? parked : conclude(parts, all, notices);
  } finally {
    for (const release of releases) release();
  }
}

/** @returns the child's result */
export async function runOne(parts: ContextParts, request: ChildRun): Promise<OrParked<unknown>> {
  const results = await runAll(parts, [request]);
  return results === parked ? parked : results[0];
}

/** @throws PermanentError `invalid_call`, `delegation_not_allowed`, `too_many_children` */
function checkRequests({ contract }: ContextParts, requests: readonly ChildRun[]): void {
  if (!Array.isArray(requests)) throw new PermanentError('ctx.runAll takes an array of jobs to run.', { code: 'invalid_call' });
  for (const { name, type } of requests) {
    refuseWithin('run', 'step', name);
    refuseWithin('run', 'wait', name);
    if (contract.delegatesTo?.includes(nameOf(type)) !== true)
      throw new PermanentError(`${contract.name} may not run ${nameOf(type)}: its contract's delegatesTo does not name it.`, {
        code: 'delegation_not_allowed',
      });
  }
  if (requests.length > maxChildren) throw tooManyChildren(requests.length);
}

function nameOf(type: ChildType): string {
  return String(typeof type === 'string' ? type : read(type, 'name'));
}

function tooManyChildren(count: number): PermanentError {
  return new PermanentError(`A job may run at most ${maxChildren} other jobs (was ${count}); split the work into levels.`, {
    code: 'too_many_children',
  });
}

/** @returns what the code received before, in the order in which it received it; undefined for what it has not */
async function recallAll(
  { journal }: ContextParts,
  calls: readonly { readonly call: NamedCall }[],
): Promise<readonly (ChildState | undefined)[]> {
  return Promise.all(
    calls.map(async ({ call }): Promise<ChildState | undefined> => {
      try {
        const known = await journal.recall<unknown>(call);
        return known && { kind: 'succeeded', value: known.value };
      } catch (error) {
        return { kind: 'failed', error };
      }
    }),
  );
}

/**
 * Writes down which children there will be before any is submitted, so that one that is submitted by a worker that dies is known to whoever goes on,
 * and to whoever cancels the job.
 */
async function intend(parts: ContextParts, calls: readonly Omit<Child, 'delegation'>[]): Promise<readonly Child[]> {
  const { session, journal, deps, children } = parts;
  const intended: Child[] = [];
  const added: (Child & { readonly run: string })[] = [];
  for (const { call, request } of calls) {
    const known = await journal.pending(call);
    // After a failure, and in another attempt, the name stands for another job.
    const run = known ?? `${session.job.attempt}.${call.failures}`;
    const child = { call, request, run, delegation: `run\0${call.name}\0${run}` };
    intended.push(child);
    if (known === undefined) added.push(child);
  }
  if (added.length === 0) return intended;
  // From here to the save nothing is awaited, so branches that run others at the same time keep to the bound together.
  if (children.size + added.length > maxChildren) throw tooManyChildren(children.size + added.length);
  for (const { call, run, delegation } of added) {
    journal.setPending(call, run);
    children.add(deps.idOfChild(delegation));
  }
  await journal.save(() => ({}));
  return intended;
}

async function stateOf(parts: ContextParts, child: Child): Promise<ChildState> {
  const { session, journal, deps } = parts;
  const { call, request, delegation } = child;
  const id = deps.idOfChild(delegation);
  const job = await deps.readJob(id);
  if (job !== undefined)
    return isTerminal(job.status) ? receiveEnd(parts, call, job) : { kind: 'open', id, untilMs: job.deadlineMs + lookAgainMs };
  await journal.beforeEffect();
  try {
    await deps.delegate(delegation, { ...request, type: nameOf(request.type) }, true);
    return { kind: 'open', id, untilMs: session.job.deadlineMs };
  } catch (error) {
    if (error instanceof QuotaExceededError) return { kind: 'refused', error };
    if (!journal.isCodeFailure(error)) throw error;
    return { kind: 'failed', error: await journal.recordFailure(call, error) };
  }
}

/** Records how a child ended, for the code to receive. */
async function receiveEnd({ journal }: ContextParts, call: NamedCall, job: Job): Promise<ChildState> {
  if (job.result !== undefined) {
    const { result } = job;
    if (result.kind === 'stored') return { kind: 'succeeded', value: asWritten(await journal.receivePayload(call, result)) };
    await journal.receive(call, result.json);
    return { kind: 'succeeded', value: asWritten(result.json) };
  }
  return { kind: 'failed', error: await journal.recordFailure(call, failureOf(job)) };
}

function failureOf({ id, type, status, error }: Job): PermanentError {
  const details = { ...error?.details, job: id };
  if (error !== undefined) return new PermanentError(`${type} ${id} failed: ${error.message}`, { code: error.code, details });
  return new PermanentError(`${type} ${id} was ${status}.`, { code: 'child_cancelled', details });
}

function conclude({ suspensions, deps }: ContextParts, states: readonly ChildState[], notices: number): OrParked<readonly unknown[]> {
  const open = states.flatMap((state) => (state.kind === 'open' ? [state] : []));
  const refused = states.find((state) => state.kind === 'refused');
  if (refused !== undefined) {
    const { message, afterSeconds } = refused.error;
    const reason = { code: 'quota', detail: message } as const;
    return suspensions.park(deps.runtime.nowMs() + afterSeconds * 1000, reason);
  }
  const failed = states.find((state) => state.kind === 'failed');
  if (open.length === 0 && failed !== undefined) throw failed.error;
  if (open.length === 0) return states.map((state) => (state.kind === 'succeeded' ? state.value : undefined));
  const ids = open.map(({ id }) => id);
  const detail = truncate(ids.length === 1 ? `${ids[0]}` : `${ids.length} jobs, such as ${ids[0]}`, maxDetailLength);
  const nowMs = deps.runtime.nowMs();
  const untilMs = Math.max(nowMs + lookAgainMs, ...open.map((state) => state.untilMs));
  return suspensions.parkFor({ kind: 'jobs', ids }, notices, { untilMs, reason: { code: 'waiting_for_child', detail } });
}

async function inChunks<T, R>(all: readonly T[], act: (one: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = [];
  for (const group of inGroups(all, atOnce)) results.push(...(await Promise.all(group.map(act))));
  return results;
}
