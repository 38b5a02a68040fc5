/** The package.json of a project: read it, and add to it what is missing. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { InitError, reasonOf } from './init-error.ts';

export interface Manifest {
  readonly json: Readonly<Record<string, unknown>>;
  /** The file, unchanged. */
  readonly text: string;
}

type Versions = Readonly<Record<string, string>>;

/** @returns undefined where the folder has none @throws InitError when it is not a JSON object, or its dependencies are none */
export function readManifest(folder: string): Manifest | undefined {
  const file = join(folder, 'package.json');
  if (!existsSync(file)) return undefined;
  const text = readText(file);
  const json = parse(text, file);
  for (const name of ['dependencies', 'devDependencies', 'scripts'])
    if (json[name] !== undefined && !isObject(json[name])) throw new InitError(`"${name}" in ${file} must be an object. Correct it first.`);
  return { json, text };
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    throw new InitError(`${file} cannot be read: ${reasonOf(error)}.`, 1, { cause: error });
  }
}

function parse(text: string, file: string): Readonly<Record<string, unknown>> {
  let json: unknown;
  try {
    json = JSON.parse(text.replace(/^\ufeff/, ''));
  } catch (error) {
    throw new InitError(`${file} is not JSON: ${(error as Error).message}. Correct it first.`, 1, { cause: error });
  }
  if (!isObject(json)) throw new InitError(`${file} must be a JSON object. Correct it first.`);
  return json;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** @returns the packages that a project names, for running and for development */
export function dependenciesOf(manifest: Manifest | undefined): Versions {
  const { dependencies = {}, devDependencies = {} } = (manifest?.json ?? {}) as Record<string, Versions | undefined>;
  return { ...devDependencies, ...dependencies };
}

/** @returns the members with the packages added that they lack, in the order of their names */
export function withPackages(json: Readonly<Record<string, unknown>>, wanted: PackageVersions): Record<string, unknown> {
  const has = dependenciesOf({ json, text: '' });
  const added = (kind: keyof PackageVersions) => {
    const missing = Object.entries(wanted[kind]).filter(([name]) => !(name in has));
    const all = { ...(json[kind] as Versions | undefined), ...Object.fromEntries(missing) };
    return missing.length === 0 ? {} : { [kind]: Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1))) };
  };
  return { ...json, ...added('dependencies'), ...added('devDependencies') };
}

/** @returns JSON, indented as the text is that it replaces */
export function manifestText(json: Readonly<Record<string, unknown>>, like = '{\n  "": 0\n}\n'): string {
  const indent = /^[ \t]+(?=")/m.exec(like)?.[0] ?? '  ';
  const text = `${JSON.stringify(json, null, indent)}${like.endsWith('\n') ? '\n' : ''}`;
  return like.includes('\r\n') ? text.replaceAll('\n', '\r\n') : text;
}

export interface PackageVersions {
  readonly dependencies: Versions;
  readonly devDependencies: Versions;
}

const root = join(import.meta.dirname, '..', '..');
/** A build puts this file one folder deeper. */
const home = existsSync(join(root, 'package.json')) ? root : dirname(root);

/**
 * The versions that this Delegation was built and tested with.
 * @param folder the project, to which the path of a tarball is relative
 */
export function packageVersions(folder: string, { isCdkApp, isTypeScript, addsNode }: WantedPackages): PackageVersions {
  const { version, peerDependencies, devDependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));
  const own = { 'delegation-aws': installedFrom(folder) ?? `^${version}` };
  const pick = (from: Versions, names: readonly string[]) => Object.fromEntries(names.map((name) => [name, String(from[name])]));
  const tools = [...(isTypeScript ? ['@types/node', 'typescript'] : []), ...(isCdkApp ? ['aws-cdk'] : []), ...(addsNode ? ['node'] : [])];
  return {
    dependencies: { ...pick(peerDependencies, ['aws-cdk-lib', 'constructs']), ...own, ...pick(peerDependencies, ['zod']) },
    devDependencies: pick(devDependencies, tools.sort()),
  };
}

export interface WantedPackages {
  readonly isCdkApp: boolean;
  readonly isTypeScript: boolean;
  /** Whether the project needs a Node of its own, as this machine's is too old to run its tests. */
  readonly addsNode: boolean;
}

/**
 * Looks for the package.json around this package that names it: a project's own, or that of the cache of `npx`.
 * @returns the tarball or repository that it was installed from; undefined where it came from a registry, or runs in its repository
 */
function installedFrom(folder: string): string | undefined {
  for (let around = dirname(home); around !== dirname(around); around = dirname(around)) {
    const wanted = specifierIn(around);
    if (wanted?.startsWith('file:'))
      return `file:${relative(folder, resolve(around, wanted.slice(5)))
        .split(sep)
        .join('/')}`;
    if (wanted !== undefined) return /^(git|github|https?)[:+]/.test(wanted) ? wanted : undefined;
  }
  return undefined;
}

/** @returns what the folder's package.json says of this package; one of others that cannot be read says nothing */
function specifierIn(folder: string): string | undefined {
  try {
    return dependenciesOf(readManifest(folder))['delegation-aws'];
  } catch {
    return undefined;
  }
}
