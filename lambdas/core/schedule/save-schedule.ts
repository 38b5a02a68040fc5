/** Sets and deletes schedules. */
import { canonicalJson } from '../../text/exact-json.ts';
import { UnavailableError } from '../contract/errors.ts';
import { sha256Hex } from '../job/ids.ts';
import type { Payload } from '../job/job.ts';
import { inlinePayloadBytes } from '../job/payload.ts';
import type { PayloadStore, Runtime } from '../job/ports.ts';
import { conflict, retryOnConflict } from '../job/retry-on-conflict.ts';
import { dueAtOf } from './fire-schedule.ts';
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
 * - What is set already is not written again.
 * - If the times change, it fires next for the first time after now, and nothing earlier is made up for. If they do not, a firing that is due stays due.
 * - A firing that the clock has decided still happens, once.
 */
export async function saveSchedule({ owner, name }: Address, definition: ScheduleDefinition, deps: SaveDeps): Promise<SaveResult> {
  const { schedules, payloads, runtime } = deps;
  const id = scheduleId(owner, name);
  const definitionHash = sha256Hex(canonicalJson(definition));
  let input: Payload | undefined;
  let replaced: Payload | undefined;
  const result = await retryOnConflict<SaveResult>(maxAttempts, async () => {
    const current = await schedules.get(id);
    replaced = current?.input;
    if (current?.definitionHash === definitionHash) return { kind: 'unchanged', schedule: current };
    if (current === undefined && (await schedules.count(owner)) >= maxSchedules) return { kind: 'too-many' };
    input ??= await storeInput({ owner, name }, definition.input, deps);
    const schedule = draft({ owner, name, definition, definitionHash, input }, current, runtime);
    if (schedule.nextAtMs === undefined && !schedule.paused) return { kind: 'never-fires' };
    const written = await schedules.write(schedule, dueAtOf(schedule, timetableOf(schedule)));
    return written === undefined ? conflict : { kind: current === undefined ? 'created' : 'replaced', schedule: written };
  });
  const isWritten = result !== conflict && (result.kind === 'created' || result.kind === 'replaced');
  await forgetInput(isWritten ? replaced : input, payloads);
  if (result === conflict) throw new UnavailableError('Too many concurrent changes of this schedule; try again.');
  return result;
}

/** @returns the deleted schedule, or undefined where there was none. A firing that the clock has decided may still make its job. */
export async function deleteSchedule({ owner, name }: Address, { schedules, payloads }: SaveDeps): Promise<Schedule | undefined> {
  const deleted = await schedules.delete(scheduleId(owner, name));
  await forgetInput(deleted?.input, payloads);
  return deleted;
}

interface Draft extends Address {
  readonly definition: ScheduleDefinition;
  readonly definitionHash: string;
  readonly input: Payload;
}

function draft({ owner, name, definition, definitionHash, input }: Draft, current: Schedule | undefined, runtime: Runtime): Schedule {
  const nowMs = runtime.nowMs();
  const { input: _given, ...set } = definition;
  const schedule = {
    ...{ nextAtMs: undefined, firingAtMs: undefined, lastJobId: undefined, lastFiring: undefined },
    ...(current ?? { owner, name, creation: runtime.newToken(), createdAtMs: nowMs, revision: 0 }),
    ...{ startAtMs: undefined, endAtMs: undefined },
    ...set,
    input,
    definitionHash,
    updatedAtMs: nowMs,
  };
  if (current !== undefined && timesOf(current) === timesOf(schedule)) return schedule;
  return { ...schedule, nextAtMs: schedule.paused ? undefined : timetableOf(schedule).next(nowMs) };
}

/** @returns what the times follow from, to be compared */
function timesOf({ rule, jitterSeconds, paused, startAtMs, endAtMs }: ScheduleTimes): string {
  return canonicalJson({ rule, jitterSeconds, paused, startAtMs, endAtMs });
}

/** Each request stores an object of its own, so that forgetting one of them takes no other away. */
async function storeInput({ owner, name }: Address, input: unknown, { payloads, runtime }: SaveDeps): Promise<Payload> {
  const json = JSON.stringify(input);
  const sizeBytes = Buffer.byteLength(json);
  if (sizeBytes <= inlinePayloadBytes) return { kind: 'inline', json };
  const key = `schedules/${sha256Hex(owner).slice(0, 32)}/${name}/${runtime.newToken()}.json`;
  await payloads.put(key, json);
  return { kind: 'stored', key, sizeBytes, sha256: sha256Hex(json) };
}

/** Deletes a stored input that no record refers to. If that fails, an object is left over that nothing reads. */
async function forgetInput(input: Payload | undefined, payloads: PayloadStore): Promise<void> {
  if (input?.kind === 'stored') await payloads.delete(input.key).catch(() => undefined);
}
