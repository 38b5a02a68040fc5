/** Finds the job that is meant: by its id, the beginning of its id, or `@last`. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { ApiSession } from './api-session.ts';
import { CommandError, UsageError } from './command.ts';
import type { CommandIo } from './command-io.ts';
import { idHelp } from './common-options.ts';
import { exitCodes } from './exit-codes.ts';

/** `job_` and 26 characters, as the API makes them. */
const wholeId = /^job_[0-9a-hjkmnp-tv-z]{26}$/;

/** The number of the newest jobs that are compared with the beginning of an id. */
const maxCompared = 100;

/** @returns the whole id @throws UsageError for a word that cannot begin an id; CommandError where no job, or several, begin with it */
export async function jobIdOf(word: string, { client, target }: ApiSession, io: CommandIo): Promise<string> {
  if (word === '@last') return lastId(target.url, io);
  if (wholeId.test(word)) return word;
  const beginning = word.startsWith('job_') ? word : `job_${word}`;
  if (!/^job_[0-9a-z]{3,26}$/.test(beginning)) throw new UsageError(`"${word}" cannot be an id: name ${idHelp}.`);
  const { items } = await client.jobs({ limit: maxCompared, signal: io.signal });
  const found = items.filter(({ id }) => id.startsWith(beginning));
  const [only] = found;
  if (only === undefined)
    throw new CommandError(exitCodes.notFound, `None of your last ${maxCompared} jobs begins with ${beginning}: give the whole id.`);
  if (found.length > 1)
    throw new CommandError(
      exitCodes.usage,
      `${found.length} jobs begin with ${beginning}: ${found
        .slice(0, 5)
        .map(({ id }) => id)
        .join(', ')}.`,
    );
  return only.id;
}

/** Keeps the id of the last submission to a deployment. Where that is not possible, only `@last` is missing. */
export function rememberId(id: string, { target }: ApiSession, io: CommandIo): void {
  try {
    const file = stateFile(io.env);
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
    writeFileSync(file, JSON.stringify({ ...readState(io.env), [target.url]: id }), { mode: 0o600 });
  } catch {
    // A home that cannot be written, as in some containers.
  }
}

function lastId(url: string, io: CommandIo): string {
  const id = readState(io.env)[url];
  if (id === undefined || !wholeId.test(id))
    throw new CommandError(exitCodes.notFound, `There is no @last: you submitted nothing to ${url} from here.`);
  return id;
}

function readState(env: CommandIo['env']): Readonly<Record<string, string>> {
  try {
    return Object(JSON.parse(readFileSync(stateFile(env), 'utf8'))) as Readonly<Record<string, string>>;
  } catch {
    return {};
  }
}

function stateFile(env: CommandIo['env']): string {
  return join(env['XDG_STATE_HOME'] || join(env['HOME'] || homedir(), '.local', 'state'), 'delegation', 'last.json');
}
