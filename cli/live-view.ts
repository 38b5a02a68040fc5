/** Lines of a terminal that are written again and again in the same place. */
import type { Output } from './command-io.ts';

const spinner = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'];
const frameMs = 120;

export class LiveView {
  private readonly out: Output;
  private readonly lines: () => readonly string[];
  private written = 0;
  private frame = 0;
  private timer: NodeJS.Timeout | undefined;

  /** @param lines what is to be seen now, one line each, no wider than the terminal */
  constructor(out: Output, lines: () => readonly string[]) {
    this.out = out;
    this.lines = lines;
  }

  start(): void {
    void this.draw(true);
    this.timer = setInterval(() => void this.draw(true), frameMs);
    this.timer.unref();
  }

  /** Leaves the last state on the screen. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.draw(false);
  }

  private draw(isLive: boolean): Promise<void> {
    const lines = this.lines();
    const mark = isLive ? spinner[this.frame++ % spinner.length] : ' ';
    const up = this.written === 0 ? '' : `\u001b[${this.written}A`;
    const text = lines.map((line, i) => `\r\u001b[2K${i === 0 ? mark : ' '} ${line}\n`).join('');
    this.written = lines.length;
    return this.out.write(`${up}${text}`);
  }
}
