/**
 * The calls to AWS of each path of a job, as plain data. The bill is computed from it, and `test/integration/ledger.test.ts` compares it with
 * the SDK calls that are really made, so neither can change without the other. docs/architecture.md explains it.
 */

import type { MetricName } from '../../lambdas/core/control/metrics.ts';
import { inlinePayloadBytes } from '../../lambdas/core/job/payload.ts';

/** An SDK command and, if it writes, the write units that DynamoDB bills for an item of up to 1 KB. */
export type Call = readonly [command: string, writeUnits?: number];

const put = (units: number): Call => ['PutItemCommand', units];
const update = (units: number): Call => ['UpdateItemCommand', units];
const send: Call = ['SendMessageCommand'];

export const ledger = {
  /** The item and its entries in the indexes `due` and `listing`. */
  accept: [put(3), send],
  claim: [update(1)],
  /** Updates the item and removes it from `due`. */
  finish: [update(2)],
  /** Failed or cancelled: also puts it into `ended`. */
  finishWithoutSuccess: [update(3)],
  /** After a failed attempt: the alarm moves within `due`. */
  backOff: [update(3), send],
  /** A sleep, a wait or a safe point: the alarm moves. */
  suspend: [update(3), send],
  /** The claim for a message that was delivered twice. The refusal is billed like a write, but the SDK reports no units for it. */
  duplicate: [['UpdateItemCommand']],
  heartbeat: [update(1)],
  /** A firing adds to its job: the schedule is read, the decision is written, and the next time, which moves it within `due`. */
  fire: [['GetItemCommand'], put(1), put(3)],
  /** An upload that a submission names: its tag says that it is used. */
  keepUpload: [['PutObjectTaggingCommand']],
  /** A worker opens an upload, and reads it whole or a part of it. */
  readUpload: [['HeadObjectCommand'], ['GetObjectCommand']],
  /** The clock reads a running job whose alarm is due, and postpones the alarm. */
  postpone: [['GetItemCommand'], update(3)],
} as const satisfies Record<string, readonly Call[]>;

/** A run of the clock that finds nothing, in DynamoDB's read units: an eventually consistent query without results costs half a unit. */
export const idleClockRun = {
  /** The states of the job types, read consistently. */
  controlReads: 1,
  /** Queries of `timer#0…7`, and one of `schedule`. */
  queries: 9,
  /** Queries of `rescue#type#0…7`, for each job type. */
  queriesOfType: 8,
  /** The depth of its queue, for each job type: a request to SQS. */
  depthsOfType: 1,
} as const;

/** Seconds between two heartbeats. A job that ends before the first one pays for none. */
export const heartbeatSeconds = (leaseSeconds: number) => Math.min(15, leaseSeconds / 4);

/** Seconds between two reads of the job types' states by one environment in use, independent of the number of its jobs. */
export const stateReadSeconds = 10;

/** Upper bounds for a small job. Tests compare them with what is really written. */
export const bytes = {
  /** The item of an ended job, without its input. */
  item: 700,
  /** The entry in `listing`, and the 100 bytes that DynamoDB adds to each item and entry. */
  besideItem: 400,
  /** The log line of an accepted job; like each line below, with the 26 bytes that CloudWatch adds. */
  acceptedLine: 550,
  /** The log line of each attempt. */
  runLine: 1_050,
  /** The line of the request in the access log. */
  accessLine: 560,
} as const;

/** The metrics of its type that a job counts if it succeeds at once; some are also counted for the deployment (`deploymentMetrics`). */
export const countedOfJob: readonly MetricName[] = ['Accepted', 'Started', 'TimeToStart', 'Succeeded', 'Failed', 'TimeToFinish'];

/** Size of an item by the size of its input. A large input is in the bucket, and the reference to it takes about as many bytes as a small input. */
export function itemBytes(inputBytes: number): number {
  return bytes.item + (isStored(inputBytes) ? 150 : inputBytes);
}

/** Whether an input of this size is stored in the bucket. */
export function isStored(inputBytes: number): boolean {
  return inputBytes > inlinePayloadBytes;
}

/** @param kilobytes size of the item, rounded up: each write costs one unit more for each kilobyte beyond the first */
export function writeUnitsOf(calls: readonly Call[], kilobytes: number): number {
  return calls.reduce((sum, [, units]) => sum + (units === undefined ? 0 : units + kilobytes - 1), 0);
}

export function sendsOf(calls: readonly Call[]): number {
  return calls.filter(([command]) => command === 'SendMessageCommand').length;
}
