/** `delegation add job-type <name>`: one more job type in an app. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { contractViolations } from '../../lambdas/core/contract/contract-violations.ts';
import { internalTypes } from '../../lambdas/jobs/internal-types.ts';
import { configPath, configText, jobsFolder, moduleScope } from './app-plan.ts';
import { type ExistingProject, readProject } from './existing-project.ts';
import { describePlan, type FilePlan, isTaken, refuseConflicts, shownPath } from './file-plan.ts';
import { InitError } from './init-error.ts';
import type { Terminal } from './init-terminal.ts';
import { jobTypeSteps } from './next-steps.ts';
import { commandsOf, detectPackageManager } from './package-manager.ts';
import { configLines, extensionOf, jobTypeFiles } from './template-files.ts';
import { writePlan } from './write-plan.ts';

export interface AddJobTypeOptions {
  /** The name of the new job type, and of its folder. */
  readonly name: string;
  /** The app, whose job types are in its folder `jobs`. @default the current folder */
  readonly folder?: string | undefined;
  readonly isDryRun: boolean;
  readonly terminal: Terminal;
}

/**
 * Creates the contract, the worker and the test of a job type. It only creates files, so it asks nothing.
 * @returns 0; 1 where something is in the way; 2 for a name that no job type can have
 */
export async function addJobType({ name, folder: place, isDryRun, terminal }: AddJobTypeOptions): Promise<number> {
  try {
    checkName(name);
    const project = readApp(resolve(place ?? '.'));
    const plan = planJobType(project, name);
    await terminal.print(`${describePlan(plan)}\n`);
    if (isDryRun) {
      await terminal.print('Nothing was written (--dry-run).\n');
      return 0;
    }
    writePlan(plan);
    await terminal.print(`${stepsOf(project, name)}\nTo undo it: rm -r ${shownPath(join(project.folder, jobsFolder, name))}\n`);
    return 0;
  } catch (error) {
    if (!(error instanceof InitError)) throw error;
    await terminal.report(`${error.message}\n`);
    return error.exitCode;
  }
}

/** The engine's own rule for names. @throws InitError that says what a name is */
function checkName(name: string): void {
  const faults = contractViolations({ name }).filter((violation) => violation.startsWith('name:'));
  if (faults.length > 0)
    throw new InitError(
      `The name of a job type must be kebab-case, such as resize-image, of at most 40 characters (was ${JSON.stringify(name)}).`,
      2,
    );
  if (internalTypes.some((internal) => internal.name === name))
    throw new InitError(`No job type can be named ${name}, since Delegation has one of that name. Choose another name.`, 2);
}

/** @throws InitError where there is no app yet */
function readApp(folder: string): ExistingProject {
  const project = readProject(folder);
  const jobs = statSync(join(folder, jobsFolder), { throwIfNoEntry: false });
  if (jobs !== undefined && !jobs.isDirectory())
    throw new InitError(`${shownPath(join(folder, jobsFolder))} is a file. It must be the folder of the job types.`);
  if (project.manifest !== undefined || jobs !== undefined) return project;
  throw new InitError(`There is no app in ${shownPath(folder)}: neither package.json nor ${jobsFolder}. Make one first: delegation init`);
}

function planJobType(project: ExistingProject, name: string): FilePlan {
  const { folder, language } = project;
  const place = join(folder, jobsFolder, name);
  if (isTaken(place)) throw new InitError(`${shownPath(place)} is there already. Choose another name, or remove it first.`);
  const owner = contractNamed(folder, name);
  if (owner !== undefined) throw new InitError(`The contract in ${shownPath(owner)} has the name ${name} already. Choose another name.`);
  const files = jobTypeFiles(name, language).map((file) => ({ ...file, action: 'create', path: `${jobsFolder}/${file.path}` }) as const);
  const plan = { folder, files: [...files, ...moduleScope(project, name)] };
  refuseConflicts(plan, 'Choose another name.');
  return plan;
}

/** @returns the contract of a job type of that name in a folder of another name, as far as its text shows */
function contractNamed(folder: string, name: string): string | undefined {
  const jobs = join(folder, jobsFolder);
  if (!existsSync(jobs)) return undefined;
  const contracts = readdirSync(jobs).flatMap((one) => ['.ts', '.js', '.mjs'].map((extension) => join(jobs, one, `contract${extension}`)));
  const pattern = new RegExp(`\\bname: *(['"\`])${name}\\1`);
  return contracts.find((file) => existsSync(file) && pattern.test(readFileSync(file, 'utf8')));
}

function stepsOf(project: ExistingProject, name: string): string {
  const { node, exec } = commandsOf[detectPackageManager(project.folder, process.env['npm_config_user_agent'])];
  const file = configPath(project);
  const config = existsSync(join(project.folder, file)) ? { file, ...configLines(name, configText(project)) } : undefined;
  return jobTypeSteps(`${node} --test ${jobsFolder}/${name}/worker.test${extensionOf(project.language)}`, exec, config);
}
