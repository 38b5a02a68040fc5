/** An `EventSource` in a process of its own: its package is an ES module, which Jest does not load. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { SignedTransportOptions } from './signed-transport.ts';

export interface SourceLine {
  readonly event: string;
  readonly status?: string;
  readonly id?: string;
  readonly code?: number | null;
  readonly isClosed?: boolean;
}

export class EventSourceProcess {
  private output = '';
  private readonly child: ChildProcess;
  private readonly exit: Promise<unknown>;

  /** @param signer signs the requests, for a deployed API */
  constructor(url: string, signer?: SignedTransportOptions) {
    const args = [join(__dirname, 'event-source.ts'), url, ...(signer === undefined ? [] : [JSON.stringify(signer)])];
    this.child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...args], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    this.child.stdout?.on('data', (chunk: Buffer) => {
      this.output += chunk.toString();
    });
    this.exit = once(this.child, 'close');
  }

  lines(): readonly SourceLine[] {
    return this.output
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line) as SourceLine);
  }

  /** What came of the job, e.g. `job queued`. */
  jobEvents(): readonly string[] {
    return this.lines().flatMap(({ event, status }) => (status === undefined ? [] : [`${event} ${status}`]));
  }

  async until(isThere: (lines: readonly SourceLine[]) => boolean): Promise<void> {
    for (const endsAtMs = performance.now() + 30_000; !isThere(this.lines()); ) {
      if (performance.now() > endsAtMs) throw new Error(`It did not come: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  /** Waits until the source is closed, and not by this program. */
  async closed(): Promise<void> {
    await this.exit;
  }

  kill(): void {
    this.child.kill('SIGKILL');
  }
}
