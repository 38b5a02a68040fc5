/** A script of the bench that measures in a process of its own and prints a line of JSON. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** @param script from the folder of the bench @returns what its last line of output says @throws Error where it fails, with what it printed */
export async function runScript<Printed>(script: string, ...args: readonly (string | number)[]): Promise<Printed> {
  const argv = ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, '..', script), ...args.map(String)];
  const { stdout, stderr } = await promisify(execFile)(process.execPath, argv, { maxBuffer: 64 * 1024 * 1024 });
  process.stderr.write(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}') as Printed;
}

/** Keeps what a script measured, in order, however often it is run: it prints numbers, or lists of them, by name. */
export class MeasuredProcess {
  private readonly command: readonly [string, ...(string | number)[]];
  private readonly numbers = new Map<string, readonly number[]>();

  constructor(...command: readonly [string, ...(string | number)[]]) {
    this.command = command;
  }

  get script(): string {
    return this.command[0];
  }

  async run(): Promise<void> {
    const printed = await runScript<Readonly<Record<string, number | readonly number[]>>>(...this.command);
    for (const [name, value] of Object.entries(printed)) this.numbers.set(name, [...(this.numbers.get(name) ?? []), value].flat());
  }

  has(name: string): boolean {
    return this.numbers.has(name);
  }

  /** @throws Error for a name that the script has not printed */
  of(name: string): readonly number[] {
    const found = this.numbers.get(name);
    if (found === undefined) throw new Error(`${this.script} has not measured "${name}".`);
    return found;
  }
}
