/**
 * A job as a DynamoDB item and back. Attributes are named as the record's members, with these exceptions: the alarm is the key of the
 * sparse `due` index (`wakeAtMs` holds the owner too, see `alarm-key.ts`), `listing` and `listedAs` that of the listing, and the expiry is in epoch seconds, as DynamoDB's TTL wants it.
 * Empty maps and undefined members take no room. Details of errors are JSON texts: they hold what a worker put there, and DynamoDB takes neither
 * every number nor every depth.
 */
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, NumberValueImpl, unmarshall } from '@aws-sdk/util-dynamodb';
import { alarmBucket, alarmPartition } from '../core/job/alarm.ts';
import { alarmKey, readAlarmKey } from '../core/job/alarm-key.ts';
import type { Alarm, Job, JobError, JobPatch } from '../core/job/job.ts';
import type { ListPosition } from '../core/job/ports.ts';
import { parseExactJson } from '../text/exact-json.ts';

/** A member that is named `constructor` makes a plain object look like an instance of a class. */
export const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true } as const;

export type Item = Record<string, AttributeValue>;

/** One owner's listing is spread over this many partitions: each takes 1,000 writes a second. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/gsi-throttling.html */
export const listingShards = 4;

export function listingPartition(owner: string, shard: number): string {
  return `${owner}#${shard}`;
}

/** The sort key of the listing: by time, and by id within a millisecond. */
export function listingKey({ createdAtMs, id }: ListPosition): string {
  return `${String(createdAtMs).padStart(13, '0')}#${id}`;
}

/** @returns the attributes of a whole job */
export function toItem(job: Job, lastWrite: string): Item {
  const shard = alarmBucket(job.id) % listingShards;
  const { id, owner, type, createdAtMs, submissionHash, revision } = job;
  const whole = {
    ...changedAttributes(job, job),
    id,
    owner,
    type,
    createdAtMs,
    submissionHash,
    revision,
    lastWrite,
    listing: listingPartition(owner, shard),
    listedAs: listingKey(job),
  };
  return marshall(whole, marshallOptions);
}

/** @returns values by attribute for what a patch changes; undefined means: remove the attribute */
export function changedAttributes(job: Pick<Job, 'id' | 'type' | 'owner'>, patch: JobPatch): Record<string, unknown> {
  const { alarm, expiresAtMs, ...rest } = pickPatch(patch);
  const attributes: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(rest)) attributes[name] = isEmptyMap(value) ? undefined : value;
  if (rest.error !== undefined) attributes['error'] = writeError(rest.error);
  const { pendingOutcome } = rest;
  if (pendingOutcome?.status === 'failed') attributes['pendingOutcome'] = { ...pendingOutcome, error: writeError(pendingOutcome.error) };
  if ('alarm' in patch) {
    attributes['due'] = alarm && alarmPartition(alarm.kind, job.type, alarmBucket(job.id));
    attributes['wakeAtMs'] = alarm && NumberValueImpl.from(alarmKey(job.owner, alarm.wakeAtMs).replace(/0+$/, ''));
  }
  if ('expiresAtMs' in patch) attributes['expiresAtSeconds'] = expiresAtMs === undefined ? undefined : Math.ceil(expiresAtMs / 1000);
  return attributes;
}

/** A whole job may be handed in as a patch; what no patch may change is left out. */
function pickPatch(patch: JobPatch): JobPatch {
  const { id, owner, type, createdAtMs, submissionHash, revision, ...changeable } = patch as { [K in keyof Job]?: Job[K] | undefined };
  return changeable;
}

export function fromItem(item: Item): Job {
  const { due, wakeAtMs: _key, expiresAtSeconds, listing, listedAs, lastWrite, error, pendingOutcome, ...members } = unmarshall(item);
  const alarm: Alarm | undefined =
    due === undefined
      ? undefined
      : { kind: String(due).startsWith('start#') ? 'start' : 'rescue', wakeAtMs: readAlarmKey(item['wakeAtMs']?.N ?? '').wakeAtMs };
  return {
    steps: {},
    files: {},
    tags: {},
    ...members,
    ...(error === undefined ? {} : { error: readError(error) }),
    ...(pendingOutcome === undefined
      ? {}
      : {
          pendingOutcome: { ...pendingOutcome, ...(pendingOutcome.error === undefined ? {} : { error: readError(pendingOutcome.error) }) },
        }),
    alarm,
    expiresAtMs: expiresAtSeconds === undefined ? undefined : expiresAtSeconds * 1000,
  } as unknown as Job; // written by `toItem` and nobody else, so it is what that made of a Job
}

interface WrittenError extends Omit<JobError, 'details'> {
  readonly details?: string;
}

function writeError({ details, ...error }: JobError): WrittenError {
  return details === undefined ? error : { ...error, details: JSON.stringify(details) };
}

function readError({ details, ...error }: WrittenError): JobError {
  return details === undefined ? error : { ...error, details: parseExactJson(details) as Record<string, unknown> };
}

/** @returns the nonce of the last write, by which a writer knows its own */
export function lastWriteOf(item: Item): string | undefined {
  return item['lastWrite']?.S;
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
