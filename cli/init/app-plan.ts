/** Decides which files `delegation init` creates and changes, by what is there. */
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { planManifest } from './app-manifest.ts';
import type { ExistingProject } from './existing-project.ts';
import { addLines, type FilePlan, isTaken, type PlannedFile } from './file-plan.ts';
import type { PackageManager } from './package-manager.ts';
import { exampleType, forManager, inLanguage, jobTypeFiles, readTemplate } from './template-files.ts';

export const templates = ['minimal', 'cdk-app'] as const;
export type Template = (typeof templates)[number];

export interface AppChoices {
  readonly template: Template;
  readonly packageManager: PackageManager;
  /** The version of Node that runs this, e.g. `24.0.0`. */
  readonly nodeVersion: string;
}

export const jobsFolder = 'jobs';

/** @returns the files, those that stay as they are included */
export function planApp(project: ExistingProject, choices: AppChoices): FilePlan {
  const { folder, isFresh } = project;
  const scope = moduleScope(project, exampleType);
  const jobType = jobTypeFiles(exampleType, project.language).map(({ path, text, what }) => create(`${jobsFolder}/${path}`, text, what));
  const files = [...jobType, ...scope, ...deploymentFiles(project, choices), ...settingsFiles(project, choices)];
  return { folder, files: isFresh ? [...files, ...pages(project, choices)] : files };
}

/**
 * Plans the package.json that makes a job type of a CommonJS project an ES module. It is for all of the folder of job types where that folder is new, and for
 * the one job type where others' files may be beside it.
 */
export function moduleScope({ folder, isEsm }: ExistingProject, jobType: string): readonly PlannedFile[] {
  const ofAll = `${jobsFolder}/package.json`;
  if (isEsm || isModuleScope(join(folder, ofAll))) return [];
  const path = existsSync(join(folder, jobsFolder)) ? `${jobsFolder}/${jobType}/package.json` : ofAll;
  return [create(path, '{ "type": "module" }\n', 'its files are ES modules')];
}

function isModuleScope(file: string): boolean {
  return existsSync(file) && /"type"\s*:\s*"module"/.test(readFileSync(file, 'utf8'));
}

function deploymentFiles(project: ExistingProject, { template, packageManager }: AppChoices): readonly PlannedFile[] {
  if (template !== 'cdk-app' && !project.isCdkApp) return [];
  const config = create(configPath(project), configText(project), 'what is deployed');
  if (project.isCdkApp) return [config];
  const extension = rootExtension(project);
  const app = create(
    `app${extension}`,
    renamed(forManager(inLanguage(readTemplate('app.ts'), project.language), packageManager), project),
    'the CDK app',
  );
  const cdk = readTemplate('cdk.json').replace('app.ts', `app${extension}`);
  return [config, app, create('cdk.json', cdk, 'how the CDK starts the app')];
}

/** Files at the root of a CommonJS project: Node reads `.mjs` as an ES module, and TypeScript compiles `.ts`. */
const rootExtension = ({ isEsm, language }: ExistingProject) => (language === 'typescript' ? '.ts' : isEsm ? '.js' : '.mjs');
export const configPath = (project: ExistingProject) => `delegation.config${rootExtension(project)}`;

export function configText(project: ExistingProject): string {
  return renamed(inLanguage(readTemplate('delegation.config.ts'), project.language), project);
}

/** What stays in TypeScript of a CommonJS project has no `import.meta`; the CDK runs an app in its own folder. */
function renamed(text: string, project: ExistingProject): string {
  if (project.isEsm) return text;
  if (project.language === 'javascript') return text.replaceAll('delegation.config.js', configPath(project));
  return text.replaceAll('join(import.meta.dirname, ', 'resolve(').replaceAll('import { join }', 'import { resolve }');
}

function settingsFiles(project: ExistingProject, choices: AppChoices): readonly PlannedFile[] {
  const { folder, language } = project;
  const isCdkApp = choices.template === 'cdk-app' && !project.isCdkApp;
  const manifest = planManifest(project, { isCdkApp, nodeVersion: choices.nodeVersion });
  const files = [manifest, addLines(folder, '.gitignore', ignored(), 'what git leaves out')];
  if (language === 'typescript')
    files.push(leaveOrCreate(folder, 'tsconfig.json', readTemplate('tsconfig.json'), 'how TypeScript checks it'));
  if (choices.packageManager === 'pnpm' && !isInPnpmWorkspace(folder))
    files.push(create('pnpm-workspace.yaml', readTemplate('pnpm-workspace.yaml'), 'whose install scripts run'));
  return files;
}

const ignored = () => readTemplate('gitignore').trim().split('\n');

function isInPnpmWorkspace(folder: string): boolean {
  return existsSync(join(folder, 'pnpm-workspace.yaml')) || (dirname(folder) !== folder && isInPnpmWorkspace(dirname(folder)));
}

/** What only a new app needs; a page that is there stays. */
function pages({ folder, language }: ExistingProject, { template, packageManager }: AppChoices): readonly PlannedFile[] {
  const page = (path: string) =>
    forManager(inLanguage(readTemplate(path), language), packageManager).replace('# jobs-app', `# ${basename(folder)}`);
  const deploys = template === 'cdk-app';
  return [
    leaveOrCreate(folder, 'README.md', deploys ? page('README.md') : withoutDeploy(page('README.md')), 'the commands'),
    leaveOrCreate(folder, 'AGENTS.md', page('AGENTS.md'), 'the rules, for coding assistants'),
  ];
}

const withoutDeploy = (text: string) =>
  text
    .split('\n')
    .filter((line) => !line.includes(' deploy '))
    .join('\n');
const create = (path: string, text: string, what: string): PlannedFile => ({ action: 'create', path, text, what });

function leaveOrCreate(folder: string, path: string, text: string, what: string): PlannedFile {
  return isTaken(join(folder, path)) ? { action: 'leave', path, what: 'is there already' } : create(path, text, what);
}
