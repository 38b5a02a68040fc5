import type { ChildProcess } from 'node:child_process';

/** Kills a child process when this one ends, which the child would outlive. */
export function endWithBench(child: ChildProcess): void {
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  child.once('exit', () => process.off('exit', kill));
}
