/** Writes the result of a job, or a file that it wrote: also one of many gigabytes, without holding it. */
import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { stringifyExact } from '../client/unrounded-json.ts';
import type { ApiSession } from './api-session.ts';
import type { CommandIo } from './command-io.ts';

interface ResultOptions {
  readonly io: CommandIo;
  /** The name of a file of the job, in place of the result. */
  readonly file?: string | undefined;
  /** A path to write to, in place of standard output. */
  readonly to?: string | undefined;
}

/** @throws ProblemError `job-not-finished`, `no-result` and the like; Error where it cannot be written, which leaves no half of a file behind */
export async function printResult({ client }: ApiSession, id: string, { io, file, to }: ResultOptions): Promise<void> {
  const path = `/v1/jobs/${encodeURIComponent(id)}/${file === undefined ? 'result' : `files/${encodeURIComponent(file)}`}`;
  const answer = await client.send({ method: 'GET', path, signal: io.signal });
  const location = answer.headers.get('location');
  if (answer.status !== 303 || location === null)
    return write(Readable.from([`${stringifyExact(answer.body, io.out.isTerminal && to === undefined ? 2 : 0)}\n`]), io, to);
  // The address is a permission of its own, and S3 refuses any other credentials.
  const response = await fetch(location, { signal: io.signal });
  if (!response.ok || response.body === null)
    throw new Error(`The content could not be read from its link: ${response.status} ${(await response.text()).slice(0, 300)}`);
  await write(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), io, to);
}

async function write(content: Readable, { out, cwd, signal }: CommandIo, to: string | undefined): Promise<void> {
  if (to === undefined) {
    for await (const chunk of content) await out.write(chunk as string | Uint8Array);
    return;
  }
  const path = resolve(cwd, to);
  const half = `${path}.part`;
  try {
    await pipeline(content, createWriteStream(half), { signal });
    await rename(half, path);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}
