/** What a command prints at its end: what to run next, what to add by hand, and how to undo it. */
import { addedPackages } from './app-manifest.ts';
import { configPath, jobsFolder, type Template } from './app-plan.ts';
import { type ExistingProject, importsByTsName } from './existing-project.ts';
import { type FilePlan, shownPath } from './file-plan.ts';
import { commandsOf, type PackageManager } from './package-manager.ts';
import { exampleType, extensionOf } from './template-files.ts';

export interface InitOutcome {
  readonly project: ExistingProject;
  readonly plan: FilePlan;
  readonly packageManager: PackageManager;
  readonly template: Template;
  /** What the plan creates, as absolute paths: files, and whole folders where these are new. */
  readonly newPaths: readonly string[];
}

/** @returns the commands that come next, with what each of them is for */
export function nextSteps({ project, packageManager, template }: InitOutcome): string {
  const { install, test, exec, node } = commandsOf[packageManager];
  const place = shownPath(project.folder);
  const deploys = template === 'cdk-app' || project.isCdkApp;
  const file = `${jobsFolder}/${exampleType}/worker.test${extensionOf(project.language)}`;
  const steps = [
    ...(place === '.' ? [] : [[`cd ${place}`, '']]),
    [install, 'installs the packages'],
    [project.isFresh ? test : `${node} --test ${file}`, 'runs the worker on the real engine, in memory'],
    [`${exec} delegation dev`, 'serves the job types on this machine'],
    [`${exec} delegation run ${exampleType} name=Ada`, 'in another terminal: submits a job and prints its result'],
    ...(deploys ? [[`${exec} ${project.isCdkApp ? 'cdk' : 'delegation'} deploy`, 'deploys to your AWS account']] : []),
  ] as const;
  return `Next:\n${columns(steps)}`;
}

/** @returns what cannot be done without understanding the project's code: empty where nothing is left */
export function stepsByHand({ project, plan, packageManager }: InitOutcome): string {
  const parts: string[] = [];
  if (project.isCdkApp) parts.push(stackLines(project));
  if (project.language === 'typescript' && !importsByTsName(project))
    parts.push(
      'Add to "compilerOptions" in tsconfig.json, since the job types import each other by their .ts names (it needs "noEmit": true):\n  "allowImportingTsExtensions": true,\n',
    );
  if (packageManager === 'pnpm' && !plan.files.some(({ path }) => path === 'pnpm-workspace.yaml'))
    parts.push(
      'If pnpm refuses to install because of build scripts, add to pnpm-workspace.yaml:\n  allowBuilds:\n    classic-level: false\n    esbuild: false\n',
    );
  return parts.map((part) => `${part}\n`).join('');
}

/** A stack is in a folder of its own in most apps: `lib/shop-stack.ts`. */
function stackLines(project: ExistingProject): string {
  const config = configPath(project);
  const from = `../${project.language === 'typescript' && !project.isEsm ? config.replace('.ts', '') : config}`;
  const load = (name: string, path: string) =>
    project.language === 'javascript' && !project.isEsm ? `const ${name} = require('${path}');` : `import ${name} from '${path}';`;
  const deployments = load(project.isEsm || project.language === 'typescript' ? 'deployments' : '{ default: deployments }', from);
  return `Add to your stack (the path is for a file in a folder such as lib):
  ${load('{ Delegation }', 'delegation-aws')}
  ${deployments}
  …
  new Delegation(this, 'Jobs', deployments[0]);
`;
}

/** @returns the commands that take back what was done */
export function undoSteps({ project, plan, packageManager, newPaths }: InitOutcome): string {
  const manifest = plan.files.find(({ path }) => path === 'package.json');
  const added = manifest?.action === 'modify' ? addedPackages(project.manifest?.json ?? {}, JSON.parse(manifest.text)) : [];
  const removal = added.length === 0 ? '' : `\n            ${commandsOf[packageManager].remove} ${added.join(' ')}`;
  return `To undo it: rm -r ${newPaths.map(shownPath).join(' ')}${removal}\n`;
}

/** @returns the next command for a job type, and the lines that `delegation.config` needs for it */
export function jobTypeSteps(test: string, exec: string, config: { file: string; importLine: string; entry: string } | undefined): string {
  const lines =
    config === undefined ? '' : `Add to ${config.file}, to deploy it too:\n  ${config.importLine}\n  and in jobTypes: ${config.entry}\n\n`;
  return `${lines}Next:\n${columns([
    [test, 'runs its test'],
    [`${exec} delegation dev`, 'serves it; one that runs already has found it'],
  ])}`;
}

function columns(rows: readonly (readonly [string, string] | readonly string[])[]): string {
  const longest = Math.max(...rows.map(([command = '']) => command.length));
  return rows.map(([command = '', what = '']) => `  ${what === '' ? command : `${command.padEnd(longest)}  # ${what}`}\n`).join('');
}
