/**
 * S3 for the uploads of callers. fauxqs neither checks signed links and checksums nor knows tags, and takes at most 11 MiB; this answers in its
 * place, with files on disk.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { localCredentials } from './emulator-environment.ts';
import { isSignedLink, type Refusal, refusalOfLink } from './signed-link.ts';

/** A bucket, and the key of an upload in it: folder, owner, id. */
const uploadPath = /^\/[a-z0-9.-]+\/uploads\/[0-9a-f]{32}\/upl_[0-9a-z]+$/;
const kept = ['content-type', 'content-encoding', 'x-amz-checksum-sha256'] as const;

interface Meta {
  readonly etag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly tags: string;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly url: URL;
  /** Where the object is. */
  readonly path: string;
}

type Answer = { readonly status: number; readonly headers?: Readonly<Record<string, string | number>>; readonly body?: string };

const noSuchKey: Refusal = { status: 404, code: 'NoSuchKey', message: 'The specified key does not exist.' };
const preconditionFailed: Refusal = {
  status: 412,
  code: 'PreconditionFailed',
  message: 'At least one of the pre-conditions you specified did not hold',
};

export class UploadEndpoint {
  private readonly folder: string;
  private readonly isTemporary: boolean;
  private parts = 0;

  /** @param folder keeps the uploads; without it they end with this process */
  constructor(folder?: string) {
    this.isTemporary = folder === undefined;
    this.folder = folder ?? mkdtempSync(join(tmpdir(), 'delegation-uploads-'));
  }

  /** Answers the requests about uploads that a server receives; all others are answered as before. */
  answerFor(server: Server): void {
    const [other] = server.listeners('request');
    if (other === undefined) return;
    server.removeAllListeners('request');
    server.on('request', (request, response) => {
      const url = new URL(request.url ?? '/', `http://${request.headers.host ?? 'localhost'}`);
      if (!uploadPath.test(url.pathname)) return Reflect.apply(other, server, [request, response]);
      void this.answer({ request, response, url, path: join(this.folder, url.pathname) });
    });
  }

  stop(): void {
    if (this.isTemporary) rmSync(this.folder, { recursive: true, force: true });
  }

  private async answer(exchange: Exchange): Promise<void> {
    const { request, response } = exchange;
    try {
      const answer = await this.decide(exchange);
      if (answer === 'sent') return;
      request.resume();
      respond(response, 'code' in answer ? refused(answer, request) : answer);
    } catch (error) {
      response.destroy(error as Error);
    }
  }

  private async decide(exchange: Exchange): Promise<Answer | Refusal | 'sent'> {
    const { request, url, path } = exchange;
    const refusal = isSignedLink(url) ? refusalOfLink(request, url, localCredentials) : undefined;
    if (refusal !== undefined) return refusal;
    const isTagging = url.searchParams.has('tagging');
    const meta = readMeta(path);
    if (request.method === 'PUT' && !isTagging) return this.put(exchange, meta);
    if (meta === undefined) return noSuchKey;
    if (request.method === 'PUT') return putTags(exchange, meta);
    if (request.method === 'DELETE') {
      rmSync(path);
      rmSync(metaPath(path));
      return { status: 204 };
    }
    return isTagging ? { status: 200, body: meta.tags } : get(exchange, meta);
  }

  private async put({ request, path }: Exchange, existing: Meta | undefined): Promise<Answer | Refusal> {
    if (request.headers['if-none-match'] === '*' && existing !== undefined) return preconditionFailed;
    mkdirSync(dirname(path), { recursive: true });
    const part = `${path}.part-${++this.parts}`;
    const hash = createHash('sha256');
    request.on('data', (piece: Buffer) => hash.update(piece));
    try {
      await pipeline(request, createWriteStream(part));
    } catch (error) {
      rmSync(part, { force: true }); // the connection broke: nothing is stored
      throw error;
    }
    const sha256 = hash.digest('base64');
    const announced = request.headers['x-amz-checksum-sha256'] ?? sha256;
    if (announced !== sha256) {
      rmSync(part);
      return { status: 400, code: 'BadDigest', message: 'The SHA256 you specified did not match the calculated checksum.' };
    }
    // Another request may have been faster.
    if (request.headers['if-none-match'] === '*' && readMeta(path) !== undefined) {
      rmSync(part);
      return preconditionFailed;
    }
    const headers = Object.fromEntries(
      kept.flatMap((name) => (request.headers[name] === undefined ? [] : [[name, String(request.headers[name])]])),
    );
    const etag = `"${createHash('md5').update(`${sha256} ${Date.now()}`).digest('hex')}"`;
    const tags = new URLSearchParams(String(request.headers['x-amz-tagging'] ?? ''));
    renameSync(part, path);
    writeMeta(path, { etag, headers, tags: taggingXml([...tags]) });
    return { status: 200, headers: { etag } };
  }
}

async function putTags({ request, path }: Exchange, meta: Meta): Promise<Answer> {
  writeMeta(path, { ...meta, tags: await text(request) });
  return { status: 200 };
}

async function get({ request, response, path }: Exchange, { etag, headers }: Meta): Promise<Refusal | 'sent'> {
  const { size } = statSync(path);
  if (request.headers['if-match'] !== undefined && request.headers['if-match'] !== etag) return preconditionFailed;
  const [, from = '0', to = String(size - 1)] = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '') ?? [];
  const [start, end] = [Number(from), Math.min(Number(to), size - 1)];
  if (start >= size) return { status: 416, code: 'InvalidRange', message: 'The requested range is not satisfiable' };
  const isPart = request.headers.range !== undefined;
  // S3 shows the checksum to those who ask for it, and of whole objects alone.
  const { 'x-amz-checksum-sha256': sha256, ...others } = headers;
  const isAsked = !isPart && String(request.headers['x-amz-checksum-mode']).toUpperCase() === 'ENABLED';
  response.writeHead(isPart ? 206 : 200, {
    ...others,
    ...(isAsked && sha256 !== undefined ? { 'x-amz-checksum-sha256': sha256, 'x-amz-checksum-type': 'FULL_OBJECT' } : {}),
    ...(isPart ? { 'content-range': `bytes ${start}-${end}/${size}` } : {}),
    'content-length': end - start + 1,
    etag,
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(path, { start, end }), response);
  return 'sent';
}

function respond(response: ServerResponse, { status, headers = {}, body = '' }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/xml', 'content-length': Buffer.byteLength(body), ...headers });
  response.end(body);
}

function refused({ status, code, message }: Refusal, { method }: IncomingMessage): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  return { status, ...(method === 'HEAD' ? {} : { body }) };
}

function taggingXml(tags: readonly (readonly [string, string])[]): string {
  const set = tags.map(([key, value]) => `<Tag><Key>${key}</Key><Value>${value}</Value></Tag>`).join('');
  return `<?xml version="1.0" encoding="UTF-8"?>\n<Tagging><TagSet>${set}</TagSet></Tagging>`;
}

const metaPath = (path: string) => `${path}.json`;

function readMeta(path: string): Meta | undefined {
  try {
    return JSON.parse(readFileSync(metaPath(path), 'utf8')) as Meta;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** In one step, so that a process that is killed leaves the old or the new text. */
function writeMeta(path: string, meta: Meta): void {
  writeFileSync(`${path}.new`, JSON.stringify(meta));
  renameSync(`${path}.new`, metaPath(path));
}
