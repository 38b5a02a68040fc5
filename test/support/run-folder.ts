/**
 * One temporary folder for everything that a run of the tests leaves, child processes included. It is removed at the end of the run; one
 * that was killed cannot, and the next run does it.
 */
import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const prefix = 'delegation-tests-';

/** Makes a folder that is named for this process the place of temporary files, here and in processes that inherit the environment. */
export function useRunFolder(): void {
  const parent = tmpdir();
  const folder = join(parent, `${prefix}${process.pid}`);
  if (parent === folder) return; // a watching Jest, which runs again
  for (const name of readdirSync(parent)) {
    if (name.startsWith(prefix) && !isAlive(Number(name.slice(prefix.length)))) remove(join(parent, name));
  }
  remove(folder);
  mkdirSync(folder);
  process.on('exit', () => remove(folder));
  for (const name of ['TMPDIR', 'TEMP', 'TMP']) process.env[name] = folder;
  // Local modes and emulators start many times, and compiling their modules is half of the work of a start.
  process.env['NODE_COMPILE_CACHE'] ??= join(folder, 'compile-cache');
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // it is somebody else's
  }
}

/** A process that outlives its run may still write there, and a folder may be somebody else's; the next run tries again. */
function remove(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {}
}
