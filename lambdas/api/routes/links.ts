/**
 * `/v1/links/{id}?token=…`: shows what a link would send, and sends it. No caller is needed: the token is what lets its holder in. A `GET` changes
 * nothing, since programs open the links of a mail before a person does.
 */
import type * as z from 'zod';
import type { UnavailableError } from '../../core/contract/errors.ts';
import { parseWithSchema } from '../../core/contract/schema.ts';
import { sendSignal } from '../../core/control/send-signal.ts';
import { byLink, closedLink, findLink } from '../../core/control/signal-link.ts';
import { isJobId } from '../../core/job/ids.ts';
import type { Job, SignalLink } from '../../core/job/job.ts';
import { isTerminal } from '../../core/job/states.ts';
import { makeRedactor } from '../../core/session/redact.ts';
import { parseExactJson } from '../../text/exact-json.ts';
import { unavailableProblem } from '../accept.ts';
import { type ApiContext, type ApiDeps, contractOf } from '../api-context.ts';
import type { SignalLinkResource } from '../openapi/resource-schemas.ts';
import { originOf } from '../origin.ts';
import { isProblem, ProblemError, problemResponse } from '../problem.ts';
import { problems } from '../problems.ts';
import { readLinkBody } from '../request/link-body.ts';
import { parseBody } from '../request/parse-body.ts';
import { parameter } from '../request/query-parameters.ts';
import { linkProblem, refusalOf, requireSignal } from '../request/take-signal.ts';
import { linkFieldsOf } from '../resources/link-fields.ts';
import { linkHeaders, offerPage, problemPage, sentPage } from '../resources/link-page.ts';

/** A link that its token has opened. */
interface OpenedLink {
  readonly job: Job;
  readonly link: SignalLink;
  /** The place of the link in the record. */
  readonly index: number;
}

export function showLink(c: ApiContext, deps: ApiDeps): Promise<Response> {
  return answering(c, async () => {
    const opened = await openLink(c, deps);
    const { job, link, index } = opened;
    const closed = closedLink(job, index, deps.runtime.nowMs());
    if (closed !== undefined) throw linkProblem(closed);
    if (isTerminal(job.status)) throw refusalOf({ kind: 'already-ended', job });
    const resource = presentLink(opened, fixedPayload(link), deps);
    if (!asksForPage(c)) return c.json(resource);
    const fields = resource.needsPayload ? linkFieldsOf(requireSignal(job, link.signal, contractOf(job, deps))) : [];
    return c.html(offerPage(resource, fields));
  });
}

export function useLink(c: ApiContext, deps: ApiDeps): Promise<Response> {
  return answering(c, async () => {
    const opened = await openLink(c, deps);
    const { job, link, index } = opened;
    const closed = closedLink(job, index, deps.runtime.nowMs());
    // One that was used is compared with its use: a repeated request has the same answer.
    if (closed !== undefined && closed.reason !== 'used') throw linkProblem(closed);
    const schema = requireSignal(job, link.signal, contractOf(job, deps));
    const payload = await payloadOf(c, link, schema);
    parseBody(schema, payload, `The payload of the signal "${link.signal}"`); // kept as it was sent
    const sent = await sendSignal(job, { name: link.signal, link: index, payload, by: byLink }, deps);
    if (sent.kind === 'key-reused') throw new ProblemError('link-used-otherwise', { detail: 'This link has sent something else already.' });
    if (sent.kind !== 'accepted') throw refusalOf(sent);
    if (sent.isReplay) c.header('idempotent-replayed', 'true');
    const resource = presentLink({ ...opened, job: sent.job }, payload, deps);
    return asksForPage(c) ? c.html(sentPage(resource), 202) : c.json(resource, 202);
  });
}

/** Each reason has the same answer, so that it does not say which jobs there are. @throws ProblemError `link-not-found` */
async function openLink(c: ApiContext, { store, runtime }: ApiDeps): Promise<OpenedLink> {
  const id = c.req.param('id') ?? '';
  const token = parameter(c, 'token');
  const job = token !== undefined && isJobId(id) ? await store.get(id, runtime.nowMs()) : undefined;
  const found = token === undefined || job === undefined ? undefined : findLink(job, token);
  if (job === undefined || found === undefined)
    throw new ProblemError('link-not-found', { detail: 'There is no such link. Its address may be incomplete: copy all of it.' });
  return { job, ...found };
}

function fixedPayload({ payload }: SignalLink): unknown {
  return payload === undefined ? null : parseExactJson(payload);
}

/** @returns what a request sends: what is fixed, or its body @throws ProblemError for a body where the payload is fixed */
async function payloadOf(c: ApiContext, link: SignalLink, schema: z.ZodType): Promise<unknown> {
  const given = await readLinkBody(c.req, schema);
  if (link.payload === undefined) return given;
  if (given === null) return fixedPayload(link);
  throw new ProblemError('invalid-submission', { detail: 'What this link sends is fixed: send the request without a body.' });
}

/** @param payload what the link sends */
function presentLink({ job, link, index }: OpenedLink, payload: unknown, deps: ApiDeps): SignalLinkResource {
  const contract = contractOf(job, deps);
  const schema = requireSignal(job, link.signal, contract);
  const use = job.signals?.find((signal) => signal.link?.index === index);
  return {
    signal: link.signal,
    label: link.label ?? null,
    jobType: job.type,
    description: contract?.description ?? '',
    payload: makeRedactor(contract?.redact ?? [], payload).value(payload),
    needsPayload: link.payload === undefined && !parseWithSchema(schema, null).success,
    expiresAt: new Date(link.expiresAtMs).toISOString(),
    usedAt: use === undefined ? null : new Date(use.atMs).toISOString(),
  };
}

/** Answers with what `answer` returns, or with the problem that it throws, as a page or as JSON. */
async function answering(c: ApiContext, answer: () => Promise<Response>): Promise<Response> {
  for (const [name, value] of Object.entries(linkHeaders)) c.header(name, value);
  try {
    return await answer();
  } catch (error) {
    const { problem, options } = problemOf(error);
    if (!asksForPage(c)) {
      const response = problemResponse(problem, options, { path: c.req.path, origin: originOf(c.req.url) });
      for (const [name, value] of Object.entries(linkHeaders)) response.headers.set(name, value);
      return response;
    }
    const { status, title } = problems[problem];
    const faults = (options.errors ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);
    return c.html(problemPage(title, [options.detail, ...faults].join(' ')), { status, headers: options.headers ?? {} });
  }
}

// By its name: this part has classes of its own.
const unavailable: UnavailableError['name'] = 'UnavailableError';

/** @throws what is not a problem of the request */
function problemOf(error: unknown): ProblemError {
  if (!(error instanceof Error)) throw error;
  if (isProblem(error)) return error;
  if (error.name === unavailable) return unavailableProblem();
  throw error;
}

/** Browsers name HTML among what they accept; programs that name nothing, or anything, get JSON. */
function asksForPage(c: ApiContext): boolean {
  return /\btext\/html\b/i.test(c.req.header('accept') ?? '');
}
