/** The routes of schedules. */
import { findContract } from '../../core/contract/contract.ts';
import { sha256Hex } from '../../core/job/ids.ts';
import { parseCron } from '../../core/schedule/cron.ts';
import { deleteSchedule, maxSchedules, saveSchedule, setPaused } from '../../core/schedule/save-schedule.ts';
import { isScheduleName, type Schedule, scheduleId } from '../../core/schedule/schedule-record.ts';
import { truncate } from '../../text/truncate.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import type { ScheduleResource } from '../openapi/schedule-schemas.ts';
import { ProblemError } from '../problem.ts';
import { scheduleStateBody } from '../request/body-schemas.ts';
import { parseBody } from '../request/parse-body.ts';
import { parameter, readOwner } from '../request/query-parameters.ts';
import { readJsonBody } from '../request/read-body.ts';
import { membersOf, parseSchedule } from '../request/schedule-body.ts';
import { findWebhookFault } from '../request/webhook-member.ts';
import { answerTagged } from '../resources/entity-tag.ts';
import { formatSchedule } from '../resources/schedule-resource.ts';

const defaultLimit = 20;
const maxLimit = 100;

export async function putSchedule(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { owner } = c.var.caller;
  const name = c.req.param('name') ?? '';
  if (!isScheduleName(name)) {
    const detail = `The name of a schedule must be 1 to 64 letters, digits, "-", "_" and ".", and neither "." nor ".." (was "${truncate(name, 80)}").`;
    throw new ProblemError('invalid-parameter', { detail });
  }
  const body = await readJsonBody(c.req);
  const webhookFault = await findWebhookFault(membersOf(body)['job'], deps.settings);
  const definition = parseSchedule(body, { ...deps, owner, parseCron, webhookFault }, deps.runtime.nowMs());
  if (definition instanceof ProblemError) throw definition;
  const saved = await saveSchedule({ owner, name }, definition, { ...deps, parseCron });
  switch (saved.kind) {
    case 'too-many':
      throw new ProblemError('too-many-schedules', { detail: `An owner may have ${maxSchedules} schedules. Delete one to make another.` });
    case 'never-fires':
      throw neverFires('#/endAt');
    default:
      c.header('location', `/v1/schedules/${name}`);
      return c.json(toScheduleResource(saved.schedule, deps), saved.kind === 'created' ? 201 : 200);
  }
}

export async function showSchedule(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const owner = readOwner(c, 'schedules');
  const schedule = await deps.schedules.get(scheduleId(owner, nameOf(c)));
  if (schedule === undefined) throw notFound();
  return answerTagged(c, toScheduleResource(schedule, deps));
}

/** Pauses a schedule or resumes it, and leaves everything else as it is. */
export async function setScheduleState(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const owner = readOwner(c, 'schedules');
  const { state } = parseBody(scheduleStateBody, await readJsonBody(c.req), 'The state');
  const changed = await setPaused({ owner, name: nameOf(c) }, state === 'paused', { ...deps, parseCron });
  switch (changed.kind) {
    case 'not-found':
      throw notFound();
    case 'never-fires':
      throw neverFires();
    default:
      return c.json(toScheduleResource(changed.schedule, deps));
  }
}

export async function removeSchedule(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const owner = readOwner(c, 'schedules');
  if (!(await deleteSchedule({ owner, name: nameOf(c) }, deps))) throw notFound();
  return c.body(null, 204);
}

/** @throws ProblemError for a name that no schedule can have, since it may be longer than a key */
function nameOf(c: ApiContext): string {
  const name = c.req.param('name') ?? '';
  if (!isScheduleName(name)) throw notFound();
  return name;
}

export async function listSchedules(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const owner = readOwner(c, 'schedules');
  const limit = parameter(c, 'limit') ?? String(defaultLimit);
  const cursor = parameter(c, 'cursor');
  const count = Math.trunc(Number(limit));
  if (Number.isNaN(count))
    throw new ProblemError('invalid-parameter', { detail: `limit must be a number (was "${truncate(limit, 50)}").` });
  const after = cursor === undefined ? undefined : decodeCursor(cursor, owner);
  const page = await deps.schedules.list(owner, Math.min(maxLimit, Math.max(1, count)), after);
  return answerTagged(c, {
    schedules: page.schedules.map((schedule) => toScheduleResource(schedule, deps)),
    nextCursor: page.next === undefined ? null : encodeCursor(page.next, owner),
  });
}

function toScheduleResource(schedule: Schedule, { catalogue, runtime }: ApiDeps): ScheduleResource {
  const contract = findContract(catalogue, schedule.job.type);
  return formatSchedule(schedule, { nowMs: runtime.nowMs(), secretNames: contract && (contract.redact ?? []), parseCron });
}

/** @param pointer of the member of the request that says so, where there is one */
function neverFires(pointer?: string): ProblemError {
  const detail = 'There is no time between now and endAt for which the schedule would fire.';
  if (pointer === undefined) return new ProblemError('invalid-schedule', { detail });
  return new ProblemError('invalid-schedule', { detail: `${pointer}: ${detail}`, errors: [{ pointer, detail }] });
}

function notFound(): ProblemError {
  return new ProblemError('schedule-not-found', { detail: 'You have no schedule of this name.' });
}

/** The checksum binds a cursor to its owner and shows damage. It need not be secret, since a name gives no access to another owner's schedules. */
function encodeCursor(name: string, owner: string): string {
  return Buffer.from(JSON.stringify([name, checksum(name, owner)])).toString('base64url');
}

function decodeCursor(cursor: string, owner: string): string {
  try {
    const [name] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as unknown[];
    if (typeof name === 'string' && isScheduleName(name) && encodeCursor(name, owner) === cursor) return name;
  } catch {
    // Damaged: answered as a cursor that was tampered with.
  }
  throw new ProblemError('invalid-cursor', { detail: 'The cursor is damaged or of another listing. Start again without it.' });
}

function checksum(name: string, owner: string): string {
  return sha256Hex(JSON.stringify(['schedules', owner, name])).slice(0, 16);
}
