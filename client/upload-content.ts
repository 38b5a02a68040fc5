/** Uploads: inputs that are too large for a request. */
import type { Transport } from './transport.ts';

/** What `upload` sends. */
export interface UploadOptions {
  /** A media type, e.g. `text/csv`. */
  readonly contentType: string;
  readonly contentEncoding?: 'gzip' | 'zstd';
  readonly signal?: AbortSignal;
}

/** What can be uploaded. */
export type UploadedContent = Blob | Uint8Array<ArrayBuffer> | string;

/** @returns `upload://upl_…` @throws ProblemError; DelegationError `unreachable`; an Error when S3 refuses the bytes */
export async function uploadContent(
  transport: Transport,
  content: UploadedContent,
  { contentType, contentEncoding, signal }: UploadOptions,
): Promise<string> {
  const bytes = await bytesOf(content);
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  const sha256 = btoa(String.fromCharCode(...digest));
  const body = { sizeBytes: bytes.byteLength, sha256, contentType, contentEncoding };
  const answer = await transport.send({ method: 'POST', path: '/v1/uploads', body, signal });
  const { source, url, headers } = answer.body as {
    readonly source: string;
    readonly url: string;
    readonly headers: Readonly<Record<string, string>>;
  };
  const { status, text } = await transport.sendToLink({ method: 'PUT', url, headers, body: bytes, signal });
  // Bytes that an earlier try has stored already are refused with 412, and are there.
  if (status >= 300 && status !== 412) throw new Error(`The upload was refused with ${status}: ${text.slice(0, 300)}`);
  return source;
}

async function bytesOf(content: UploadedContent): Promise<ArrayBuffer | Uint8Array<ArrayBuffer>> {
  if (typeof content === 'string') return new TextEncoder().encode(content);
  return content instanceof Blob ? content.arrayBuffer() : content;
}
