/** `POST /v1/jobs/{id}/signals/{name}`: sends a signal to a job. */
import type * as z from 'zod';
import { UnavailableError } from '../../core/contract/errors.ts';
import { maxSignals, sendSignal } from '../../core/control/send-signal.ts';
import type { Job } from '../../core/job/job.ts';
import { truncate } from '../../text/truncate.ts';
import { type ApiContext, type ApiDeps, contractOf, requireJob } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { idempotencyKeyOf } from '../request/idempotency-key.ts';
import { parseBody } from '../request/parse-body.ts';
import { readOptionalJsonBody } from '../request/read-body.ts';
import { setRetryAfter, toJobResource } from '../resources/job-view.ts';

export async function signalRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const job = await requireJob(c, deps);
  const name = c.req.param('name') ?? '';
  const schema = requireSignal(job, name, deps);
  const key = idempotencyKeyOf(c);
  const payload = await readOptionalJsonBody(c.req, null);
  parseBody(schema, payload, `The payload of the signal "${name}"`); // kept as it was sent: the worker parses it by its own contract
  const sent = await sendSignal(job, { name, key, payload, by: c.var.caller.owner }, deps);
  switch (sent.kind) {
    case 'accepted':
      if (sent.isReplay) c.header('idempotent-replayed', 'true');
      setRetryAfter(c, sent.job, deps);
      return c.json(await toJobResource(sent.job, deps), 202);
    case 'already-ended':
      throw new ProblemError('job-already-ended', {
        detail: `The job has already ended as ${sent.job.status}, so nothing would receive the signal.`,
      });
    case 'key-reused':
      throw new ProblemError('idempotency-key-reused', {
        detail: 'Another signal was sent to this job with the same Idempotency-Key before.',
      });
    case 'too-many':
      throw new ProblemError('too-many-signals', { detail: `A job may be sent ${maxSignals} signals.` });
    case 'busy':
      throw new UnavailableError('Too many concurrent updates to this job; send the signal again.');
  }
}

/** @throws ProblemError `job-type-removed`, `signal-not-found` */
function requireSignal(job: Job, name: string, deps: ApiDeps): z.ZodType {
  const contract = contractOf(job, deps);
  if (contract === undefined)
    throw new ProblemError('job-type-removed', {
      detail: `The job type ${job.type} is no longer deployed, so nothing would receive a signal.`,
    });
  const { signals = {} } = contract;
  const schema = Object.hasOwn(signals, name) ? signals[name] : undefined;
  if (schema !== undefined) return schema;
  const known = Object.keys(signals);
  const others = known.length === 0 ? 'It has none.' : `It has: ${known.join(', ')}.`;
  throw new ProblemError('signal-not-found', { detail: `The job type ${job.type} has no signal "${truncate(name, 80)}". ${others}` });
}
