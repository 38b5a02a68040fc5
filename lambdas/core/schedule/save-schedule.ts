/** Sets and deletes schedules. */
import { canonicalJson } from '../../text/exact-json.ts';
import { DamagedPayloadError, UnavailableError } from '../contract/errors.ts';
import { sha256Hex } from '../job/ids.ts';
import type { Payload } from '../job/job.ts';
import { loadPayload, storePayload } from '../job/payload.ts';
import type { PayloadStore, Runtime } from '../job/ports.ts';
import { conflict, retryOnConflict } from '../job/retry-on-conflict.ts';
import type { ParseCron } from './cron.ts';
import { dueAtOf } from './due-at.ts';
import { type Schedule, type ScheduledJob, type ScheduleStore, type ScheduleTimes, scheduleId } from './schedule-record.ts';
import { timetableOf } from './timetable.ts';

/** The schedules that one owner may have. */
export const maxSchedules = 1_000;

/** The clock and other requests write the record, too. */
const maxAttempts = 8;

/** All that a caller sets. */
export interface ScheduleDefinition extends ScheduleTimes, Pick<Schedule, 'overlap' | 'catchUp'> {
  readonly job: ScheduledJob;
  /** As it was sent, and valid by the job type's schema. */
  readonly input: unknown;
}

export interface SaveDeps {
  readonly schedules: ScheduleStore;
  readonly payloads: PayloadStore;
  readonly runtime: Runtime;
  readonly parseCron: ParseCron;
}

export type SaveResult =
  | { readonly kind: 'created' | 'replaced' | 'unchanged'; readonly schedule: Schedule }
  /** The owner has as many schedules as one may have. */
  | { readonly kind: 'too-many' }
  /** The schedule would never fire: no time of its rule lies between now, its start and its end. */
  | { readonly kind: 'never-fires' };

interface Address {
  readonly owner: string;
  readonly name: string;
}

/**
 * Creates or replaces a schedule.
 *
 * - What is set already is not written again, unless its stored input is lost.
 * - If the times change, it fires next for the first time after now, and nothing earlier is made up for. If they do not, a firing that is due stays due.
 * - A firing that the clock has decided still happens, once.
 */
export async function saveSchedule({ owner, name }: Address, definition: ScheduleDefinition, deps: SaveDeps): Promise<SaveResult> {
  const { schedules, payloads, runtime, parseCron } = deps;
  const id = scheduleId(owner, name);
  const definitionHash = sha256Hex(canonicalJson(definition));
  let input: Payload | undefined;
  return changeSchedule<SaveResult>(async () => {
    const { schedule: current, removal } = await schedules.find(id);
    if (current?.definitionHash === definitionHash && !(await isInputLost(current, payloads)))
      return { kind: 'unchanged', schedule: current };
    if (current === undefined && (await schedules.count(owner)) >= maxSchedules) return { kind: 'too-many' };
    input ??= await storePayload(payloads, {
      jobId: `schedule-${sha256Hex(id).slice(0, 32)}`,
      name: 'input',
      json: JSON.stringify(definition.input),
    });
    const schedule = draft({ owner, name, definition, definitionHash, input }, current, deps);
    const timetable = timetableOf(schedule, parseCron);
    if ((schedule.nextAtMs ?? timetable.next(runtime.nowMs())) === undefined) return { kind: 'never-fires' };
    const written = await schedules.write(schedule, dueAtOf(schedule, timetable), removal);
    return written === undefined ? conflict : { kind: current === undefined ? 'created' : 'replaced', schedule: written };
  });
}

export type StateChange =
  | { readonly kind: 'changed' | 'unchanged'; readonly schedule: Schedule }
  | { readonly kind: 'not-found' }
  /** Active, it would never fire again. */
  | { readonly kind: 'never-fires' };

/**
 * Pauses a schedule, or lets it fire again, without what else is set: its input may be large, or hold secrets that are not shown. What was due during the
 * pause is not made up for.
 */
