/** Mutants of the delivery of webhooks. */
import { change, type Mutant } from './mutant-places.ts';

export const webhookMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'each try of a webhook has another id': change('{ url, id: messageId, body:', '{ url, id: messageId + number, body:'),
  'a delivery that is refused is forgotten': change(
    'await submitJob(deliveryId(job, delivered), submission, { ...deps, payloads: noPayloads });',
    'await submitJob(deliveryId(job, delivered), submission, { ...deps, payloads: noPayloads }).catch(() => undefined);',
  ),
  'each announcement makes another delivery': change(
    'await submitJob(deliveryId(job, delivered), submission,',
    'await submitJob(deliveryId({ ...job, createdAtMs: deps.runtime.nowMs() }, delivered), submission,',
  ),
  'webhooks are tried without a wait': change('{ seconds: waitMs / 1000 }, { detail });', '{ seconds: 1 }, { detail });'),
  'the try of a webhook is not remembered': change(
    /* biome-ignore lint/suspicious/noTemplateCurlyInString: text of the engine's own template */
    'await ctx.step(`try ${number}`, () => tryOnce({ ...envelope, body }, number, ctx, deps));',
    'await tryOnce({ ...envelope, body }, number, ctx, deps);',
  ),
  'a receiver that is gone is sent more': change('if (answer.isGone) return undefined;', ''),
  'a start that was not submitted is forgotten': change('if (sendsStart(job)) await deliveries.makeUpForStart(job, deps);', ''),
  'the start of a job that never ran is delivered': change(
    "return sendsWebhook(job, 'started') && job.startedAtMs !== undefined;",
    "return sendsWebhook(job, 'started');",
  ),
  'a start shows the job as it is when it is sent': change('job: asStarted(job), sequence: 1', 'job, sequence: 1'),
  'progress has the number of the start': change(
    'job, sequence: job.revision - announcements',
    "job, sequence: type === 'job.progress' ? 1 : job.revision",
  ),
  'the progress of a job that has ended is sent': change("input.event === 'job.progress' && isTerminal(job.status)", 'false'),
  'progress is delivered as often as it is written': [
    change('Math.abs(nowMs - sentAtMs) < minuteMs', 'nowMs < 0'),
    change('Math.floor(nowMs / minuteMs)}`, deps', 'nowMs}`, deps'),
  ],
  'progress that is not taken fails like an end': change('(isOver && isProgress)', 'false'),
  'every event is sent, regardless of which were asked for': change(
    'webhookUrl !== undefined && webhookEvents.includes(event)',
    'webhookUrl !== undefined && webhookEvents.length > 0',
  ),
  "a receiver's Retry-After is ignored": change('Math.max(slowedMs, answer.retryAfterMs ?? 0)', 'slowedMs'),
};
