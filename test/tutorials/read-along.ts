/** Does what a tutorial says, word for word, as its reader would in two terminals. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Place, run, Session } from '../package/commands.ts';
import { isShown, onScreen } from './shown-output.ts';
import { stepsOf, type TutorialStep } from './tutorial-page.ts';

export interface ReadOptions {
  /** An empty folder with the tarball in it. */
  readonly place: Place;
  /** The commands of `delegation` that there are. */
  readonly commands: ReadonlySet<string>;
  /** A free port, which takes the place of the one in the page. */
  readonly port: number;
  readonly print: (line: string) => void;
}

export interface ReadOutcome {
  readonly seconds: number;
  readonly done: number;
  /** Steps with commands of `delegation` that there are not. */
  readonly skipped: number;
}

const portInPage = '127.0.0.1:8787';
const maxOutputMs = 600_000;

/** @throws Error that names the line of the page where something else happened than it says */
export async function readAlong(page: string, options: ReadOptions): Promise<ReadOutcome> {
  const reader = new Reader(options);
  const startedMs = performance.now();
  try {
    for (const step of stepsOf(readFileSync(page, 'utf8'))) {
      await reader.do(step).catch((error: unknown) => {
        throw new Error(`${page}:${step.line}: ${error instanceof Error ? error.message : String(error)}`);
      });
    }
    return { ...reader.counts, seconds: (performance.now() - startedMs) / 1000 };
  } finally {
    reader.end();
  }
}

class Reader {
  readonly counts = { done: 0, skipped: 0 };
  private readonly options: ReadOptions;
  private cwd: string;
  private server: Session | undefined;
  /** Length of what the server had printed before the last commands. */
  private outputBefore = 0;

  constructor(options: ReadOptions) {
    this.options = options;
    this.cwd = options.place.cwd;
  }

  async do(step: TutorialStep): Promise<void> {
    const missing = step.kind === 'run' || step.kind === 'serve' ? this.missing(step.text) : undefined;
    if (missing !== undefined) {
      this.counts.skipped += 1;
      this.options.print(`  line ${step.line}: skipped, since there is no "delegation ${missing}" yet`);
      return;
    }
    const startedMs = performance.now();
    await this.act(step);
    this.counts.done += 1;
    this.options.print(`  line ${step.line}: ${nameOf(step)}, ${((performance.now() - startedMs) / 1000).toFixed(1)} s`);
  }

  end(): void {
    this.server?.kill();
  }

  private async act(step: TutorialStep): Promise<void> {
    switch (step.kind) {
      case 'run':
        return this.run(step.text, step.prints);
      case 'serve':
        return this.serve(step.text, step.prints);
      case 'write':
        return this.write(step.path, step.text);
      case 'interrupt':
        return this.interrupt(step.after);
    }
  }

  /** @returns the command of `delegation` among these that there is not */
  private missing(text: string): string | undefined {
    return [...text.matchAll(/\bdelegation ([a-z]+)/g)].map(([, name = '']) => name).find((name) => !this.options.commands.has(name));
  }

  private get env(): NodeJS.ProcessEnv {
    return { ...this.options.place.env, PORT: String(this.options.port), NO_COLOR: '1', TERM: 'xterm' };
  }

  /** In a terminal, so that the output is that of a reader. The shell stays where the commands went. */
  private async run(text: string, prints: string | undefined): Promise<void> {
    const folderFile = join(this.options.place.cwd, '.folder');
    const commands = `set -e\nstty cols 200\n${text.replaceAll(portInPage, `127.0.0.1:${this.options.port}`)}\npwd > ${folderFile}\n`;
    const file = join(this.options.place.cwd, '.commands');
    writeFileSync(file, commands);
    this.outputBefore = this.server?.output().length ?? 0;
    const raw = await run(['script', '-qec', `bash ${file}`, '/dev/null'], { cwd: this.cwd, env: this.env });
    this.cwd = readFileSync(folderFile, 'utf8').trim();
    const printed = onScreen(raw);
    if (prints !== undefined && !isShown(prints, printed)) throw new Error(`The page shows\n${prints}\nand it printed\n${printed}`);
  }

  private async serve(command: string, prints: string | undefined): Promise<void> {
    this.server = new Session(['bash', '-c', `exec ${command}`], { cwd: this.cwd, env: this.env });
    if (prints === undefined) return;
    const endsAtMs = performance.now() + maxOutputMs;
    while (!isShown(prints, this.server.output(), false)) {
      if (performance.now() > endsAtMs) throw new Error(`The page shows\n${prints}\nand it printed\n${this.server.output()}`);
      await sleep(100);
    }
  }

  private async interrupt(after: string | undefined): Promise<void> {
    const server = this.server;
    this.server = undefined;
    try {
      for (
        const endsAtMs = performance.now() + maxOutputMs;
        after !== undefined && !server?.output().includes(after, this.outputBefore);
      ) {
        if (performance.now() > endsAtMs) throw new Error(`${after} was not printed:\n${server?.output()}`);
        await sleep(100);
      }
      await server?.interrupt();
    } finally {
      server?.kill();
    }
  }

  private write(path: string, text: string): void {
    const file = join(this.cwd, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
}

function nameOf(step: TutorialStep): string {
  if (step.kind === 'interrupt') return 'Ctrl-C';
  return step.kind === 'write' ? `wrote ${step.path}` : (step.text.trim().split('\n').at(-1) ?? '');
}
