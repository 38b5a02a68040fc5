/** What becomes of some jobs: redrawn in place in a terminal, a line for each change elsewhere. */
import type { WriteStream } from 'node:tty';
import { truncate } from '../lambdas/text/truncate.ts';

export interface ShownJob {
  readonly id: string;
  readonly title: string;
  /** A time of `performance.now()`. */
  readonly submittedMs: number;
  status: string;
  note: string;
  doneAfterMs: number | undefined;
}

const marks: Readonly<Record<string, string>> = { succeeded: '✔', failed: '✖', cancelled: '■', running: '▶', waiting: '…' };

export class JobDisplay {
  private readonly jobs: readonly ShownJob[];
  private readonly out: WriteStream;
  private readonly last = new Map<string, string>();
  private drawn = 0;

  constructor(jobs: readonly ShownJob[], out: WriteStream) {
    this.jobs = jobs;
    this.out = out;
  }

  update(): void {
    if (this.out.isTTY) this.redraw();
    else this.log();
  }

  private redraw(): void {
    const up = this.drawn === 0 ? '' : `\x1b[${this.drawn}A`;
    // Cut to the width, since a wrapped line would be counted as one.
    const lines = this.jobs.map((job) => `\x1b[2K${truncate(this.line(job), Math.max(20, this.out.columns - 1))}`);
    this.out.write(`${up}${lines.join('\n')}\n`);
    this.drawn = lines.length;
  }

  /** Progress within a state is left out, or the log would be all there is to see. */
  private log(): void {
    for (const job of this.jobs) {
      if (this.last.get(job.id) === job.status) continue;
      this.last.set(job.id, job.status);
      this.out.write(`${this.line(job)}\n`);
    }
  }

  private line({ title, status, note, submittedMs, doneAfterMs }: ShownJob): string {
    const seconds = ((doneAfterMs ?? performance.now() - submittedMs) / 1000).toFixed(1);
    return `${marks[status] ?? '·'} ${title.padEnd(26)} ${status.padEnd(10)} ${seconds.padStart(6)} s  ${note}`;
  }
}
