/** `PutEvents` of EventBridge. @see https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html */
import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import type { TakenEvent } from './event-log.ts';

const request = z.object({
  Entries: z
    .array(
      z.object({
        Source: z.string().optional(),
        DetailType: z.string().optional(),
        Detail: z.string().optional(),
        EventBusName: z.string().optional(),
        Time: z.number().optional(),
      }),
    )
    .min(1)
    .max(10),
});

type Entry = z.output<typeof request>['Entries'][number];

/** @see https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html#eb-putevent-size */
const maxTotalBytes = 262_144;

interface EntryError {
  readonly ErrorCode: string;
  readonly ErrorMessage: string;
}

export interface PutEventsResult {
  /** A code where the whole request is refused. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly taken: readonly TakenEvent[];
  readonly answer: object;
}

/** @param refusal the code with which each entry is refused, as EventBridge does within an answer of 200 */
export function putEvents(body: string, nowMs: number, refusal?: string): PutEventsResult {
  const parsed = request.safeParse(jsonOf(body));
  if (!parsed.success) return refused('ValidationException', z.prettifyError(parsed.error));
  const { Entries } = parsed.data;
  const bytes = Entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
  if (bytes > maxTotalBytes) return refused('ValidationException', `Total size of the entries in the request is over the limit: ${bytes}`);
  const results = Entries.map(
    (entry) =>
      (refusal === undefined ? errorOf(entry) : { ErrorCode: refusal, ErrorMessage: 'This was asked for.' }) ?? takenFrom(entry, nowMs),
  );
  const taken = results.filter((result) => 'eventId' in result);
  return {
    taken,
    answer: {
      FailedEntryCount: results.length - taken.length,
      Entries: results.map((result) => ('eventId' in result ? { EventId: result.eventId } : result)),
    },
  };
}

function refused(code: string, message: string): PutEventsResult {
  return { error: { code, message }, taken: [], answer: {} };
}

function errorOf({ Source, DetailType, Detail }: Entry): EntryError | undefined {
  for (const [name, value] of Object.entries({ Source, DetailType, Detail }))
    if (value === undefined || value === '')
      return { ErrorCode: 'InvalidArgument', ErrorMessage: `Parameter ${name} is not valid. Reason: ${name} is a required argument.` };
  if (Source?.startsWith('aws.') === true)
    return { ErrorCode: 'NotAuthorizedForSourceException', ErrorMessage: `Not authorized for the source ${Source}.` };
  const detail = jsonOf(Detail ?? '');
  if (typeof detail === 'object' && detail !== null && !Array.isArray(detail)) return undefined;
  return { ErrorCode: 'MalformedDetail', ErrorMessage: 'Detail is malformed.' };
}

function takenFrom({ Source = '', DetailType = '', Detail = '', EventBusName = 'default', Time }: Entry, nowMs: number): TakenEvent {
  return {
    eventId: randomUUID(),
    takenAt: new Date(nowMs).toISOString(),
    bus: EventBusName,
    source: Source,
    detailType: DetailType,
    time: new Date(Time === undefined ? nowMs : Time * 1000).toISOString(),
    detail: jsonOf(Detail),
  };
}

function sizeOf({ Source = '', DetailType = '', Detail = '', Time }: Entry): number {
  return (Time === undefined ? 0 : 14) + [Source, DetailType, Detail].reduce((sum, text) => sum + Buffer.byteLength(text), 0);
}

/** @returns undefined for what is not JSON */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
