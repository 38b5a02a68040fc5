/** What is in the folder that `delegation init` is to work in. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { isTaken, shownPath } from './file-plan.ts';
import { InitError, reasonOf } from './init-error.ts';
import { dependenciesOf, type Manifest, readManifest } from './package-manifest.ts';
import type { Language } from './template-files.ts';

export interface ExistingProject {
  /** The absolute path. */
  readonly folder: string;
  /** Undefined where there is no package.json. */
  readonly manifest: Manifest | undefined;
  /** Whether there is no code yet: the files of a new repository at most. */
  readonly isFresh: boolean;
  /** Whether it is a CDK app that somebody wrote. */
  readonly isCdkApp: boolean;
  /** Whether Node takes a `.js` or `.ts` file at its root for an ES module. */
  readonly isEsm: boolean;
  readonly language: Language;
}

/** Names in a folder without code: what git hosts, editors, package managers and packing leave. */
const harmless =
  /^(\..*|package\.json|package-lock\.json|pnpm-.*\.yaml|yarn\.lock|node_modules|.*\.tgz|(readme|licen[cs]e|agents)(\..*)?)$/i;

/** @throws InitError when it is not a folder, cannot be read, or its package.json is not valid */
export function readProject(folder: string): ExistingProject {
  checkFolder(folder);
  const names = existsSync(folder) ? list(folder) : [];
  const manifest = readManifest(folder);
  const packages = dependenciesOf(manifest);
  const isFresh = names.every((name) => harmless.test(name));
  // A fresh folder may have the CDK as a peer of Delegation, and nothing written with it.
  const isCdkApp = !isFresh && (names.includes('cdk.json') || 'aws-cdk-lib' in packages);
  const isEsm = isFresh || manifest?.json['type'] === 'module';
  return { folder, manifest, isFresh, isCdkApp, isEsm, language: isFresh ? 'typescript' : languageOf(folder, names, packages) };
}

function checkFolder(folder: string): void {
  if (/\p{Cc}/u.test(folder))
    throw new InitError(`The folder's name has a control character in it: ${JSON.stringify(basename(folder))}.`, 2);
  let place = folder;
  while (!isTaken(place) && dirname(place) !== place) place = dirname(place);
  const found = statSync(place, { throwIfNoEntry: false });
  if (found?.isDirectory()) return;
  throw new InitError(`${shownPath(place)} is not a folder. Name another one: delegation init my-jobs`, 2);
}

function list(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    throw new InitError(`${shownPath(folder)} cannot be read: ${reasonOf(error)}.`, 1, { cause: error });
  }
}

/** TypeScript, unless everything that can be seen is JavaScript. The job types that are there decide first. */
function languageOf(folder: string, names: readonly string[], packages: Readonly<Record<string, string>>): Language {
  const jobTypes = endingsIn(join(folder, 'jobs'));
  if (jobTypes.size > 0) return jobTypes.has('ts') ? 'typescript' : 'javascript';
  if (names.includes('tsconfig.json') || 'typescript' in packages) return 'typescript';
  const places = [folder, ...['src', 'lib', 'bin', 'app'].map((name) => join(folder, name))];
  const endings = new Set(places.flatMap((place) => [...endingsIn(place)]));
  return endings.has('js') && !endings.has('ts') ? 'javascript' : 'typescript';
}

/** @returns `ts` and `js`, where files of the folder or of its folders are of that language */
function endingsIn(folder: string): ReadonlySet<string> {
  if (!isFolder(folder)) return new Set();
  const names = list(folder).filter((name) => name !== 'node_modules' && !name.startsWith('.'));
  const inside = names.filter((name) => isFolder(join(folder, name))).flatMap((name) => list(join(folder, name)));
  return new Set([...names, ...inside].flatMap((name) => /\.[cm]?([jt]s)x?$/.exec(name)?.[1] ?? []));
}

const isFolder = (path: string) => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** @returns whether the project's compiler accepts imports that end in `.ts`; true where that cannot be seen in the file */
export function importsByTsName({ folder }: ExistingProject): boolean {
  const file = join(folder, 'tsconfig.json');
  return !existsSync(file) || /"(allowImportingTsExtensions|rewriteRelativeImportExtensions)"\s*:\s*true/.test(readFileSync(file, 'utf8'));
}
