/** Finds the files to read: those that are named, those in folders, and the standard input. */
import { createReadStream, createWriteStream, rmSync } from 'node:fs';
import { mkdtemp, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ReportError } from '../report-error.ts';

export interface LogFile {
  /** The name that texts call it by. */
  readonly name: string;
  readonly path: string;
}

export interface LogFiles {
  /** Sorted by name, each once. */
  readonly files: readonly LogFile[];
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
  /** Deletes the copies of what can be read only once. */
  readonly close: () => Promise<void>;
}

/**
 * Finds the files of some paths. A folder gives all files in it and below, but those whose name starts with a dot. `-`, a pipe and a terminal are copied to a temporary file that only this user can read.
 * @throws ReportError when a path cannot be read
 */
export async function findLogFiles(paths: readonly string[], stdin: Readable): Promise<LogFiles> {
  const found = new Map<string, LogFile>();
  const unreadable: { file: string; reason: string }[] = [];
  const spools: string[] = [];
  const close = async () => {
    await Promise.all(spools.splice(0).map((folder) => rm(folder, { recursive: true, force: true })));
  };
  const spool = async (name: string, source: Readable) => {
    const folder = await mkdtemp(join(tmpdir(), 'delegation-report-'));
    // Also when the process is interrupted: it is somebody's log.
    process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
    spools.push(folder);
    const path = join(folder, 'input');
    await pipeline(source, createWriteStream(path, { flags: 'wx', mode: 0o600 }));
    found.set(path, { name, path });
  };
  const add = async (path: string, isNamed: boolean): Promise<void> => {
    try {
      const real = await realpath(path);
      const facts = await stat(path);
      if (facts.isDirectory()) {
        if (found.has(`${real}/`)) return;
        found.set(`${real}/`, { name: '', path: '' });
        const names = (await readdir(path)).filter((name) => !name.startsWith('.'));
        for (const name of names.sort()) await add(join(path, name), false);
      } else if (facts.isFile()) {
        if (!found.has(real)) found.set(real, { name: path, path });
      } else if (isNamed) await spool(path, createReadStream(path));
    } catch (cause) {
      if (isNamed) throw new ReportError(`${path} cannot be read: ${reasonOf(cause)}.`, { cause });
      unreadable.push({ file: path, reason: `cannot be read: ${reasonOf(cause)}` });
    }
  };
  try {
    for (const path of new Set(paths)) await (path === '-' ? spool('standard input', stdin) : add(path, true));
  } catch (error) {
    await close();
    throw error;
  }
  const files = [...found.values()].filter(({ path }) => path !== '');
  return { files: files.sort((a, b) => (a.name < b.name ? -1 : 1)), unreadable, close };
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code;
  if (code === 'ENOENT') return 'there is no such file or folder';
  if (code === 'EACCES' || code === 'EPERM') return 'this user may not read it';
  return code ?? String(error);
}
