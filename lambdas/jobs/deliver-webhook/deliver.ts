/** One delivery: the event is written once, then sent until the receiver takes it or the tries are over. Each try is a step, so its outcome is remembered. */
import type { JobContext } from '../../core/contract/context.ts';
import { findContract, type JobTypeContract } from '../../core/contract/contract.ts';
import { PermanentError } from '../../core/contract/errors.ts';
import type { Job } from '../../core/job/job.ts';
import type { JobStore, Runtime } from '../../core/job/ports.ts';
import { isTerminal } from '../../core/job/states.ts';
import { type Delivered, webhookMessageId } from '../../core/submit/webhook-delivery.ts';
import { maxWebhookTries, nextTryMs } from '../../webhook/next-try.ts';
import type { PostWebhookOptions, WebhookMessage, WebhookOutcome } from '../../webhook/post-webhook.ts';
import { internalTypes } from '../internal-types.ts';
import type { DeliveryInput, DeliveryResult, Tried } from './contract.ts';
import { asStarted, eventBody, type JobEvent } from './webhook-event.ts';

export interface DeliveryDeps {
  readonly store: Pick<JobStore, 'get'>;
  readonly runtime: Pick<Runtime, 'nowMs' | 'random'>;
  readonly catalogue: readonly JobTypeContract[];
  /** One secret of an owner, or two while they rotate. @throws RetryableError when they cannot be read */
  readonly secrets: (owner: string) => Promise<readonly string[]>;
  readonly post: (message: WebhookMessage, options: PostWebhookOptions) => Promise<WebhookOutcome>;
}

/** What is sent. It is kept, so that each try sends the same bytes, and outlives the record of the job. */
interface Envelope {
  readonly url: string;
  readonly messageId: string;
  /** Null where there is nothing left to say: the job ended before its progress was sent. */
  readonly body: string | null;
}

/** Progress is out of date soon, so it is not tried for days. */
const maxProgressTries = 3;

interface Outcome {
  readonly tried: Tried;
  /** The wait before the next try; null if there is none. */
  readonly waitMs: number | null;
}

/** @throws PermanentError `webhook_gone` or `webhook_undeliverable` */
export async function deliver(input: DeliveryInput, ctx: JobContext, deps: DeliveryDeps): Promise<DeliveryResult> {
  const envelope = await ctx.step('event', () => envelopeOf(input, deps));
  const { messageId, body } = envelope;
  const tries: Tried[] = [];
  if (body === null) return { messageId, tries };
  const isProgress = input.event === 'job.progress';
  const maxTries = isProgress ? maxProgressTries : maxWebhookTries;
  for (let number = 1; ; number++) {
    const { tried, waitMs } = await ctx.step(`try ${number}`, () => tryOnce({ ...envelope, body }, number, ctx, deps));
    tries.push(tried);
    const isOver = waitMs === null || number === maxTries;
    // Progress that is not taken is dropped: the end says all.
    if (tried.outcome === 'delivered' || (isOver && isProgress)) return { messageId, tries };
    if (isOver) throw undeliverable(envelope, tries);
    const detail = `try ${number} of ${maxTries}: ${textOf(tried)}`;
    await ctx.sleep(`before try ${number + 1}`, { seconds: waitMs / 1000 }, { detail });
  }
}

async function envelopeOf(input: DeliveryInput, { store, runtime, catalogue }: DeliveryDeps): Promise<Envelope> {
  const job = await store.get(input.job, runtime.nowMs());
  if (job?.webhookUrl === undefined || job.createdAtMs !== Date.parse(input.createdAt))
    throw new PermanentError('The record of the job has expired before its webhook was first tried.', { code: 'webhook_undeliverable' });
  const contract = findContract(catalogue, job.type) ?? findContract(internalTypes, job.type);
  const presentation = {
    isInternal: contract?.isInternal === true,
    secretNames: contract && (contract.redact ?? []),
    memoryMiB: contract?.memoryMiB,
    sendsWebhooks: true,
  };
  const isOutdated = input.event === 'job.progress' && isTerminal(job.status);
  const body = isOutdated ? null : eventBody(eventOf(input, job, runtime), presentation);
  return { url: job.webhookUrl, messageId: webhookMessageId(job, deliveredBy(input)), body };
}

function deliveredBy({ event, minute = 0 }: DeliveryInput): Delivered {
  if (event === 'job.started') return 'started';
  return event === 'job.progress' ? `progress ${minute}` : 'ended';
}

/** @returns when it happened, and the job as it was then; progress is the latest, so that no older one follows it under a higher number */
function eventOf({ event: type }: DeliveryInput, job: Job, runtime: DeliveryDeps['runtime']): JobEvent {
  if (type === 'job.started') return { type, atMs: Math.max(job.createdAtMs, job.startedAtMs ?? 0), job: asStarted(job), sequence: 1 };
  const { announcements = 0, finishedAtMs = job.createdAtMs } = job;
  return { type, atMs: isTerminal(job.status) ? finishedAtMs : runtime.nowMs(), job, sequence: job.revision - announcements };
}

async function tryOnce(
  { url, messageId, body }: Envelope & { readonly body: string },
  number: number,
  ctx: JobContext,
  deps: DeliveryDeps,
): Promise<Outcome> {
  const { runtime } = deps;
  const secrets = await deps.secrets(ctx.job.owner);
  const now = new Date(runtime.nowMs());
  const { allowedHosts = [], allowsLoopback = false } = ctx.settings.webhooks ?? {};
  const outcome = await deps.post(
    { url, id: messageId, body: Buffer.from(body), secrets },
    { policy: { allowedHosts, allowsLoopback }, now, signal: ctx.signal },
  );
  const waitMs = nextTryMs(number, outcome, runtime.random()) ?? null;
  return { tried: { at: now.toISOString(), ...shownOutcome(outcome) }, waitMs };
}

/** Nothing that the receiver wrote is kept but its status. */
function shownOutcome(outcome: WebhookOutcome): Omit<Tried, 'at'> {
  switch (outcome.kind) {
    case 'delivered':
    case 'failed':
      return { outcome: outcome.kind, status: outcome.status, code: null };
    case 'refused':
    case 'unreachable':
      return { outcome: outcome.kind, status: null, code: outcome.code };
  }
}

function textOf({ status, code }: Tried): string {
  return status === null ? `no answer (${code})` : `answered with ${status}`;
}

function undeliverable({ messageId }: Envelope, tries: readonly Tried[]): PermanentError {
  const last = tries.at(-1);
  const details = { messageId, tries };
  if (last?.status === 410)
    return new PermanentError('The receiver wants no more webhooks at this address: it answered with 410.', {
      code: 'webhook_gone',
      details,
    });
  const what = last?.outcome === 'refused' ? `nothing may be sent there (${last.code})` : `${last && textOf(last)}`;
  const count = tries.length === 1 ? '1 try' : `${tries.length} tries`;
  return new PermanentError(`The webhook was given up after ${count}: ${what}.`, { code: 'webhook_undeliverable', details });
}
