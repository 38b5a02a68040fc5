/** Mutants of the delivery of webhooks. */
import { change, type Mutant } from './mutant-places.ts';

export const webhookMutants: Readonly<Record<string, Mutant | readonly Mutant[]>> = {
  'each try of a webhook has another id': change('{ url, id: messageId, body:', '{ url, id: messageId + number, body:'),
  'a delivery that is refused is forgotten': change(
    'await submitJob(deliveryId(job), submissionOf(job, canonicalJson(inputOf(job))), { ...deps, payloads: noPayloads });',
    'await submitJob(deliveryId(job), submissionOf(job, canonicalJson(inputOf(job))), { ...deps, payloads: noPayloads }).catch(() => undefined);',
  ),
  'each announcement makes another delivery': change(
    'await submitJob(deliveryId(job), submissionOf(job, canonicalJson(inputOf(job))),',
    'await submitJob(deliveryId({ ...job, createdAtMs: deps.runtime.nowMs() }), submissionOf(job, canonicalJson(inputOf(job))),',
  ),
  'webhooks are tried without a wait': change('{ seconds: waitMs / 1000 }, { detail });', '{ seconds: 1 }, { detail });'),
  'the try of a webhook is not remembered': change(
    /* biome-ignore lint/suspicious/noTemplateCurlyInString: text of the engine's own template */
    'await ctx.step(`try ${number}`, () => tryOnce(envelope, number, ctx, deps));',
    'await tryOnce(envelope, number, ctx, deps);',
  ),
  'a receiver that is gone is sent more': change('if (answer.isGone) return undefined;', ''),
  "a receiver's Retry-After is ignored": change('Math.max(slowedMs, answer.retryAfterMs ?? 0)', 'slowedMs'),
};
