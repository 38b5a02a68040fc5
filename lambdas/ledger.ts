/**
 * The calls to AWS of each path of a job, as plain data. The bill and the estimate of a submission are computed from it, and
 * `test/integration/ledger.test.ts` compares it with the SDK calls that are really made, so neither can change without the other.
 * docs/architecture.md explains it.
 */
import { inlinePayloadBytes } from './core/job/payload.ts';

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
  /** With events: the alarm moves within `due` and leaves it once the event is put. */
  finishWithEvent: [update(3), ['PutEventsCommand'], update(2)],
  finishWithoutSuccessWithEvent: [update(4), ['PutEventsCommand'], update(2)],
  /** With a webhook: the alarm moves within `due`, the delivery is accepted, and the alarm leaves `due`. */
  finishWithWebhook: [update(3), send, put(3), update(2)],
  /** The delivery: it reads the job, and its item of up to 3 KB holds the event and the outcome of its try. */
  deliver: [update(1), ['GetItemCommand'], update(3), update(3), update(4)],
  /** A try that is not the last: the delivery sleeps, is claimed, and keeps the outcome of the next, by which its item passes 3 KB. */
  deliverAgain: [update(5), send, update(3), update(4)],
  /** The webhook of a start, or of progress, is one more delivery, which the worker accepts beside the job's code. */
  acceptDelivery: [put(3), send],
  /** The announcement of the end looks whether the start has its delivery. */
  lookForStart: [['GetItemCommand']],
  /** After a failed attempt: the alarm moves within `due`. */
  backOff: [update(3), send],
  /** A sleep, a wait or a safe point: the alarm moves. */
  suspend: [update(3), send],
  /** A signal that a job waits for: the alarm moves. */
  signal: [update(3), send],
  /** A signal that comes when nothing waits for it. */
  earlySignal: [update(1)],
  /** A link for a signal is made. */
  link: [update(1)],
  /** The claim for a message that was delivered twice. The refusal is billed like a write, but the SDK reports no units for it. */
  duplicate: [['UpdateItemCommand']],
  heartbeat: [update(1)],
  /** A firing adds to its job: the schedule is read, the decision is written, and the next time, which moves it within `due`. */
  fire: [['GetItemCommand'], put(1), put(3)],
  /** An upload that a submission names: its tag says that it is used. */
  keepUpload: [['PutObjectTaggingCommand']],
  /** A worker opens an upload, and reads it whole or a part of it. */
  readUpload: [['HeadObjectCommand'], ['GetObjectCommand']],
  /** A job writes down which jobs it runs, and looks for each before it submits it; beside the submission, its suspension and its claim. */
  intend: [update(1), ['GetItemCommand']],
  /** It waits for them until their deadline, so no message is sent ahead. */
  suspendForChildren: [update(3)],
  /** The end of a job that another one waits for stays in `due` until it is announced. */
  finishUnannounced: [update(3)],
  /** The announcement reads and wakes the job that waits, and removes the ended one from `due`. */
  announce: [['GetItemCommand'], update(3), send, update(2)],
  /** A job with a key, whose gate has room: it is found to be held, takes a place (the first with its key makes the gate), and is freed. */
  enterGate: [['UpdateItemCommand'], update(2), update(1)],
  /** The end of such a job stays in `due` until its place is given back. */
  leaveGate: [update(1), update(2)],
  /** A job whose gate is full: it is found to be held and gets no place; it joins the line, the gate is crowded, it is suspended, and looks once more. */
  waitAtGate: [['UpdateItemCommand'], ['UpdateItemCommand'], update(2), update(1), update(3), ['GetItemCommand']],
  /** The end of a job while another one waits: the gate, the line and the next job are read, which gets the place, is woken, and quits the line. */
  handOn: [update(1), ['GetItemCommand'], ['QueryCommand'], ['GetItemCommand'], update(1), update(3), update(2), send, update(2)],
  /** The job that waited reads each that has ended. */
  receiveEnd: [['GetItemCommand']],
  /** A job after one that has not ended: its claim is refused, the other one is read and learns of it, and it waits. */
  holdAfter: [['UpdateItemCommand'], ['GetItemCommand'], update(1), update(3)],
  /** Once the other one has ended: the claim is refused, it is read, and nothing holds the job. Its claim comes beside. */
  freeAfter: [['UpdateItemCommand'], ['GetItemCommand'], update(1)],
  /** The end of a member of a group is announced: its position is added to the tally of its batch, and it leaves `due`. */
  tally: [update(1), update(2)],
  /** With the last of a batch the group's record learns of it; with the last batch, the group is woken. */
  completeBatch: [update(1), update(1), update(2)],
  endGroupWait: [update(1), update(1), update(3), send, update(2)],
  /** The clock reads a running job whose alarm is due, and postpones the alarm. */
  postpone: [['GetItemCommand'], update(3)],
} as const satisfies Record<string, readonly Call[]>;

/** An upper bound for the item of a small job that has ended, without its input. */
export const endedItemBytes = 700;

/** Size of an item by the size of its input. A large input is in the bucket, and the reference to it takes about as many bytes as a small input. */
export function itemBytes(inputBytes: number): number {
  return endedItemBytes + (isStored(inputBytes) ? 150 : inputBytes);
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
