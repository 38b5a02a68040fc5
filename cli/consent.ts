/** Consent to what cannot be undone: by `--yes`, or by an answer on a terminal. */
import { CommandError, type CommandInput, flag, UsageError } from './command.ts';
import type { CommandIo } from './command-io.ts';
import { exitCodes } from './exit-codes.ts';

/** @param orElse what else can be done without a terminal @throws UsageError where there is no terminal to ask on; CommandError where the answer is not yes */
export async function requireConsent(input: CommandInput, io: CommandIo, question: string, orElse = ''): Promise<void> {
  if (flag(input, 'yes')) return;
  if (!canAsk(io)) throw new UsageError(`${question} There is no terminal to ask on: say --yes${orElse}.`);
  if (!(await isAnsweredYes(io, question))) throw new CommandError(exitCodes.error, 'Nothing was changed.');
}

/** @returns whether somebody is there who can be asked */
export function canAsk({ stdin, messages }: CommandIo): boolean {
  return stdin.isTTY === true && messages.isTerminal;
}

/** Asks a question that is answered with yes or no. Nothing typed is no, and so is the end of the input. @throws the signal's reason after Ctrl-C */
export async function isAnsweredYes(io: CommandIo, question: string): Promise<boolean> {
  const { createInterface } = await import('node:readline');
  const prompt = createInterface({ input: io.stdin, output: process.stderr, terminal: true });
  try {
    const answer = await new Promise<string>((resolve, reject) => {
      // The terminal is in raw mode while it asks, so Ctrl-C is a key here and no signal to the process.
      prompt.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
      io.signal.addEventListener('abort', () => reject(io.signal.reason), { once: true });
      prompt.once('close', () => resolve(''));
      prompt.question(`${question} [y/N] `, resolve);
    });
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    prompt.close();
  }
}
