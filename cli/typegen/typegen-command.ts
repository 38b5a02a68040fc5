/** `delegation typegen`: TypeScript types of the job types that a deployment has. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Client } from '../../client/create-client.ts';
import { deployedJobTypes } from './deployed-job-types.ts';
import { hashIn, typesOf } from './types-file.ts';

export interface TypegenOptions {
  readonly client: Pick<Client, 'request'>;
  /** The file to write, or to check; without it, the types are printed. */
  readonly output?: string | undefined;
  /** Compares the file with the deployment and writes nothing. */
  readonly isCheck: boolean;
  /** Prints on standard output. */
  readonly write: (text: string) => void;
  /** Prints a line for people, on standard error. */
  readonly log: (line: string) => void;
}

/**
 * Writes the types of a deployment to a file, or prints them.
 * @returns the exit code: 0; 1 where the checked file is not there or outdated, or a file that typegen did not write is in the way; 2 for a check without a file
 * @throws ProblemError, or an Error of the file system
 */
export async function writeTypes({ client, output, isCheck, write, log }: TypegenOptions): Promise<number> {
  if (output === undefined) {
    if (isCheck) return fail(log, 'Which file is to be checked? Name it: delegation typegen --check -o FILE', 2);
    write(typesOf(await deployedJobTypes(client)));
    return 0;
  }
  const [text, before] = await Promise.all([deployedJobTypes(client).then(typesOf), contentOf(output)]);
  if (isCheck) return check(output, { text, before }, log);
  if (before !== undefined && before.trim() !== '' && hashIn(before) === undefined)
    return fail(log, `${output} was not written by typegen, so it is kept. Name another file, or delete this one.`, 1);
  await mkdir(dirname(output), { recursive: true });
  await writeFile(output, text);
  log(`${output} ${before === undefined ? 'is written' : hashIn(before) === hashIn(text) ? 'was up to date' : 'is updated'}.`);
  return 0;
}

/** Only the hashes are compared, so a file that a formatter changed is up to date, and so is one of another deployment with the same types. */
function check(
  output: string,
  { text, before }: { readonly text: string; readonly before: string | undefined },
  log: TypegenOptions['log'],
) {
  if (before === undefined) return fail(log, `${output} is not there. Write it: delegation typegen -o ${output}`, 1);
  if (hashIn(before) === hashIn(text)) return 0;
  const what =
    hashIn(before) === undefined ? 'was not written by typegen' : 'is outdated: the deployment has other job types, or other schemas';
  return fail(log, `${output} ${what}. Write it again: delegation typegen -o ${output}`, 1);
}

async function contentOf(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error.code === 'EISDIR' ? new Error(`${file} is a folder: name a file in it, such as ${file}/delegation.d.ts.`) : error;
  });
}

function fail(log: TypegenOptions['log'], line: string, code: number): number {
  log(line);
  return code;
}
