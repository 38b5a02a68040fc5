/** Checks a signal that a caller sends, and sends it. */
import type * as z from 'zod';
import type { JobTypeContract } from '../../core/contract/contract.ts';
import { UnavailableError } from '../../core/contract/errors.ts';
import { maxSignals, type SentSignal, type SignalResult, sendSignal } from '../../core/control/send-signal.ts';
import type { ClosedLink } from '../../core/control/signal-link.ts';
import type { Job } from '../../core/job/job.ts';
import { truncate } from '../../text/truncate.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { parseBody } from './parse-body.ts';
import { readOptionalJsonBody } from './read-body.ts';

const iso = (ms: number) => new Date(ms).toISOString();

export interface SignalTarget {
  readonly job: Job;
  /** Undefined where the job's type is no longer deployed. */
  readonly contract: JobTypeContract | undefined;
}

/** @throws ProblemError where the signal is refused */
export async function takeSignal(c: ApiContext, deps: ApiDeps, { job, contract }: SignalTarget): Promise<SentSignal> {
  const name = c.req.param('name') ?? '';
  const schema = requireSignal(job, name, contract);
  const key = idempotencyKeyOf(c);
  const payload = await readOptionalJsonBody(c.req, null);
  parseBody(schema, payload, `The payload of the signal "${name}"`); // kept as it was sent: the worker parses it by its own contract
  const sent = await sendSignal(job, { name, key, payload, by: c.var.caller.owner }, deps);
  if (sent.kind === 'accepted') return sent;
  throw refusalOf(sent);
}

/** @returns what a sender is answered whose signal was not taken */
export function refusalOf(sent: Exclude<SignalResult, SentSignal>): Error {
  switch (sent.kind) {
    case 'already-ended':
      return new ProblemError('job-already-ended', {
        detail: `The job has already ended as ${sent.job.status}, so nothing would receive the signal.`,
      });
    case 'key-reused':
      return new ProblemError('idempotency-key-reused', {
        detail: 'Another signal was sent to this job with the same Idempotency-Key before.',
      });
    case 'link-closed':
      return linkProblem(sent.link);
    case 'too-many':
      return new ProblemError('too-many-signals', { detail: `A job may be sent ${maxSignals} signals.` });
    case 'busy':
      return new UnavailableError('Too many concurrent updates to this job; send the signal again.');
  }
}

/** @returns what is wrong with a link that cannot be used any more */
export function linkProblem(link: ClosedLink): ProblemError {
  switch (link.reason) {
    case 'used':
      return new ProblemError('link-used', { detail: `This link was used at ${iso(link.signal.atMs)}, and a link works once.` });
    case 'other-used':
      return new ProblemError('link-used', { detail: `Another link was used at ${iso(link.signal.atMs)} in the place of this one.` });
    case 'expired':
      return new ProblemError('link-expired', { detail: `This link was valid until ${iso(link.expiredAtMs)}.` });
  }
}

/** @throws ProblemError `job-type-removed`, `signal-not-found` */
export function requireSignal({ type }: Job, name: string, contract: JobTypeContract | undefined): z.ZodType {
  if (contract === undefined)
    throw new ProblemError('job-type-removed', {
      detail: `The job type ${type} is no longer deployed, so nothing would receive a signal.`,
    });
  const { signals = {} } = contract;
  const schema = Object.hasOwn(signals, name) ? signals[name] : undefined;
  if (schema !== undefined) return schema;
  const known = Object.keys(signals);
  const others = known.length === 0 ? 'It has none.' : `It has: ${known.join(', ')}.`;
  throw new ProblemError('signal-not-found', { detail: `The job type ${type} has no signal "${truncate(name, 80)}". ${others}` });
}
