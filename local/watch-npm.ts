/** Ends the local mode when the npm that started it is gone. npm passes no signal on when it is killed, nor does the shell between them. */
import { execFileSync } from 'node:child_process';
import { basename } from 'node:path';

const intervalMs = 500;

/** @param end called once, when npm or the shell that it started has ended; never where npm did not start this process */
export function watchNpm(end: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined || process.platform === 'win32') return;
  const parent = process.ppid;
  const npm = isShell(parent) ? Number(psField(parent, 'ppid')) : parent;
  const timer = setInterval(() => {
    // An orphan gets another parent.
    if (process.ppid === parent && isAlive(npm)) return;
    clearInterval(timer);
    end();
  }, intervalMs);
  timer.unref();
}

/** Some shells replace themselves with the command that they run, some stay. */
function isShell(pid: number): boolean {
  return /^-?(ba|da|a|z|k)?sh$/.test(basename(psField(pid, 'comm')));
}

function psField(pid: number, field: 'comm' | 'ppid'): string {
  try {
    return execFileSync('ps', ['-o', `${field}=`, '-p', String(pid)])
      .toString()
      .trim();
  } catch {
    return ''; // no `ps` on this machine: only the direct parent is watched
  }
}

function isAlive(pid: number): boolean {
  if (pid === 0) return true; // unknown
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
