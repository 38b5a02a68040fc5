/** The arguments of `delegation init` and `delegation add`. */
import { parseArgs } from 'node:util';
import { addJobType } from './add-job-type-command.ts';
import { init } from './init-command.ts';
import { processTerminal } from './init-terminal.ts';

const initHelp = `delegation init [folder] [options]

Makes an app for job types in a folder, or adds one to the project that is there. It shows which files it will create, change and leave, and asks
once. It overwrites nothing.

  --template NAME           minimal: job types to run on this machine; cdk-app: with a CDK app that deploys them (minimal)
  --package-manager NAME    npm, pnpm or yarn (what the folder uses)
  --language NAME           typescript or javascript (what the project is written in)
  --yes                     do not ask
  --dry-run                 only show what would be done
  --help
`;

const addHelp = `delegation add job-type <name> [--dry-run]

Creates the contract, the worker and the test of a job type in the folder jobs of the app in this folder.
`;

const initOptions = {
  template: { type: 'string' },
  'package-manager': { type: 'string' },
  language: { type: 'string' },
  yes: { type: 'boolean', default: false },
  'dry-run': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** @returns the exit code */
export async function runInit(argv: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({ args: [...argv], options: initOptions, allowPositionals: true });
  if (values.help) return printed(initHelp);
  if (positionals.length > 1)
    throw usageError(`delegation init takes one folder (there are ${positionals.length}: ${positionals.join(', ')}).`);
  const { template, language, yes: isConfirmed, 'dry-run': isDryRun, 'package-manager': packageManager } = values;
  return init({ folder: positionals[0], template, language, packageManager, isConfirmed, isDryRun, terminal: processTerminal() });
}

/** @returns the exit code */
export async function runAdd(argv: readonly string[]): Promise<number> {
  const options = { 'dry-run': initOptions['dry-run'], help: initOptions.help };
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  if (values.help) return printed(addHelp);
  const [what, name, ...more] = positionals;
  if (what !== 'job-type' || name === undefined || more.length > 0) throw usageError('It is: delegation add job-type <name>');
  return addJobType({ name, isDryRun: values['dry-run'], terminal: processTerminal() });
}

function printed(help: string): number {
  process.stdout.write(help);
  return 0;
}

function usageError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_PARSE_ARGS_INIT' });
}
