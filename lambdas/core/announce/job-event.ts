/** The event of a job's start or end, as CloudEvents 1.0 in JSON. It follows from the record alone, so it is the same whenever and wherever it is made. */
import { sha256Hex } from '../job/ids.ts';
import type { Job, JobError } from '../job/job.ts';

/** The names of the events. */
export const jobEventTypes = ['job.started', 'job.succeeded', 'job.failed', 'job.cancelled'] as const;
export type JobEventType = (typeof jobEventTypes)[number];

/** @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md and its extension for distributed tracing */
export interface JobEvent {
  readonly specversion: '1.0';
  /** The same each time that the event is sent. */
  readonly id: string;
  /** Names the deployment. */
  readonly source: string;
  readonly type: JobEventType;
  /** The job's id. */
  readonly subject: string;
  /** When the job started or ended. */
  readonly time: string;
  readonly datacontenttype: 'application/json';
  readonly traceparent?: string;
  readonly data: JobEventData;
}

/** Members of the job resource, under its names. Neither input nor result is among them: they are their owner's, and an event goes to whoever has a rule for it. */
export interface JobEventData {
  readonly id: string;
  readonly type: string;
  readonly owner: string;
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled';
  readonly attempt: number;
  readonly maxAttempts: number;
  readonly error: JobError | null;
  readonly createdAt: string;
  readonly startedAt: string | null;
  readonly finishedAt: string | null;
  readonly tags: Readonly<Record<string, string>>;
  readonly schedule: string | null;
  readonly scheduledFor: string | null;
  readonly retryOf: string | null;
  readonly parent: string | null;
  readonly links: { readonly self: string; readonly result: string | null };
}

/** The largest event, as JSON in UTF-8. EventBridge takes 256 KB; many of its targets take less, and a rule with an input transformer 8 KB. */
export const maxEventBytes = 20_000;

const iso = (ms: number) => new Date(ms).toISOString();
const isoOrNull = (ms: number | undefined) => (ms === undefined ? null : iso(ms));

/**
 * @param deployment the name of the deployment
 * @returns the event of the end of a job that has ended
 */
export function endEvent(job: Job, deployment: string): JobEvent {
  const { status, finishedAtMs } = job;
  if ((status !== 'succeeded' && status !== 'failed' && status !== 'cancelled') || finishedAtMs === undefined)
    throw new Error(`${job.id} is ${status} and has not ended.`);
  const data = eventData(job, { status, error: job.error ?? null, finishedAt: iso(finishedAtMs) });
  return bounded(eventOf(job, { type: `job.${status}`, atMs: finishedAtMs, deployment, data }));
}

/** @returns the event of the first start of a job */
export function startEvent(job: Job, deployment: string): JobEvent {
  const data = eventData(job, { status: 'running', error: null, finishedAt: null });
  return bounded(eventOf(job, { type: 'job.started', atMs: startedMs(job) ?? job.createdAtMs, deployment, data }));
}

interface EventParts {
  readonly type: JobEventType;
  readonly atMs: number;
  readonly deployment: string;
  readonly data: JobEventData;
}

function eventOf(job: Job, { type, atMs, deployment, data }: EventParts): JobEvent {
  return {
    specversion: '1.0',
    // An id of a job may come again after its record has expired, and names another job then.
    id: `evt_${sha256Hex(JSON.stringify(['event', job.id, job.createdAtMs, type])).slice(0, 32)}`,
    source: `/delegation/${encodeURIComponent(deployment)}`,
    type,
    subject: job.id,
    time: iso(atMs),
    datacontenttype: 'application/json',
    ...(job.traceparent === undefined ? {} : { traceparent: job.traceparent }),
    data,
  };
}

function eventData(job: Job, moment: Pick<JobEventData, 'status' | 'error' | 'finishedAt'>): JobEventData {
  const self = `/v1/jobs/${job.id}`;
  return {
    id: job.id,
    type: job.type,
    owner: job.owner,
    ...moment,
    attempt: job.attemptsStarted,
    maxAttempts: job.maxAttempts,
    createdAt: iso(job.createdAtMs),
    startedAt: isoOrNull(startedMs(job)),
    tags: job.tags,
    schedule: job.firedBy?.schedule ?? null,
    scheduledFor: isoOrNull(job.firedBy?.atMs),
    retryOf: job.retryOf ?? null,
    parent: job.parent?.id ?? null,
    links: { self, result: moment.status === 'succeeded' ? `${self}/result` : null },
  };
}

/** Machines' clocks differ: the start is never reported before the acceptance. */
function startedMs({ createdAtMs, startedAtMs }: Job): number | undefined {
  return startedAtMs && Math.max(createdAtMs, startedAtMs);
}

/** The details of an error are the only large part (16 KB), and are in the record for whoever asks; with those left out an event is always below the bound. */
function bounded(event: JobEvent): JobEvent {
  const { error } = event.data;
  if (error?.details === undefined || Buffer.byteLength(JSON.stringify(event)) <= maxEventBytes) return event;
  const details = { omitted: `the event would be larger than ${maxEventBytes} bytes; ${event.data.links.self} has the details` };
  return { ...event, data: { ...event.data, error: { ...error, details } } };
}
