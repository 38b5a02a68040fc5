/** `POST /v1/jobs/{id}/webhook`: the end of a job is sent again. */
import { deriveJobId } from '../../core/job/ids.ts';
import { deliveryAgain } from '../../jobs/deliver-webhook/announce-end.ts';
import { acceptCandidates, keyReused, withKeyHolder } from '../accept.ts';
import { type ApiContext, type ApiDeps, requireJob } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { webhookBody } from '../request/body-schemas.ts';
import { idempotencyKeyOf } from '../request/idempotency-key.ts';
import { parseBody } from '../request/parse-body.ts';
import { readOptionalJsonBody } from '../request/read-body.ts';
import { whyNotAgain } from '../request/webhook-again.ts';
import { retryAfter } from '../resources/job-view.ts';
import { respond } from './submit.ts';

/** A new delivery with the `webhook-id` of the first, so that a receiver that has seen it knows. It takes no place in the quota. */
export async function webhookRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const ended = await requireJob(c, deps);
  const key = idempotencyKeyOf(c);
  parseBody(webhookBody, await readOptionalJsonBody(c.req), 'The request');
  const refusal = whyNotAgain(ended, deps.settings);
  if (refusal !== undefined)
    throw new ProblemError(refusal.problem, { detail: refusal.detail, headers: { 'retry-after': retryAfter(ended, deps) } });
  const { owner } = ended;
  const id = deriveJobId(owner, key === undefined ? { kind: 'token', token: deps.runtime.newToken() } : { kind: 'key', key });
  const { body, submission } = deliveryAgain(ended);
  const held = await withKeyHolder({ id, hasKey: key !== undefined, body }, owner, deps);
  const { quota: _places, ...settings } = deps.settings;
  return respond(c, await acceptCandidates([{ ...held, verdict: submission }], { owner, taken: keyReused() }, { ...deps, settings }), deps);
}
