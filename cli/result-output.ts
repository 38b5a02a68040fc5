/** Writes the result of a job, or a file that it wrote: also one of many gigabytes, without holding it. */
import { randomUUID } from 'node:crypto';
import { createWriteStream, statSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ApiSession } from './api-session.ts';
import { CommandError, UsageError } from './command.ts';
import type { CommandIo, Output } from './command-io.ts';
import { exitCodes } from './exit-codes.ts';
import { jsonText } from './pick-fields.ts';
import { plainLines } from './text-style.ts';

interface ResultOptions {
  readonly io: CommandIo;
  /** The name of a file of the job, in place of the result. */
  readonly file?: string | undefined;
  /** A path to write to, in place of standard output. */
  readonly to?: string | undefined;
}

/** @throws UsageError for a folder in place of a file; ProblemError `job-not-finished`, `no-result` and the like; Error where it cannot be written, which leaves no half of a file behind */
export async function printResult({ client }: ApiSession, id: string, { io, file, to }: ResultOptions): Promise<void> {
  const place = to === undefined || to === '-' ? undefined : placeOf(resolve(io.cwd, to));
  const path = `/v1/jobs/${encodeURIComponent(id)}/${file === undefined ? 'result' : `files/${encodeURIComponent(file)}`}`;
  const answer = await client.send({ method: 'GET', path, signal: io.signal });
  const location = answer.headers.get('location');
  if (answer.body === undefined && location === null) throw new CommandError(exitCodes.error, 'The API answered without a result.');
  if (answer.status !== 303 || location === null)
    return write(
      Readable.from([
        `${jsonText(answer.body, place === undefined ? io.out : { isTerminal: false }, io.out.isTerminal && place === undefined ? 2 : 0)}\n`,
      ]),
      io,
      place,
    );
  // The address is a permission of its own, and S3 refuses any other credentials.
  const response = await readLink(location, io.signal);
  await write(Readable.fromWeb(response.body as Parameters<typeof Readable.fromWeb>[0]), io, place);
}

/** @throws CommandError that says why there is no content */
async function readLink(location: string, signal: AbortSignal): Promise<Response> {
  const address = URL.parse(location);
  if (address === null || !['http:', 'https:'].includes(address.protocol))
    throw new CommandError(exitCodes.error, `The API answered with a link that is none: ${location.slice(0, 100)}`);
  try {
    const response = await fetch(address, { signal });
    if (response.ok && response.body !== null) return response;
    throw new Error(`${response.status} ${(await response.text()).slice(0, 300)}`);
  } catch (error) {
    signal.throwIfAborted();
    const { message, cause } = error as Error & { readonly cause?: Error };
    throw new CommandError(exitCodes.error, `The content could not be read from its link at ${address.host}: ${cause?.message ?? message}`);
  }
}

interface Place {
  readonly path: string;
  /** Whether it can be replaced by a whole file. A device or a pipe, such as /dev/null, is written to. */
  readonly isReplaced: boolean;
}

/** @throws UsageError for a folder, before anything is read */
function placeOf(path: string): Place {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) throw new UsageError(`--output must be a file, and ${path} is a folder.`);
  return { path, isReplaced: found === undefined || found.isFile() };
}

async function write(content: Readable, { out, signal }: CommandIo, place: Place | undefined): Promise<void> {
  if (place === undefined) return out.isTerminal ? writeToTerminal(content, out) : writeTo(content, out);
  if (!place.isReplaced) return pipeline(content, createWriteStream(place.path), { signal });
  const half = `${place.path}.${randomUUID().slice(0, 8)}.part`;
  try {
    await pipeline(content, createWriteStream(half, { flags: 'wx' }), { signal });
    await rename(half, place.path);
  } catch (error) {
    await rm(half, { force: true });
    throw error;
  }
}

async function writeTo(content: Readable, out: Output): Promise<void> {
  for await (const chunk of content) await out.write(chunk as string | Uint8Array);
}

/** A file of a job may hold anything, also what would command the terminal. */
async function writeToTerminal(content: Readable, out: Output): Promise<void> {
  const decoder = new TextDecoder();
  for await (const chunk of content)
    await out.write(plainLines(typeof chunk === 'string' ? chunk : decoder.decode(chunk as Uint8Array, { stream: true })));
}
