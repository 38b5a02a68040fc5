/** `delegation init [folder]`: makes an app for job types, or adds one to a project that is there. */
import { resolve } from 'node:path';
import { planApp, type Template, templates } from './app-plan.ts';
import { readProject } from './existing-project.ts';
import { describePlan, type FilePlan, newPaths, refuseConflicts, shownPath } from './file-plan.ts';
import { InitError } from './init-error.ts';
import type { Terminal } from './init-terminal.ts';
import { type InitOutcome, nextSteps, stepsByHand, undoSteps } from './next-steps.ts';
import { detectPackageManager, type PackageManager, packageManagers } from './package-manager.ts';
import type { Language } from './template-files.ts';
import { writePlan } from './write-plan.ts';

export interface InitOptions {
  /** Where the app is to be, new or not. @default the current folder */
  readonly folder?: string | undefined;
  /** `minimal`: job types to run on this machine. `cdk-app`: with a CDK app that deploys them. @default 'minimal' */
  readonly template?: string | undefined;
  /** @default what the folder, or the one that started this command, uses */
  readonly packageManager?: string | undefined;
  /** @default what the project is written in; TypeScript in a new one */
  readonly language?: string | undefined;
  /** Whether nothing has to be asked: `--yes`. */
  readonly isConfirmed: boolean;
  /** Whether only to show what would be done. */
  readonly isDryRun: boolean;
  readonly terminal: Terminal;
}

/**
 * Says what it will create, change and leave, asks once, and writes all of it or nothing. No file is overwritten.
 * @returns 0; 1 where something is in the way, or the answer was no; 2 for a wrong option, and where it would have to ask without a terminal
 */
export async function init(options: InitOptions): Promise<number> {
  const { terminal } = options;
  try {
    const outcome = plan(options);
    await terminal.print(`${titleOf(outcome)}\n${describePlan(outcome.plan)}\n`);
    if (options.isDryRun) {
      await terminal.print('Nothing was written (--dry-run).\n');
      return 0;
    }
    if (!(await mayWrite(options, 'Write these files?'))) return 1;
    writePlan(outcome.plan);
    await terminal.print(`${stepsByHand(outcome)}${nextSteps(outcome)}\n${undoSteps(outcome)}`);
    return 0;
  } catch (error) {
    if (!(error instanceof InitError)) throw error;
    await terminal.report(`${error.message}\n`);
    return error.exitCode;
  }
}

/** Asks once where it was not answered before. @throws InitError where there is no terminal to ask on */
export async function mayWrite(
  { isConfirmed, terminal }: Pick<InitOptions, 'isConfirmed' | 'terminal'>,
  question: string,
): Promise<boolean> {
  if (isConfirmed) return true;
  if (terminal.confirm === undefined)
    throw new InitError('Nothing was written: there is no terminal to ask on. Repeat the command with --yes, or with --dry-run.', 2);
  const isAllowed = await terminal.confirm(question);
  if (!isAllowed) await terminal.report('Nothing was written.\n');
  return isAllowed;
}

function plan(options: InitOptions): InitOutcome {
  const template: Template = oneOf('--template', templates, options.template) ?? 'minimal';
  const language: Language | undefined = oneOf('--language', ['typescript', 'javascript'] as const, options.language);
  const chosen: PackageManager | undefined = oneOf('--package-manager', packageManagers, options.packageManager);
  if (options.folder === '') throw new InitError('The folder must have a name: delegation init my-jobs', 2);
  const folder = resolve(options.folder ?? '.');
  const found = readProject(folder);
  const project = language === undefined ? found : { ...found, language };
  const packageManager = chosen ?? detectPackageManager(folder, process.env['npm_config_user_agent']);
  const plan: FilePlan = planApp(project, { template, packageManager, nodeVersion: process.versions.node });
  refuseConflicts(
    plan,
    'Remove or rename it first, or choose another folder: delegation init my-jobs. For one more job type: delegation add job-type <name>',
  );
  return { project, plan, packageManager, template, newPaths: newPaths(plan) };
}

function titleOf({ project, packageManager }: InitOutcome): string {
  const kind = project.isFresh ? 'a new app' : project.isCdkApp ? 'your CDK app' : 'your project';
  const language = project.language === 'typescript' ? 'TypeScript' : 'JavaScript';
  return `In ${shownPath(project.folder)}, ${kind} (${language}, ${project.isEsm ? 'ES modules' : 'CommonJS'}, ${packageManager}):`;
}

function oneOf<T extends string>(option: string, values: readonly T[], value: string | undefined): T | undefined {
  if (value === undefined) return undefined;
  const found = values.find((one) => one === value);
  if (found === undefined) throw new InitError(`${option} must be ${values.join(' or ')} (was ${JSON.stringify(value)}).`, 2);
  return found;
}
