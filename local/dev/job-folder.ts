/** The folder that `delegation dev` serves: each sub-folder with a contract and a worker is a job type, as for the construct. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

const shape = 'Each job type is a folder in it, with contract.ts and worker.ts (or .js).';

/** What the person at the keyboard can put right. */
export class DevError extends Error {
  override readonly name = 'DevError';
}

/** @returns the folders of the job types, in the order of their names @throws DevError when there is none */
export function findJobTypes(folder: string): readonly string[] {
  if (!existsSync(folder)) throw new DevError(`There is no folder ${shown(folder)}. Name the folder that holds your job types. ${shape}`);
  if (!statSync(folder).isDirectory())
    throw new DevError(`${shown(folder)} is a file. Name the folder that holds your job types. ${shape}`);
  const found = jobTypesIn(folder);
  if (found.length > 0) return found;
  if (isJobType(folder))
    throw new DevError(
      `${shown(folder)} is the folder of one job type. Name the folder around it: delegation dev ${shown(join(folder, '..'))}`,
    );
  throw new DevError(`There is no job type in ${shown(folder)}. ${shape}`);
}

export function jobTypesIn(folder: string): readonly string[] {
  return readdirSync(folder)
    .filter((name) => !name.startsWith('.') && name !== 'node_modules')
    .sort()
    .map((name) => join(folder, name))
    .filter((path) => isJobType(path));
}

function isJobType(path: string): boolean {
  return ['contract', 'worker'].some((name) => ['.ts', '.js', '.mjs'].some((extension) => existsSync(join(path, `${name}${extension}`))));
}

/** A path as a person in the current folder would write it. */
export function shown(path: string): string {
  const short = relative(process.cwd(), path);
  return short === '' ? '.' : short.startsWith('..') ? path : short;
}
