/** From the bytes of a request to a value, or to the problem that says what is wrong with them. */
import { duplicateMembers } from '../../text/duplicate-members.ts';
import { jsonDepth, maxJsonDepth, parseExactJson } from '../../text/exact-json.ts';
import { truncate } from '../../text/truncate.ts';
import { jsonPointer, ProblemError } from '../problem.ts';
import { decodeContent } from './content-encoding.ts';
import { describeViolations, maxViolations } from './violations.ts';

/** A submission's largest body, decompressed; larger inputs belong in S3. */
export const maxBodyBytes = 1_048_576;

export interface JsonRequest {
  header(name: string): string | undefined;
  arrayBuffer(): Promise<ArrayBuffer>;
}

/** @throws ProblemError `unsupported-media-type`, `malformed-encoding`, `body-too-large`, `malformed-json` or `duplicate-member` */
export async function readJsonBody(request: JsonRequest, maxBytes = maxBodyBytes): Promise<unknown> {
  const contentType = request.header('content-type') ?? '';
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType.trim())) {
    throw new ProblemError('unsupported-media-type', {
      detail: `Send the body as application/json (was ${contentType === '' ? 'sent without a Content-Type' : truncate(contentType, 100)}).`,
      headers: { accept: 'application/json' },
    });
  }
  const text = decodeUtf8(await readContent(request, maxBytes));
  if (jsonDepth(text) > maxJsonDepth) {
    throw new ProblemError('malformed-json', { detail: `The JSON is nested deeper than ${maxJsonDepth} levels.` });
  }
  const value = parse(text);
  refuseDuplicates(text);
  return value;
}

/** @returns `whenEmpty` for a request without a body, regardless of its Content-Type. @param whenEmpty @default an empty object */
export async function readOptionalJsonBody(request: JsonRequest, whenEmpty: unknown = {}): Promise<unknown> {
  return (await request.arrayBuffer()).byteLength === 0 ? whenEmpty : readJsonBody(request);
}

/** @returns a body of another type than JSON @throws ProblemError `malformed-encoding`, `body-too-large` or `malformed-json` where it is not UTF-8 */
export async function readTextBody(request: JsonRequest): Promise<string> {
  return decodeUtf8(await readContent(request, maxBodyBytes));
}

async function readContent(request: JsonRequest, maxBytes: number): Promise<Uint8Array> {
  const body = new Uint8Array(await request.arrayBuffer());
  const content = await decodeContent(body, request.header('content-encoding') ?? '', maxBytes);
  if (content !== 'too-large') return content;
  const was = body.byteLength > maxBytes ? `was ${body.byteLength}` : `${body.byteLength} of gzip become more`;
  throw new ProblemError('body-too-large', {
    detail: `The body must be at most ${maxBytes} bytes (${was}). Put large data in S3, or upload it (POST /v1/uploads), and name it in the input.`,
  });
}

/** Decodes strictly: otherwise bytes that are not UTF-8 would be replaced by another character without notice. */
function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ProblemError('malformed-json', { detail: 'The body is not UTF-8, the encoding of JSON (RFC 8259).' });
  }
}

function parse(text: string): unknown {
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new ProblemError('malformed-json', {
      detail: `The body is not JSON: ${error instanceof Error ? error.message.toWellFormed() : 'unreadable'}`,
    });
  }
}

/** Refuses a member that is given twice: parsers disagree about which of its values counts. */
function refuseDuplicates(text: string): void {
  const { count, paths } = duplicateMembers(text, maxViolations);
  if (count === 0) return;
  const errors = paths.map((path) => ({ pointer: jsonPointer(path), detail: 'is given more than once in its object' }));
  throw new ProblemError('duplicate-member', describeViolations('The body', { count, errors }));
}
