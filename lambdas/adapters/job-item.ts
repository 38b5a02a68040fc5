/**
 * Converts a job to a DynamoDB item and back. Attributes are named as the record's members, with these exceptions: the alarm is the key of the sparse
 * `due` index (`alarmKey` holds the owner too, see `alarm-key.ts`), `listing` and `listedAs` are the key of the listing, and the expiry is in epoch
 * seconds, as DynamoDB's TTL requires. Empty maps and undefined members are not stored. Details of errors are stored as JSON texts: a worker chose
 * them, and DynamoDB accepts neither every number nor every depth.
 */
import { randomUUID } from 'node:crypto';
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

/** @returns the item of a whole job */
export function toItem({ alarm, expiresAtMs, ...members }: Job, lastWrite: string): Item {
  const { id, owner } = members;
  const item = {
    ...memberAttributes(members),
    ...alarmAttributes(members, alarm),
    expiresAtSeconds: expirySeconds(expiresAtMs),
    lastWrite,
    listing: listingPartition(owner, alarmBucket(id) % listingShards),
    listedAs: listingKey(members),
  };
  return marshall(item, marshallOptions);
}

/** @returns the attributes that a patch changes; an attribute that is undefined is to be removed */
export function changedAttributes(job: Pick<Job, 'id' | 'type' | 'owner'>, patch: JobPatch): Attributes {
  const { alarm, expiresAtMs, ...members } = patch;
  return {
    ...memberAttributes(members),
    ...('alarm' in patch ? alarmAttributes(job, alarm) : {}),
    ...('expiresAtMs' in patch ? { expiresAtSeconds: expirySeconds(expiresAtMs) } : {}),
  };
}

type Attributes = Readonly<Record<string, unknown>>;

/** The attributes that are named as the members. */
function memberAttributes(members: Omit<JobPatch, 'alarm' | 'expiresAtMs'>): Attributes {
  const { error, pendingOutcome } = members;
  return {
    ...Object.fromEntries(Object.entries(members).map(([name, value]) => [name, isEmptyMap(value) ? undefined : value])),
    ...(error === undefined ? {} : { error: writeError(error) }),
    ...(pendingOutcome?.status !== 'failed' ? {} : { pendingOutcome: { ...pendingOutcome, error: writeError(pendingOutcome.error) } }),
  };
}

function alarmAttributes({ id, type, owner }: Pick<Job, 'id' | 'type' | 'owner'>, alarm: Alarm | undefined): Attributes {
  if (alarm === undefined) return { due: undefined, alarmKey: undefined };
  return dueAttributes(alarmPartition(alarm.kind, type, alarmBucket(id)), owner, alarm.dueAtMs);
}

/** @returns the key of an entry in the index `due` */
export function dueAttributes(partition: string, owner: string, dueAtMs: number): Attributes {
  return { due: partition, alarmKey: NumberValueImpl.from(alarmKey(owner, dueAtMs).replace(/0+$/, '')) };
}

function expirySeconds(expiresAtMs: number | undefined): number | undefined {
  return expiresAtMs === undefined ? undefined : Math.ceil(expiresAtMs / 1000);
}

export function fromItem(item: Item): Job {
  const { due, alarmKey: _key, expiresAtSeconds, listing, listedAs, lastWrite, error, pendingOutcome, ...members } = unmarshall(item);
  const alarm: Alarm | undefined =
    due === undefined
      ? undefined
      : { kind: String(due).startsWith('timer#') ? 'timer' : 'rescue', dueAtMs: readAlarmKey(item['alarmKey']?.N ?? '').dueAtMs };
  return {
    journal: {},
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
  } as unknown as Job; // only `toItem` and `changedAttributes` write items, so it has the members of a Job
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

/** @returns a new value for `lastWrite` */
export function newNonce(): string {
  return randomUUID().slice(0, 8);
}

/** @returns the nonce of the last write, by which a writer recognises its own */
export function lastWriteOf(item: Item): string | undefined {
  return item['lastWrite']?.S;
}

function isEmptyMap(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && Object.keys(value).length === 0;
}
