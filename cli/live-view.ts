/** Lines of a terminal that are written again and again in the same place. */
import type { Output } from './command-io.ts';

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 120;
const eraseLine = '\u001b[2K';
const eraseBelow = '\u001b[J';

export class LiveView {
  private readonly out: Output;
  private readonly maxLines: () => number;
  private readonly lines: () => readonly string[];
  private written = 0;
  private frame = 0;
  private timer: NodeJS.Timeout | undefined;

  /**
   * @param lines what is to be seen now, one line each, two columns narrower than the terminal
   * @param maxLines rows that the terminal has room for: the cursor cannot go back to a line that has left the screen
   */
  constructor(out: Output, lines: () => readonly string[], maxLines = () => Math.max(1, (process.stderr.rows || 24) - 2)) {
    this.out = out;
    this.maxLines = maxLines;
    this.lines = lines;
  }

  start(): void {
    this.redraw();
    this.timer = setInterval(() => this.redraw(), frameMs);
    this.timer.unref();
  }

  /** A terminal that is gone ends nothing: the jobs are still followed for the exit code. */
  private redraw(): void {
    this.draw(true).catch(() => clearInterval(this.timer));
  }

  /** Leaves the last state on the screen. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.draw(false);
  }

  private draw(isLive: boolean): Promise<void> {
    const lines = this.shown();
    const mark = isLive ? spinner[this.frame++ % spinner.length] : ' ';
    const up = this.written === 0 ? '' : `\u001b[${this.written}A`;
    const text = lines.map((line, i) => `\r${eraseLine}${i === 0 ? mark : ' '} ${line}\n`).join('');
    this.written = lines.length;
    return this.out.write(`${up}${text}${eraseBelow}`);
  }

  private shown(): readonly string[] {
    const lines = this.lines();
    const max = this.maxLines();
    return lines.length <= max ? lines : [...lines.slice(0, max - 1), `… and ${lines.length - max + 1} more`];
  }
}
