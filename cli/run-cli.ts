/** Runs `delegation`: reads the words, runs the command, turns what went wrong into a message and an exit code. */
import { is } from '../client/client-errors.ts';
import { UsageError } from './command.ts';
import { type CommandIo, outputOf } from './command-io.ts';
import { commandMap } from './command-map.ts';
import { commands } from './commands.ts';
import { CurlShown } from './curl-text.ts';
import { exitCodeOf, exitCodes, exitCodeTexts, isUsageError } from './exit-codes.ts';
import { helpOfAll, helpOfCommand, wrap } from './help-text.ts';
import { commandOf, parseCommand } from './parse-command.ts';
import { plainLines } from './text-style.ts';

/** @param version what `--version` prints @returns the exit code, or undefined for what goes on running */
export async function runCli(argv: readonly string[], version: string): Promise<number | undefined> {
  const stopped = new AbortController();
  const io = processIo(argv, stopped.signal);
  process.once('SIGINT', () => stopped.abort(new Error('interrupted')));
  // A reader such as head may have enough: that is not a failure.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(exitCodes.succeeded);
  });
  // Where even messages cannot be written, the exit code is what is left.
  process.stderr.on('error', () => undefined);
  try {
    return await answer(argv, io, version);
  } catch (error) {
    if (stopped.signal.aborted) return exitCodes.interrupted;
    return report(error, argv, io);
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
  const running = run(parsed.input, io, commands);
  return parsed.command.callsApi === true ? Promise.race([running, graceAfter(io.signal)]) : running;
}

const graceMs = 1_000;

/** A request, or a command that prints a token, may take no notice of Ctrl-C: nothing on this machine is left half done by it. */
function graceAfter(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) =>
    signal.addEventListener('abort', () => setTimeout(() => reject(signal.reason), graceMs).unref(), { once: true }),
  );
}

function mapOf(format: string | undefined): string {
  if (format !== 'json') throw new UsageError(`--map takes json (was ${format ?? 'nothing'}).`);
  return `${JSON.stringify(commandMap(commands), null, 2)}\n`;
}

async function print({ out }: CommandIo, text: string): Promise<number> {
  await out.write(text);
  return exitCodes.succeeded;
}

async function report(error: unknown, argv: readonly string[], io: CommandIo): Promise<number> {
  const curl = (error as { readonly cause?: unknown } | undefined)?.cause;
  if (curl instanceof CurlShown) return print(io, `${curl.message}\n`);
  const message = error instanceof Error ? error.message : String(error);
  await io.messages.write(`${plainLines(message)}\n${hintOf(error, argv)}`);
  return exitCodeOf(error);
}

/** What to do about an error. */
function hintOf(error: unknown, argv: readonly string[]): string {
  if (isUsageError(error)) return `See delegation ${usageHelpOf(argv)}.\n`;
  if (is(error, 'problem') && error.retryAfterSeconds !== undefined) return `Try again in ${error.retryAfterSeconds} s.\n`;
  // The members of answers are read as the API describes them, so what fails so is another server, or a fault of this program.
  if (error instanceof TypeError || error instanceof SyntaxError)
    return 'If the answer came from an API of Delegation, this is a fault: delegation doctor checks which one answers.\n';
  return '';
}

function usageHelpOf(argv: readonly string[]): string {
  const command = commandOf(argv, commands);
  return command === undefined ? '--help' : `help ${command.name}`;
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
