/** Runs `delegation`: reads the words, runs the command, turns what went wrong into a message and an exit code. */
import { is } from '../client/client-errors.ts';
import { UsageError } from './command.ts';
import { type CommandIo, outputOf } from './command-io.ts';
import { commandMap } from './command-map.ts';
import { commands } from './commands.ts';
import { CurlShown } from './curl-text.ts';
import { exitCodeOf, exitCodes, exitCodeTexts, isUsageError } from './exit-codes.ts';
import { helpOfAll, helpOfCommand, wrap } from './help-text.ts';
import { parseCommand } from './parse-command.ts';
import { plain } from './text-style.ts';

/** @param version what `--version` prints @returns the exit code, or undefined for what goes on running */
export async function runCli(argv: readonly string[], version: string): Promise<number | undefined> {
  const stopped = new AbortController();
  const io = processIo(argv, stopped.signal);
  process.once('SIGINT', () => stopped.abort(new Error('interrupted')));
  // A reader such as head may have enough: that is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
  try {
    return await answer(argv, io, version);
  } catch (error) {
    if (stopped.signal.aborted) return exitCodes.interrupted;
    return report(error, io);
  }
}

async function answer(argv: readonly string[], io: CommandIo, version: string): Promise<number | undefined> {
  const width = Math.min(io.out.width ?? 100, 100);
  if (argv[0] === '--version' || argv[0] === 'version') return print(io, `${version}\n`);
  if (argv[0] === '--map') return print(io, mapOf(argv[1]));
  if (argv[0] === 'help' && argv[1] === 'exit-codes')
    return print(
      io,
      exitCodeTexts.map(([code, what]) => `${String(code).padStart(3)}  ${wrap(what, width, '     ').trimStart()}\n`).join(''),
    );
  const parsed = parseCommand(argv, commands);
  if (parsed.kind === 'help')
    return print(io, parsed.command === undefined ? helpOfAll(commands, width, parsed.below) : helpOfCommand(parsed.command, width));
  const run = await parsed.command.load();
  return run(parsed.input, io, commands);
}

function mapOf(format: string | undefined): string {
  if (format !== 'json') throw new UsageError(`--map takes json (was ${format ?? 'nothing'}).`);
  return `${JSON.stringify(commandMap(commands), null, 2)}\n`;
}

async function print({ out }: CommandIo, text: string): Promise<number> {
  await out.write(text);
  return exitCodes.succeeded;
}

async function report(error: unknown, io: CommandIo): Promise<number> {
  const curl = (error as { readonly cause?: unknown }).cause;
  if (curl instanceof CurlShown) return print(io, `${curl.message}\n`);
  const message = error instanceof Error ? error.message : String(error);
  const lines = message.split('\n').map(plain).join('\n');
  await io.messages.write(
    `${lines}\n${isUsageError(error) ? 'See delegation --help.\n' : ''}${is(error, 'problem') && error.retryAfterSeconds !== undefined ? `Try again in ${error.retryAfterSeconds} s.\n` : ''}`,
  );
  return exitCodeOf(error);
}

function processIo(argv: readonly string[], signal: AbortSignal): CommandIo {
  const hasColours = !argv.includes('--no-color');
  return {
    env: process.env,
    cwd: process.cwd(),
    stdin: process.stdin,
    out: outputOf(process.stdout, process.env, hasColours),
    messages: outputOf(process.stderr, process.env, hasColours),
    signal,
    nowMs: Date.now,
  };
}
