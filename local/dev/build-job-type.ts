/** A job type's folder as code that can be loaded: its contract in this thread, its worker in a thread of its own. */
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join, resolve, sep } from 'node:path';
import { type BuildFailure, formatMessagesSync, type Message } from 'esbuild';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { contractViolations } from '../../lambdas/core/contract/contract-violations.ts';
import { bundleContract, bundleForThisMachine, sourceFile } from '../../lib/build/bundle.ts';
import { DevError, shown } from './job-folder.ts';

const require = createRequire(import.meta.url);
export const thisPlatform = `${process.platform}-${process.arch}`;

export interface BuiltContract {
  readonly folder: string;
  readonly contract: JobTypeContract;
  /** The bundled contract: what is served does not depend on what becomes of its source. */
  readonly contractFile: string;
  /** The bundled code, to see whether it changed. */
  readonly code: string;
  /** The files that it is built from. */
  readonly inputs: readonly string[];
}

/** @throws DevError that says what is wrong in which file */
export async function buildContract(folder: string, buildFolder: string): Promise<BuiltContract> {
  const place = join(buildFolder, `contract-${basename(folder)}`);
  const { file, inputs } = await explained(folder, () => bundleContract(folder, place));
  const source = shown(sourceFile(join(folder, 'contract')));
  const { contract } = load(file, source) as { contract?: JobTypeContract };
  if (typeof contract !== 'object' || contract === null)
    throw new DevError(`${source} must export its contract: export const contract = defineJobType({ … });`);
  const violations = contractViolations(contract);
  if (violations.length > 0) throw new DevError(`The contract in ${source} is not valid:\n  ${violations.join('\n  ')}`);
  return { folder, contract, contractFile: file, code: readFileSync(file, 'utf8'), inputs: inputs.map((input) => resolve(input)) };
}

export interface BuiltWorker {
  readonly file: string;
  /** What its error messages call it. */
  readonly source: string;
  readonly inputs: readonly string[];
}

/** @param others the types that it delegates to */
export async function buildWorker(own: BuiltContract, others: readonly BuiltContract[], buildFolder: string): Promise<BuiltWorker> {
  const { folder, contract } = own;
  const source = await explained(folder, async () => sourceFile(join(folder, 'worker')));
  const input = {
    entry: join(folder, 'worker'),
    name: contract.name,
    jobTypes: [own, ...others],
    platform: thisPlatform,
    buildFolder,
    nativeModules: contract.nativeModules ?? [],
  };
  const bundle = await explained(folder, () => bundleForThisMachine(input));
  return { file: join(bundle.folder, 'index.js'), source: shown(source), inputs: bundle.inputs.map((path) => resolve(path)) };
}

export interface HandlerInput {
  /** The file that exports `handler`, without its extension. */
  readonly entry: string;
  /** Names its bundle. */
  readonly name: string;
  /** The job types of its catalogue. */
  readonly jobTypes: readonly BuiltContract[];
}

/** @returns the exports of one of Delegation's own handlers, and the file that they are from */
export async function buildHandler<Exports>(
  input: HandlerInput,
  buildFolder: string,
): Promise<{ readonly exported: Exports; readonly file: string }> {
  const bundle = await bundleForThisMachine({ ...input, platform: thisPlatform, buildFolder });
  const file = join(bundle.folder, 'index.js');
  return { exported: require(file) as Exports, file };
}

/** What was built before is in use until the new code is; the folder of an earlier process is not. */
export function clearBuilds(buildFolder: string): void {
  rmSync(buildFolder, { recursive: true, force: true });
}

/** Removes the builds that nothing is in use of. @param inUse files of the others */
export function removeOldBuilds(buildFolder: string, inUse: readonly string[]): void {
  if (!existsSync(buildFolder)) return;
  for (const name of readdirSync(buildFolder)) {
    const build = join(buildFolder, name);
    if (!inUse.some((file) => file.startsWith(`${build}${sep}`))) rmSync(build, { recursive: true, force: true });
  }
}

function load(file: string, source: string): unknown {
  try {
    return require(file);
  } catch (error) {
    throw new DevError(`${source} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

async function explained<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { errors } = error as Partial<BuildFailure>;
    if (errors === undefined) throw error instanceof Error ? new DevError(error.message, { cause: error }) : error;
    throw new DevError(`${shown(folder)} cannot be built:\n${formatErrors(errors)}`, { cause: error });
  }
}

function formatErrors(errors: readonly Message[]): string {
  const color = process.stdout.isTTY && process.stdout.hasColors();
  return formatMessagesSync([...errors], { kind: 'error', color })
    .map((text) => text.trim())
    .join('\n');
}

/** @returns the files in which a build failed, which may be outside the folder of the job type */
export function failedFiles(error: unknown): readonly string[] {
  const { errors = [] } = ((error as Error).cause ?? {}) as Partial<BuildFailure>;
  return errors.flatMap(({ location }) => (location === null ? [] : [resolve(location.file)]));
}
