/** Reports jobs that have been running for long: code that hangs would be silent otherwise. */
import { decodeWakeUp } from '../../lambdas/core/job/wake-up.ts';
import type { SqsEvent } from '../../lambdas/worker/sqs-handler.ts';
import { lineAbout } from './job-events.ts';

/** Long enough for most steps, and short enough for a person who waits. */
const firstMs = 10_000;
const everyMs = 60_000;
const lookMs = 1_000;

export interface InvokedType {
  readonly type: string;
  /** How long an invocation may take. */
  readonly timeoutSeconds: number;
}

interface Run extends InvokedType {
  readonly startedMs: number;
  nextMs: number;
}

export class LongRuns {
  private readonly runs = new Map<string, Run>();
  private readonly print: (line: string) => void;
  private readonly nowMs: () => number;
  private timer: NodeJS.Timeout | undefined;

  /** @param nowMs a clock that never steps back */
  constructor(print: (line: string) => void, nowMs: () => number = () => performance.now()) {
    this.print = print;
    this.nowMs = nowMs;
  }

  start(): void {
    this.timer = setInterval(() => this.report(), lookMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }

  /** Watches the jobs of one invocation until it ends. */
  async during<T>(invoked: InvokedType, { Records }: SqsEvent, invocation: Promise<T>): Promise<T> {
    const startedMs = this.nowMs();
    const run: Run = { ...invoked, startedMs, nextMs: startedMs + firstMs };
    const ids = Records.flatMap(({ body }) => decodeWakeUp(body) ?? []);
    // Each job of a batch ends at its own time.
    const own = ids.map((id) => [id, { ...run }] as const);
    for (const [id, one] of own) this.runs.set(id, one);
    try {
      return await invocation;
    } finally {
      for (const [id, one] of own) if (this.runs.get(id) === one) this.runs.delete(id);
    }
  }

  /** Forgets a job whose run has ended, while others of its batch go on. */
  ended(id: string): void {
    this.runs.delete(id);
  }

  /** Prints each job that has been running for ten seconds, and again each minute after that. */
  report(): void {
    const nowMs = this.nowMs();
    for (const [id, run] of this.runs) {
      if (nowMs < run.nextMs) continue;
      run.nextMs += run.nextMs === run.startedMs + firstMs ? everyMs - firstMs : everyMs;
      const seconds = Math.round((nowMs - run.startedMs) / 1000);
      const what = `has been running for ${seconds} s; an invocation of its type may take ${run.timeoutSeconds} s`;
      this.print(lineAbout({ timestamp: new Date(), job: id, type: run.type }, what));
    }
  }
}
