/** `POST /v1/jobs/batch`: up to 100 submissions in one request, each decided independently. */
import { deriveJobId, type IdSource } from '../../core/job/ids.ts';
import { acceptRequests, type SubmissionRequest } from '../accept.ts';
import type { ApiContext, ApiDeps } from '../api-context.ts';
import { ProblemError } from '../problem.ts';
import { readItem, toResult } from '../request/batch-items.ts';
import { batchSchema } from '../request/body-schemas.ts';
import { idempotencyKeyOf } from '../request/idempotency-key.ts';
import { readJsonBody } from '../request/read-body.ts';
import { traceOf } from '../request/trace-context.ts';
import { collectViolations, describeViolations, schemaViolations } from '../request/violations.ts';

/**
 * A hundred submissions of 30 KB. A body comes within the JSON of an event, which Lambda takes up to 6,291,456 bytes of. There each quote and backslash
 * of it is escaped, so it may take twice its size; as Base64, for other types than `application/json`, a third more. About 200 KB are left for the rest.
 */
export const maxBatchBytes = 3_000_000;

export async function submitBatchRoute(c: ApiContext, deps: ApiDeps): Promise<Response> {
  const { owner } = c.var.caller;
  const key = idempotencyKeyOf(c);
  const given = await readJsonBody(c.req, maxBatchBytes);
  const body = batchSchema.safeParse(given);
  const violations = collectViolations(schemaViolations(given, body, []));
  if (!body.success || violations.count > 0) throw new ProblemError('invalid-submission', describeViolations('The batch', violations));
  const { group, jobs } = body.data;
  if (group !== undefined) return (await import('#group-part')).submitToGroup(c, deps, { group, jobs, key });
  const requests = jobs.map((item, position) => toRequest(item, { owner, key, position }, deps));
  const valid = requests.flatMap((request) => (request instanceof ProblemError ? [] : [request]));
  const { outcomes, headers } = await acceptRequests(valid, { owner, ...traceOf(c) }, deps);
  const decided = new Map(valid.map((request, i) => [request, outcomes[i]]));
  const results = requests.map((request, position) => {
    const outcome = request instanceof ProblemError ? ({ kind: 'refused', problem: request } as const) : decided.get(request);
    return toResult(outcome, position, c, deps);
  });
  for (const [name, value] of Object.entries(headers)) c.header(name, value);
  return c.json({ group: null, results: await Promise.all(results) });
}

interface Item {
  readonly owner: string;
  /** The key of the whole request. */
  readonly key: string | undefined;
  readonly position: number;
}

/** Derives the job's id from the item's own key, or from the key of the request and the position. */
function toRequest(given: unknown, { owner, key, position }: Item, deps: ApiDeps): SubmissionRequest | ProblemError {
  const item = readItem(given);
  if (item instanceof ProblemError) return item;
  const { body, key: own } = item;
  if (own !== undefined) return { id: deriveJobId(owner, { kind: 'key', key: own }), hasKey: true, body };
  const source: IdSource = key === undefined ? { kind: 'token', token: deps.runtime.newToken() } : { kind: 'batch', key, position };
  return { id: deriveJobId(owner, source), hasKey: key !== undefined, body };
}
