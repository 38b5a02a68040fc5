/** What a command of `delegation` is: plain data, from which parser, help, completion, the reference and the map are made. */
import type { CommandIo } from './command-io.ts';

export interface CommandArgument {
  readonly name: string;
  readonly description: string;
  /** @default false */
  readonly isOptional?: boolean;
  /** Takes all that follow. */
  readonly isRepeated?: boolean;
}

export interface CommandOption {
  readonly description: string;
  /** What the value is called in the help, such as `DURATION`; an option without it takes no value. */
  readonly value?: string;
  readonly short?: string;
  /** May be given several times. */
  readonly isRepeated?: boolean;
  /** The only values that there are. */
  readonly choices?: readonly string[];
}

export interface Command {
  /** The words after `delegation`, such as `types pause`. */
  readonly name: string;
  readonly summary: string;
  /** Paragraphs of the help. */
  readonly details?: readonly string[];
  readonly group: CommandGroup;
  readonly arguments?: readonly CommandArgument[];
  readonly options?: Readonly<Record<string, CommandOption>>;
  /** Whether it calls the API, and takes the options that say which one and as whom. */
  readonly callsApi?: boolean;
  /** Whether it takes `--curl`: not where no single request can stand for it. @default `callsApi` */
  readonly showsCurl?: boolean;
  /** The members that `--json` can pick; absent where the command prints no JSON. */
  readonly fields?: readonly string[];
  readonly examples?: readonly (readonly [command: string, what: string])[];
  /** Loads what runs it, which may be slow to load. */
  readonly load: () => Promise<RunCommand>;
}

export type CommandGroup = 'jobs' | 'deployment' | 'this machine' | 'tools';

/** What a command was called with: the words in its arguments' names, and the options that were given. */
export interface CommandInput {
  readonly arguments: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly options: Readonly<Record<string, string | boolean | readonly string[] | undefined>>;
}

/** @returns the exit code, or undefined for what goes on running */
export type RunCommand = (input: CommandInput, io: CommandIo, table: readonly Command[]) => Promise<number | undefined>;

/** The command was called in a way that it does not know. The exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The command did not do what was asked, for a reason that has an exit code of its own. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly exitCode: number;

  constructor(exitCode: number, message: string) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** @returns the one value of an option or argument */
export function text(input: CommandInput, name: string): string | undefined {
  const value = input.options[name] ?? input.arguments[name];
  return typeof value === 'string' ? value : undefined;
}

/** @returns all values of an option or argument */
export function texts(input: CommandInput, name: string): readonly string[] {
  const value = input.options[name] ?? input.arguments[name];
  return typeof value === 'string' ? [value] : Array.isArray(value) ? value : [];
}

export function flag(input: CommandInput, name: string): boolean {
  return input.options[name] === true;
}
