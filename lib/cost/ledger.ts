/**
 * What each path of a job asks of AWS, as plain data. The bill is reckoned from it, and `test/integration/ledger.test.ts` compares it with
 * the SDK calls really made, so that neither can change without the other. Told in words in docs/architecture.md.
 */

import type { MetricName } from '../../lambdas/core/control/metrics.ts';
import { inlinePayloadBytes } from '../../lambdas/core/job/payload.ts';

/** An SDK command, and the write units that DynamoDB bills for it where it writes, for an item of up to 1 KB. */
export type Call = readonly [command: string, writeUnits?: number];

const put = (units: number): Call => ['PutItemCommand', units];
const update = (units: number): Call => ['UpdateItemCommand', units];
const send: Call = ['SendMessageCommand'];

export const ledger = {
  /** The item and its entries in the indexes `due` and `listing`. */
  accept: [put(3), send],
  claim: [update(1)],
  /** The item, and out of `due`. */
  finish: [update(2)],
  /** After a failed attempt: the alarm moves in `due`. */
  backOff: [update(3), send],
  /** A sleep, a wait or a safe point: the alarm moves. */
  rest: [update(3), send],
  /** Of a message that came twice. The refusal is billed like a write, but counts no units with the SDK. */
  duplicate: [['UpdateItemCommand']],
  heartbeat: [update(1)],
  /** The clock looks at a running job whose alarm has come, and puts it off. */
  postpone: [['GetItemCommand'], update(3)],
} as const satisfies Record<string, readonly Call[]>;

/** A run of the clock that finds nothing, with its reads in DynamoDB's units: an eventual query that finds nothing costs half a unit. */
export const idleClockRun = {
  /** The switches, read consistently. */
  controlReads: 1,
  /** Queries of `start#0…7`. */
  queries: 8,
  /** Queries of `rescue#type#0…7`, for each job type. */
  queriesOfType: 8,
  /** The depth of its queue, for each job type: a request to SQS. */
  depthsOfType: 1,
} as const;

/** Seconds between two heartbeats. A job that is done before never pays for one. */
export const heartbeatSeconds = (leaseSeconds: number) => Math.min(15, leaseSeconds / 4);

/** Seconds between two reads of the switches by one environment in use, whatever the number of its jobs. */
export const switchReadSeconds = 10;

/** Upper bounds for a small job, which the tests hold to what is really written. */
export const bytes = {
  /** Its item when it has ended, without its input. */
  item: 700,
  /** Its entry in `listing`, and the 100 bytes that DynamoDB adds to each item and entry. */
  besideItem: 400,
  /** Lines of its log, each with the 26 bytes that CloudWatch adds: accepted, … */
  acceptedLine: 550,
  /** … each attempt, … */
  runLine: 1_050,
  /** … and the request, in the access log. */
  accessLine: 500,
} as const;

/** What a job that succeeds at once counts, for its type; some of it for the deployment as well (`deploymentMetrics`). */
export const countedOfJob: readonly MetricName[] = [
  'Accepted',
  'Started',
  'TimeToStart',
  'Succeeded',
  'Failed',
  'TimeToFinish',
  'EstimatedCost',
];

/** Of an input of so many bytes; a large one stands in the bucket, and the item refers to it in about as many bytes as a small one has. */
export function itemBytes(inputBytes: number): number {
  return bytes.item + (isStored(inputBytes) ? 150 : inputBytes);
}

/** Whether an input of so many bytes stands in the bucket. */
export function isStored(inputBytes: number): boolean {
  return inputBytes > inlinePayloadBytes;
}

/** @param kilobytes started ones of the item: each write costs a unit more for each beyond the first */
export function writeUnitsOf(calls: readonly Call[], kilobytes: number): number {
  return calls.reduce((sum, [, units]) => sum + (units === undefined ? 0 : units + kilobytes - 1), 0);
}

export function sendsOf(calls: readonly Call[]): number {
  return calls.filter(([command]) => command === 'SendMessageCommand').length;
}
