/** Lets a person change JSON in the editor of the environment. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseExact, stringifyExact } from '../client/unrounded-json.ts';
import { CommandError, UsageError } from './command.ts';
import type { CommandIo } from './command-io.ts';
import { canAsk } from './consent.ts';
import { exitCodes } from './exit-codes.ts';

/**
 * Opens the value in VISUAL, EDITOR or vi, and waits for the end of the editor.
 * @returns what was saved; numbers stay as they are written
 * @throws UsageError without a terminal, and for what is not JSON; CommandError where the editor failed, or the file was emptied
 */
export async function editJson(value: unknown, io: CommandIo): Promise<unknown> {
  if (!canAsk(io)) throw new UsageError('--edit needs a terminal. Give the members that change as NAME=TEXT.');
  const folder = mkdtempSync(join(tmpdir(), 'delegation-edit-'));
  const file = join(folder, 'input.json');
  try {
    writeFileSync(file, `${stringifyExact(value, 2)}\n`, { mode: 0o600 });
    const code = await runEditor(file, io);
    if (code !== 0) throw new CommandError(exitCodes.error, `The editor ended with ${code}: nothing was submitted.`);
    return parse(readFileSync(file, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** VISUAL and EDITOR are commands with options, such as `code --wait`, as git reads them. */
function runEditor(file: string, { env, cwd }: CommandIo): Promise<number> {
  const editor = env['VISUAL'] || env['EDITOR'] || 'vi';
  const child = spawn('/bin/sh', ['-c', `${editor} "$1"`, editor, file], { cwd, stdio: 'inherit' });
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve(code ?? exitCodes.interrupted)));
}

function parse(json: string): unknown {
  if (json.trim() === '') throw new CommandError(exitCodes.error, 'The file is empty: nothing was submitted.');
  try {
    return parseExact(json);
  } catch (error) {
    throw new UsageError(`What was saved is not JSON: ${(error as Error).message}`);
  }
}
