/** `POST /v1/jobs/batch`: up to 100 submissions in one request, each decided independently. */
import * as z from 'zod';
import { deriveJobId, type IdSource } from '../../core/job/ids.ts';
import { isTerminal } from '../../core/job/states.ts';
import { isExactNumber } from '../../text/exact-json.ts';
import { type Acceptance, acceptRequests, type SubmissionRequest, unavailableProblem } from '../accept.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import type { BatchResultResource } from '../openapi/resource-schemas.ts';
import { originOf } from '../origin.ts';
import { ProblemError, toProblem } from '../problem.ts';
import { batchSchema } from '../request/body-schemas.ts';
import { idempotencyKeyOf } from '../request/idempotency-key.ts';
import { maxBodyBytes, readJsonBody } from '../request/read-body.ts';
import { traceOf } from '../request/trace-context.ts';
import { collectViolations, describeViolations, schemaViolations } from '../request/violations.ts';
import { toJobResource } from '../resources/job-view.ts';

/**
 * A hundred submissions of 30 KB. A body comes within the JSON of an event, which Lambda takes up to 6,291,456 bytes of. There each quote and backslash
 * of it is escaped, so it may take twice its size; as Base64, for other types than `application/json`, a third more. About 200 KB are left for the rest.
 */
export const maxBatchBytes = 3_000_000;

/** A hundred items with a hundred violations each would be more than the 6 MB that a function may answer. */
const maxErrorsOfItem = 20;

/** A name that is printable, as in the header. */
const itemKey = z.string().regex(/^[\x20-\x7e]{1,255}$/);

export async function submitBatchRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { owner } = c.var.caller;
  const key = idempotencyKeyOf(c);
  const given = await readJsonBody(c.req, maxBatchBytes);
  const body = batchSchema.safeParse(given);
  const violations = collectViolations(schemaViolations(given, body, []));
  if (!body.success || violations.count > 0) throw new ProblemError('invalid-submission', describeViolations('The batch', violations));
  const requests = body.data.jobs.map((item, position) => toRequest(item, { owner, key, position }, deps));
  const valid = requests.flatMap((request) => (request instanceof ProblemError ? [] : [request]));
  const { outcomes, headers } = await acceptRequests(valid, { owner, ...traceOf(c) }, deps);
  const decided = new Map(valid.map((request, i) => [request, outcomes[i]]));
  const results = requests.map((request, position) => {
    const outcome = request instanceof ProblemError ? ({ kind: 'refused', problem: request } as const) : decided.get(request);
    return toResult(outcome, position, c, deps);
  });
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  return c.json({ results: await Promise.all(results) });
}

interface Item {
  readonly owner: string;
  /** The key of the whole request. */
  readonly key: string | undefined;
  readonly position: number;
}

/** Reads an item's own key, and derives the job's id from it, or from the key of the request and the position. */
function toRequest(item: unknown, { owner, key, position }: Item, deps: ApiDeps): SubmissionRequest | ProblemError {
  const isObject = typeof item === 'object' && item !== null && !Array.isArray(item) && !isExactNumber(item);
  const { idempotencyKey: own, ...members } = isObject ? (item as Readonly<Record<string, unknown>>) : {};
  const body = isObject ? members : item;
  // The text of the item is not at hand any more. Without white space it is no longer than that.
  const sizeBytes = Buffer.byteLength(JSON.stringify(body));
  if (sizeBytes > maxBodyBytes) {
    const detail = `A submission must be at most ${maxBodyBytes} bytes of JSON, in a batch as alone (was ${sizeBytes}). Put large data in S3 and name it in the input.`;
    return new ProblemError('body-too-large', { detail });
  }
  if (own === undefined) {
    const source: IdSource = key === undefined ? { kind: 'token', token: deps.runtime.newToken() } : { kind: 'batch', key, position };
    return { id: deriveJobId(owner, source), hasKey: key !== undefined, body };
  }
  const parsed = itemKey.safeParse(own);
  if (parsed.success) return { id: deriveJobId(owner, { kind: 'key', key: parsed.data }), hasKey: true, body };
  return new ProblemError('malformed-idempotency-key', { detail: 'idempotencyKey must be a text of 1 to 255 printable ASCII characters.' });
}

async function toResult(outcome: Acceptance | undefined, position: number, c: ApiContext, deps: ApiDeps): Promise<BatchResultResource> {
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
