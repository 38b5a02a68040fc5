/**
 * Converts a job to a DynamoDB item and back. Attributes are named as the record's members, with these exceptions: the alarm is the key of the sparse
 * `due` index (`alarmKey` holds the owner too, see `alarm-key.ts`; `dueStatus` is the status when it was set), `listing`, `ended` and `listedAs` are
 * the keys of the lists, `labels` holds the tags for them, and the expiry is in epoch seconds, as DynamoDB's TTL requires. Empty maps and undefined
 * members are not stored. Details of errors are stored as JSON texts: a worker chose them, and DynamoDB accepts neither every number nor every depth.
 */
import { randomUUID } from 'node:crypto';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { marshall, NumberValueImpl, unmarshall } from '@aws-sdk/util-dynamodb';
import { alarmPartition } from '../core/job/alarm.ts';
import { alarmKey, readAlarmKey } from '../core/job/alarm-key.ts';
import { fewestPartitions, type PartitionCount } from '../core/job/index-partitions.ts';
import type { Alarm, Job, JobError, JobPatch } from '../core/job/job.ts';
import { endedPartition, isIndexedEnd, labelsOf, listKey, listPartition } from '../core/job/list-key.ts';
import { parseExactJson } from '../text/exact-json.ts';

/** A member that is named `constructor` makes a plain object look like an instance of a class. */
export const marshallOptions = { removeUndefinedValues: true, convertClassInstanceToMap: true } as const;

export type Item = Record<string, AttributeValue>;

/** @param partitions over how many the indexes are spread @returns the item of a whole job */
export function toItem({ alarm, expiresAtMs, ...members }: Job, lastWrite: string, partitions: PartitionCount = fewestPartitions): Item {
  const labels = labelsOf(members.tags);
  const item = {
    ...memberAttributes(members),
    ...alarmAttributes(members, alarm, partitions),
    ...endAttributes(members, partitions),
    expiresAtSeconds: expirySeconds(expiresAtMs),
    lastWrite,
    listing: listPartition(members, partitions).name,
    listedAs: listKey(members),
    labels: labels.length === 0 ? undefined : new Set(labels),
  };
  return marshall(item, marshallOptions);
}

/** @returns the attributes that a patch changes; an attribute that is undefined is to be removed */
export function changedAttributes(job: WrittenJob, patch: JobPatch, partitions: PartitionCount = fewestPartitions): Attributes {
  const { alarm, expiresAtMs, ...members } = patch;
  const { status = job.status } = patch;
  return {
    ...memberAttributes(members),
    ...('alarm' in patch ? alarmAttributes({ ...job, status }, alarm, partitions) : {}),
    ...('status' in patch ? endAttributes({ ...job, status }, partitions) : {}),
    ...('expiresAtMs' in patch ? { expiresAtSeconds: expirySeconds(expiresAtMs) } : {}),
  };
}

/** What the keys of a job are built from. */
type WrittenJob = Pick<Job, 'id' | 'type' | 'owner' | 'status'>;

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

function alarmAttributes(job: WrittenJob, alarm: Alarm | undefined, partitions: PartitionCount): Attributes {
  if (alarm === undefined) return { due: undefined, alarmKey: undefined, dueStatus: undefined };
  return { ...dueAttributes(alarmPartition(job, alarm.kind, partitions), job.owner, alarm.dueAtMs), dueStatus: job.status };
}

/** @returns the key of an entry in the index `due` */
export function dueAttributes(partition: string, owner: string, dueAtMs: number): Attributes {
  return { due: partition, alarmKey: NumberValueImpl.from(alarmKey(owner, dueAtMs).replace(/0+$/, '')) };
}

function endAttributes(job: WrittenJob, partitions: PartitionCount): Attributes {
  return isIndexedEnd(job.status) ? { ended: endedPartition(job, job.status, partitions).name } : {};
}

function expirySeconds(expiresAtMs: number | undefined): number | undefined {
  return expiresAtMs === undefined ? undefined : Math.ceil(expiresAtMs / 1000);
}

export function fromItem(item: Item): Job {
  const { due, alarmKey: _key, dueStatus, expiresAtSeconds, listing, listedAs, labels, ended, lastWrite, ...attributes } = unmarshall(item);
  const { error, pendingOutcome, ...members } = attributes;
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
