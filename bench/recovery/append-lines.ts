/** The job that each system of the recovery bench does: a line in a file when it starts, and one when it ends, two seconds later. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

export interface Task {
  readonly file: string;
  readonly n: number;
}

/** Does a task. The file is on this machine, so a line that was written stays when the process is killed. */
export async function appendLines({ file, n }: Task): Promise<void> {
  appendFileSync(file, `start ${n} ${Date.now()}\n`);
  await sleep(2_000);
  appendFileSync(file, `end ${n} ${Date.now()}\n`);
}

export interface Line {
  readonly what: 'start' | 'end';
  readonly n: number;
  readonly atMs: number;
}

/** @returns what has been written so far, in order */
export function linesOf(file: string): readonly Line[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [what, n, atMs] = line.split(' ');
      return { what: what === 'end' ? 'end' : 'start', n: Number(n), atMs: Number(atMs) };
    });
}
