/** What the requests of a batch share, whether or not their jobs are a group: its items, and what is answered for each. */
import * as z from 'zod';
import { isTerminal } from '../../core/job/states.ts';
import { isExactNumber } from '../../text/exact-json.ts';
import { type Acceptance, unavailableProblem } from '../accept.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import type { BatchResultResource } from '../openapi/resource-schemas.ts';
import { originOf } from '../origin.ts';
import { ProblemError, toProblem } from '../problem.ts';
import { toJobResource } from '../resources/job-view.ts';
import { maxBodyBytes } from './read-body.ts';

/** A hundred items with a hundred violations each would be more than the 6 MB that a function may answer. */
const maxErrorsOfItem = 20;

/** A name that is printable, as in the header. */
const itemKey = z.string().regex(/^[\x20-\x7e]{1,255}$/);

export interface BatchItem {
  /** The submission, as it would come alone. */
  readonly body: unknown;
  /** The idempotency key of the item, which is well-formed; undefined if it has none. */
  readonly key: string | undefined;
}

/** Takes an item apart. @returns the problem where it is too large, or its key is malformed */
export function readItem(item: unknown): BatchItem | ProblemError {
  const isObject = typeof item === 'object' && item !== null && !Array.isArray(item) && !isExactNumber(item);
  const { idempotencyKey: own, ...members } = isObject ? (item as Readonly<Record<string, unknown>>) : {};
  const body = isObject ? members : item;
  // The text of the item is not at hand any more. Without white space it is no longer than that.
  const sizeBytes = Buffer.byteLength(JSON.stringify(body));
  if (sizeBytes > maxBodyBytes) {
    const detail = `A submission must be at most ${maxBodyBytes} bytes of JSON, in a batch as alone (was ${sizeBytes}). Put large data in S3 and name it in the input.`;
    return new ProblemError('body-too-large', { detail });
  }
  if (own === undefined) return { body, key: undefined };
  const parsed = itemKey.safeParse(own);
  if (parsed.success) return { body, key: parsed.data };
  return new ProblemError('malformed-idempotency-key', { detail: 'idempotencyKey must be a text of 1 to 255 printable ASCII characters.' });
}

/** @returns what is answered for one item */
export async function toResult(
  outcome: Acceptance | undefined,
  position: number,
  c: ApiContext,
  deps: ApiDeps,
): Promise<BatchResultResource> {
  if (outcome?.kind === 'accepted') {
    const { job, isReplay, isJoined = false } = outcome;
    const status = isReplay && isTerminal(job.status) ? 200 : 202;
    return { status, isReplay, isJoined, job: await toJobResource(job, deps), problem: null };
  }
  const { problem: code, options } = outcome?.problem ?? unavailableProblem();
  const within = `#/jobs/${position}`;
  const errors = options.errors
    ?.slice(0, maxErrorsOfItem)
    .map(({ pointer, detail }) => ({ pointer: `${within}${pointer.slice(1)}`, detail }));
  const detail = options.detail.replace(/^#(?=\/)/, within);
  const problem = toProblem(
    code,
    { detail, ...(errors === undefined ? {} : { errors }) },
    { path: c.req.path, origin: originOf(c.req.url) },
  );
  return { status: problem.status, isReplay: false, isJoined: false, job: null, problem };
}
