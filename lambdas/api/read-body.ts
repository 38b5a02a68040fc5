/** From the bytes of a request to a value, or to the problem that says what is wrong with them. */
import { deepestJson, jsonDepth, parseExactJson } from '../core/exact-json.ts';
import { shorten } from '../core/shorten.ts';
import { ProblemError } from './problem.ts';

/** A submission's largest body; larger inputs belong in S3. */
export const largestBodyBytes = 1_048_576;

/** @throws ProblemError `unsupported-media-type`, `body-too-large` or `malformed-json` */
export async function readJsonBody(request: {
  header(name: string): string | undefined;
  arrayBuffer(): Promise<ArrayBuffer>;
}): Promise<unknown> {
  const contentType = request.header('content-type') ?? '';
  if (!/^application\/(?:[\w.+-]+\+)?json\s*(?:;|$)/i.test(contentType.trim())) {
    throw new ProblemError('unsupported-media-type', {
      detail: `Send the body as application/json (was ${contentType === '' ? 'sent without a Content-Type' : shorten(contentType, 100)}).`,
      headers: { accept: 'application/json' },
    });
  }
  const bytes = await request.arrayBuffer();
  const sizeBytes = bytes.byteLength;
  if (sizeBytes > largestBodyBytes) {
    throw new ProblemError('body-too-large', {
      detail: `A submission must be at most ${largestBodyBytes} bytes (was ${sizeBytes}). Put large data in S3 and name it in the input.`,
    });
  }
  const text = decodeUtf8(bytes);
  if (jsonDepth(text) > deepestJson) {
    throw new ProblemError('malformed-json', { detail: `The JSON is nested deeper than ${deepestJson} levels.` });
  }
  try {
    return parseExactJson(text);
  } catch (error) {
    throw new ProblemError('malformed-json', { detail: `The body is not JSON: ${error instanceof Error ? error.message : 'unreadable'}` });
  }
}

/** Bytes that are no UTF-8 would be replaced by another character without a word. */
function decodeUtf8(bytes: ArrayBuffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw new ProblemError('malformed-json', { detail: 'The body is not UTF-8, the encoding of JSON (RFC 8259).' });
  }
}
