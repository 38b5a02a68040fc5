/** `delegation deploy`, `diff` and `destroy`: thin over cdk. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { CommandError, type CommandInput, flag, type RunCommand, text, texts } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { exitCodes } from '../exit-codes.ts';

/** Deploys, and says where it is and what comes next. */
export const deploy: RunCommand = async (input, io) => {
  const folder = mkdtempSync(join(tmpdir(), 'delegation-deploy-'));
  const outputs = join(folder, 'outputs.json');
  try {
    const stacks = texts(input, 'stacks');
    const approval = flag(input, 'yes') ? ['--require-approval', 'never'] : [];
    const code = await cdk(['deploy', ...(stacks.length === 0 ? ['--all'] : stacks), '--outputs-file', outputs, ...approval], input, io);
    if (code !== 0) return code;
    await reportDeployed(outputs, io);
    return 0;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
};

export const diff: RunCommand = (input, io) => cdk(['diff', ...texts(input, 'stacks')], input, io);

export const destroy: RunCommand = (input, io) => {
  const stacks = texts(input, 'stacks');
  return cdk(['destroy', ...(stacks.length === 0 ? ['--all'] : stacks), ...(flag(input, 'yes') ? ['--force'] : [])], input, io);
};

/** The addresses of what was deployed; one alone is kept for the commands that are run in this folder. */
async function reportDeployed(file: string, { cwd, out, messages }: CommandIo): Promise<void> {
  const stacks = existsSync(file)
    ? (JSON.parse(readFileSync(file, 'utf8')) as Readonly<Record<string, Readonly<Record<string, string>>>>)
    : {};
  const found = Object.entries(stacks).flatMap(([stack, outputs]) => {
    const url = Object.entries(outputs).find(
      ([name, value]) => /(^|Delegation|\b)Url[0-9A-F]{0,8}$/.test(name) && value.startsWith('https://'),
    )?.[1];
    return url === undefined ? [] : [{ stack, url: url.replace(/\/$/, '') }];
  });
  for (const { stack, url } of found) await out.write(`${found.length === 1 ? '' : `${stack}  `}${url}\n`);
  const [only] = found;
  if (only === undefined) return;
  if (found.length > 1) {
    await messages.write('\nKeep one: delegation profiles set NAME --url URL\n');
    return;
  }
  writeFileSync(join(cwd, 'delegation.json'), `${JSON.stringify({ url: only.url }, null, 2)}\n`);
  await messages.write(
    '\nKept in delegation.json, which commands in this folder read. Next:\n  delegation doctor --probe\n  delegation console\n  delegation cost\nAway again: delegation destroy\n',
  );
}

/** Runs the project's own cdk, so that it fits the project's constructs. */
async function cdk(args: readonly string[], input: CommandInput, { cwd }: CommandIo): Promise<number> {
  const app = text(input, 'app');
  const profile = text(input, 'aws-profile');
  const options = [...(app === undefined ? [] : ['--app', app]), ...(profile === undefined ? [] : ['--profile', profile])];
  const child = spawn(process.execPath, [cdkProgram(cwd), ...args, ...options], { cwd, stdio: 'inherit' });
  // The terminal sends Ctrl-C to cdk as well, and this waits for its end.
  return new Promise((resolve, reject) => child.once('error', reject).once('close', (code) => resolve(code ?? exitCodes.interrupted)));
}

function cdkProgram(cwd: string): string {
  try {
    const manifest = createRequire(join(cwd, 'package.json')).resolve('aws-cdk/package.json');
    return join(dirname(manifest), 'bin', 'cdk');
  } catch {
    throw new CommandError(exitCodes.error, 'There is no cdk in this project: npm install --save-dev aws-cdk');
  }
}
