/** `ctx.signalUrl`: a link by which somebody without credentials sends a signal. */
import type { z } from 'zod';
import { truncate } from '../../text/truncate.ts';
import type { SignalLinkOptions } from '../contract/context.ts';
import { durationMs } from '../contract/duration.ts';
import { PermanentError } from '../contract/errors.ts';
import { parseWithSchema } from '../contract/schema.ts';
import { read } from '../job/error-text.ts';
import { sha256Hex } from '../job/ids.ts';
import type { SignalLink } from '../job/job.ts';
import { toJson } from '../job/json-value.ts';
import { checkDuration, refuseWithin } from './context-input.ts';
import type { ContextParts } from './context-parts.ts';
import { signalSchema } from './signal-schema.ts';
import { type OrParked, parked } from './suspensions.ts';

const minMs = 1_000;
const maxMs = 366 * 86_400_000;
/** It is in the record, where every write pays for it. */
const maxPayloadBytes = 1_024;
const maxGroupLength = 100;
const maxLabelLength = 80;

/**
 * The token is in the journal, so that a replay returns the same address, and its hash is in the record's `links`, which the API reads. One write adds
 * both before the code gets the address, so no address is ever handed out that does not work. The end of the job deletes the journal.
 */
export async function signalUrl(parts: ContextParts, name: string, options: SignalLinkOptions): Promise<OrParked<string>> {
  const { session, journal, suspensions, links, deps, isClosed } = parts;
  refuseWithin('link', 'step', name);
  refuseWithin('link', 'wait', name);
  const schema = signalSchema(parts.contract, name);
  const call = journal.beginNumbered('link', name);
  const known = await journal.recall<string>(call);
  if (known !== undefined) return addressOf(parts, known.value);
  const link = checkLink(schema, name, options);
  const release = journal.reserveLink(call);
  try {
    const { expiresInMs, ...members } = link;
    // Two, for 192 bits.
    const token = `${deps.runtime.newToken()}${deps.runtime.newToken()}`;
    session.redactToken(token);
    const made: SignalLink = { tokenHash: sha256Hex(token), ...members, expiresAtMs: deps.runtime.nowMs() + expiresInMs };
    await journal.saveAndReceive(call, JSON.stringify(token), () => {
      links.push(made);
      return {};
    });
    if (isClosed()) return parked;
    return suspensions.parkIfTimeIsUp() ?? addressOf(parts, token);
  } finally {
    release();
  }
}

/** The id is in the path, which logs hold. The token is in the query, which the access log does not hold. */
function addressOf({ session, deps }: ContextParts, token: string): string {
  if (deps.apiUrl === undefined)
    throw new PermanentError('This worker does not know the address of the API: deploy it with its stack.', { code: 'no_api_url' });
  return `${deps.apiUrl}/v1/links/${session.job.id}?token=${token}`;
}

interface CheckedLink extends Pick<SignalLink, 'signal' | 'payload' | 'group' | 'label'> {
  readonly expiresInMs: number;
}

/** @throws PermanentError for what the code got wrong */
function checkLink(schema: z.ZodType, name: string, options: SignalLinkOptions): CheckedLink {
  const what = `"expiresIn" of the link for signal "${name}"`;
  checkDuration(read(options, 'expiresIn'), what);
  const expiresInMs = durationMs(options.expiresIn);
  if (expiresInMs < minMs || expiresInMs > maxMs)
    throw new PermanentError(`${what} must be 1 second to 366 days (was ${expiresInMs / 1000} s).`, { code: 'invalid_duration' });
  const [group, label] = [textOf(options, 'group', maxGroupLength), textOf(options, 'label', maxLabelLength)];
  const payload = payloadOf(schema, name, read(options, 'payload'));
  return {
    signal: name,
    expiresInMs,
    ...(payload === undefined ? {} : { payload }),
    ...(group === undefined ? {} : { group }),
    ...(label === undefined ? {} : { label }),
  };
}

/** @returns what the link sends, as JSON; undefined for one that does not say @throws PermanentError `invalid_signal` */
function payloadOf(schema: z.ZodType, name: string, payload: unknown): string | undefined {
  if (payload === undefined) return undefined;
  const json = toJson(payload, `The payload of the link for signal "${name}"`, 'invalid_signal');
  const bytes = Buffer.byteLength(json);
  const parsed = parseWithSchema(schema, JSON.parse(json));
  if (parsed.success && bytes <= maxPayloadBytes) return json;
  const { path = [], message = '' } = parsed.error?.issues[0] ?? {};
  const fault = parsed.success
    ? `it has ${bytes} bytes of JSON, and a link may fix ${maxPayloadBytes}`
    : `${path.join('.') || 'it'}: ${message}`;
  throw new PermanentError(`The link for signal "${name}" cannot send its payload: ${fault}.`, { code: 'invalid_signal' });
}

/** @returns a text that the code may leave out @throws PermanentError `invalid_call` */
function textOf(options: SignalLinkOptions, member: 'group' | 'label', maxLength: number): string | undefined {
  const text = read(options, member);
  if (text === undefined) return undefined;
  if (typeof text === 'string' && text !== '' && text.length <= maxLength && text.isWellFormed()) return text;
  const was = typeof text === 'string' ? `"${truncate(text, 40)}"` : typeof text;
  throw new PermanentError(`"${member}" of a link must be a text of 1 to ${maxLength} characters (was ${was}).`, { code: 'invalid_call' });
}
