/** Child processes of the bench, and folders for their data. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of a process's own for its data. @returns its path, under the system's folder for temporary files */
export const newDataFolder = (): string => mkdtempSync(join(tmpdir(), 'delegation-bench-'));

/**
 * Waits until a child process is ready, and kills it when this process ends, which it would outlive.
 * @param ready matches what it prints once it is ready
 * @throws Error where it ends before that, with what it printed
 */
export function whenReady(child: ChildProcess, ready: RegExp): Promise<RegExpExecArray> {
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
  return new Promise((resolve, reject) => {
    let said = '';
    child.once('exit', (code) => reject(new Error(`The process ended with ${code}: ${said}`)));
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (chunk: Buffer) => {
        said += chunk.toString();
        const found = ready.exec(said);
        if (found !== null) resolve(found);
      });
  });
}

/** Ends a child process, unless it has ended, and waits until it is gone. */
export async function end(child: ChildProcess, signal: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill(signal);
  await gone;
}
