/** Undoes the `Content-Encoding` of a request's body. @see https://www.rfc-editor.org/rfc/rfc9110#section-8.4 */
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { truncate } from '../../text/truncate.ts';
import { ProblemError } from '../problem.ts';

const inflate = promisify(gunzip);

/**
 * @param maxBytes decompression stops beyond it, however small the compressed body is
 * @returns the content, or `too-large`
 * @throws ProblemError `unsupported-media-type` or `malformed-encoding`
 */
export async function decodeContent(body: Uint8Array, contentEncoding: string, maxBytes: number): Promise<Uint8Array | 'too-large'> {
  const codings = contentEncoding.split(',').map((coding) => coding.trim().toLowerCase());
  const [coding = '', ...others] = codings.filter((name) => name !== '' && name !== 'identity');
  if (coding === '') return body.byteLength > maxBytes ? 'too-large' : body;
  if (others.length > 0 || (coding !== 'gzip' && coding !== 'x-gzip')) {
    throw new ProblemError('unsupported-media-type', {
      detail: `Content-Encoding must be gzip, or left out (was "${truncate(contentEncoding, 100)}").`,
      // What an answer of this kind says of codings: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
      headers: { 'accept-encoding': 'gzip, identity' },
    });
  }
  try {
    return await inflate(body, { maxOutputLength: maxBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') return 'too-large';
    throw new ProblemError('malformed-encoding', { detail: describeGzipError(body, error as Error) });
  }
}

/** What becomes of the two bytes that every gzip stream begins with where they are taken for UTF-8: the second is none. */
const magicAsText = Buffer.from([0x1f, 0xef, 0xbf, 0xbd]);

function describeGzipError(body: Uint8Array, { message }: Error): string {
  if (magicAsText.equals(body.subarray(0, magicAsText.length)))
    return 'The compressed body was taken for text on its way, and its bytes are lost. Send it as Content-Type: application/vnd.delegation+json, or without Content-Encoding.';
  return `The body is not a whole gzip stream, as its Content-Encoding says: ${message}.`;
}
