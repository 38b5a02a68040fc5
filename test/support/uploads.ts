/** Uploads as a caller sends them, and wrongly on purpose. */
import { createHash } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { text } from 'node:stream/consumers';
import type { Answer, HttpClient } from './http-client.ts';

export interface Place {
  readonly id: string;
  readonly source: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly expiresAt: string;
}

export const sha256 = (bytes: string | Uint8Array): string => createHash('sha256').update(bytes).digest('base64');

const requestTo = (url: string) => (url.startsWith('https:') ? httpsRequest : httpRequest);

/** Asks for a place. */
export function announce(client: HttpClient, bytes: string | Uint8Array, more: object = {}): Promise<Answer<Place>> {
  const body = { sizeBytes: Buffer.byteLength(bytes), sha256: sha256(bytes), contentType: 'text/csv', ...more };
  return client.request<Place>('POST', '/v1/uploads', { body });
}

/** Sends bytes to a place. Node's own client, since `fetch` sends no length but that of the body. */
export function send({ method, url, headers }: Place, bytes: string | Uint8Array, changes: Readonly<Record<string, string>> = {}) {
  return new Promise<{ readonly status: number; readonly text: string }>((resolve, reject) => {
    const sent = requestTo(url)(url, { method, headers: { ...headers, 'content-length': String(Buffer.byteLength(bytes)), ...changes } });
    sent.once('error', reject);
    sent.once('response', async (response) => resolve({ status: response.statusCode ?? 0, text: await text(response) }));
    sent.end(bytes);
  });
}

/** Sends the first bytes and breaks the connection off. */
export async function sendPart({ method, url, headers }: Place, bytes: string | Uint8Array): Promise<void> {
  await new Promise<void>((resolve) => {
    const sent = requestTo(url)(url, { method, headers });
    sent.once('error', () => resolve());
    sent.once('close', () => resolve());
    sent.write(bytes, () => setTimeout(() => sent.destroy(), 100));
  });
}

/** @returns what the input of a job names the uploaded bytes by */
export async function upload(client: HttpClient, bytes: string | Uint8Array, more: object = {}): Promise<string> {
  const place = (await announce(client, bytes, more)).body;
  const { status, text: answer } = await send(place, bytes);
  if (status !== 200) throw new Error(`The upload was answered with ${status}: ${answer}`);
  return place.source;
}