export async function setPaused({ owner, name }: Address, paused: boolean, deps: Omit<SaveDeps, 'payloads'>): Promise<StateChange> {
  const { schedules, runtime, parseCron } = deps;
  return changeSchedule<StateChange>(async () => {
    const current = await schedules.get(scheduleId(owner, name));
    if (current === undefined) return { kind: 'not-found' };
    if (current.paused === paused) return { kind: 'unchanged', schedule: current };
    const nowMs = runtime.nowMs();
    // The definition differs from the one that was set, so setting that one again is a change.
    const definitionHash = sha256Hex(`${current.definitionHash} ${paused ? 'paused' : 'resumed'}`);
    const changed = { ...current, paused, definitionHash, updatedAtMs: nowMs };
    const timetable = timetableOf(changed, parseCron);
    const nextAtMs = paused ? undefined : timetable.next(nowMs);
    if (!paused && nextAtMs === undefined) return { kind: 'never-fires' };
    const schedule = { ...changed, nextAtMs };
    const written = await schedules.write(schedule, dueAtOf(schedule, timetable));
    return written === undefined ? conflict : { kind: 'changed', schedule: written };
  });
}

/** Reads, decides and writes until nothing came between. @throws UnavailableError where that takes too many attempts */
async function changeSchedule<Result>(attempt: () => Promise<Result | typeof conflict>): Promise<Result> {
  const result = await retryOnConflict(maxAttempts, attempt);
  if (result === conflict) throw new UnavailableError('Too many concurrent changes of this schedule; try again.');
  return result;
}

/** @returns whether the input that each firing would read is gone from the bucket, or changed there; of a schedule that has ended nothing is read */
async function isInputLost({ input, nextAtMs, paused }: Schedule, payloads: PayloadStore): Promise<boolean> {
  if (nextAtMs === undefined && !paused) return false;
  try {
    await loadPayload(payloads, input);
    return false;
  } catch (error) {
    if (error instanceof DamagedPayloadError) return true;
    throw error;
  }
}

/** @returns whether there was such a schedule. A firing that the clock has decided may still make its job. */
export async function deleteSchedule(
  { owner, name }: Address,
  { schedules, runtime }: Pick<SaveDeps, 'schedules' | 'runtime'>,
): Promise<boolean> {
  const id = scheduleId(owner, name);
  return changeSchedule<boolean>(async () => {
    const current = await schedules.get(id);
    if (current === undefined) return false;
    return (await schedules.remove(current, runtime.nowMs())) || conflict;
  });
}

interface Draft extends Address {
  readonly definition: ScheduleDefinition;
  readonly definitionHash: string;
  readonly input: Payload;
}

function draft(
  { owner, name, definition, definitionHash, input }: Draft,
  current: Schedule | undefined,
  { runtime, parseCron }: Pick<SaveDeps, 'runtime' | 'parseCron'>,
): Schedule {
  const nowMs = runtime.nowMs();
  const { input: _given, ...set } = definition;
  const schedule = {
    ...{ nextAtMs: undefined, decision: undefined, lastJobId: undefined, lastFiring: undefined },
    ...(current ?? { owner, name, creation: runtime.newToken(), createdAtMs: nowMs, revision: 0 }),
    ...{ startAtMs: undefined, endAtMs: undefined },
    ...set,
    input,
    definitionHash,
    inputStoredAtMs: nowMs,
    updatedAtMs: nowMs,
  };
  if (current !== undefined && timesOf(current) === timesOf(schedule)) return schedule;
  return { ...schedule, nextAtMs: schedule.paused ? undefined : timetableOf(schedule, parseCron).next(nowMs) };
}

/** @returns what the times follow from, to be compared */
function timesOf({ rule, jitterSeconds, paused, startAtMs, endAtMs }: ScheduleTimes): string {
  return canonicalJson({ rule, jitterSeconds, paused, startAtMs, endAtMs });
}
