/** Finds native packages for the platform of the Lambda, which the synthesising machine need not have. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve, sep } from 'node:path';
import { DeploymentError } from '../deployment-error.ts';

export interface NativeModule {
  /** The package that loads the native code, such as `@duckdb/node-bindings`. */
  readonly module: string;
  /** As its platform packages are named: `linux-arm64`. */
  readonly platform: string;
  /** The file whose bundle needs it. */
  readonly entry: string;
  /** The files that are bundled: they say which copy of the module is in use. */
  readonly inputs: readonly string[];
}

/** The release of DuckDB that this package is tested with. A test holds these checksums against the repository's lockfile. */
export const duckDbPackage = '@duckdb/node-api@1.5.5-r.5';
export const knownChecksums: Readonly<Record<string, string>> = {
  '@duckdb/node-bindings-linux-arm64@1.5.5-r.5':
    'sha512-CafH2AIvXtpwDynG3KB/4uEOHRGlFoB7auCRMIwH3BKNIobsANV5LSpDJ3tfyRCFIsK6e8AT1eseWVnu2Dv3cw==',
  '@duckdb/node-bindings-linux-x64@1.5.5-r.5':
    'sha512-kCyq6BXhn6QXfwF8yVdVKriSSHP+rfVWcJ56cG8qZzlOZpxyvT5WGm6jMshxg4ditLlOsHsIN/D47RYrcjXuHQ==',
};

/**
 * Copies a module's package for a platform into an asset's `node_modules`, in the version that the installed module asks for. A package that
 * the package manager left out, since this machine could not run it, is fetched with `npm pack`, checked, and kept for the next time.
 */
export function addNativePackage(native: NativeModule, assetFolder: string): void {
  const { module, platform } = native;
  const folder = moduleFolder(native);
  const name = `${module}-${platform}`;
  const version = platformVersion(folder, name);
  const installed = modulesAround(folder)
    .map((modules) => join(modules, name))
    .find((path) => existsSync(path) && readPackage(path).version === version);
  const source = installed ?? fetchPackage(name, version, folder);
  const target = join(assetFolder, 'node_modules', name);
  rmSync(target, { recursive: true, force: true });
  linkFolder(source, target);
}

/** Hard links, since DuckDB's binding has 68 MB and an asset is only read; copies where the two are on different disks. */
function linkFolder(source: string, target: string): void {
  mkdirSync(target, { recursive: true });
  for (const name of readdirSync(source)) {
    const [from, to] = [realpathSync(join(source, name)), join(target, name)];
    if (statSync(from).isDirectory()) linkFolder(from, to);
    else linkFile(from, to);
  }
}

function linkFile(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch {
    copyFileSync(from, to);
  }
}

interface PackageJson {
  readonly version?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const readPackage = (folder: string) => JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as PackageJson;

/** The copy that was bundled, or, where the code loads it at run time only, the copy that Node would find from the entry. */
function moduleFolder({ module, entry, inputs }: NativeModule): string {
  const end = ['node_modules', ...module.split('/'), ''].join('/');
  const bundled = inputs.map((input) => input.split(sep).join('/')).find((input) => input.includes(end));
  if (bundled !== undefined) return resolve(bundled.slice(0, bundled.lastIndexOf(end) + end.length));
  const found = modulesAround(dirname(entry))
    .map((modules) => join(modules, module))
    .find((path) => existsSync(path));
  if (found === undefined)
    throw new DeploymentError(`The contract beside ${entry} names the native module ${module}, which is not installed.`);
  return found;
}

/** Where Node looks for the packages that a folder's files import. */
function modulesAround(folder: string): readonly string[] {
  return createRequire(join(resolve(folder), 'index.js')).resolve.paths('some-package') ?? [];
}

/** @throws DeploymentError unless it is one version: of a range, the next synthesis could deploy another one */
function platformVersion(folder: string, name: string): string {
  const version = readPackage(folder).optionalDependencies?.[name];
  if (version !== undefined && /^\d+\.\d+\.\d+/.test(version)) return version;
  const found = version === undefined ? 'it does not name that package' : `it asks for "${version}"`;
  throw new DeploymentError(`A native module must ask for one version of ${name} in its optionalDependencies; in ${folder}, ${found}.`);
}

function fetchPackage(name: string, version: string, requiredBy: string): string {
  const cache = cacheFolder();
  const folder = join(cache, `${name.replace('/', '+')}@${version}`);
  if (existsSync(folder)) return folder;
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    const packed = npmPack(`${name}@${version}`, work);
    const integrity = knownChecksums[`${name}@${version}`] ?? lockedChecksum(name, version, [process.cwd(), requiredBy]);
    if (integrity !== undefined) checkIntegrity(name, readFileSync(join(work, packed)), integrity);
    execFileSync('tar', ['-xzf', packed], { cwd: work, stdio: 'ignore' });
    moveUnlessThere(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

/** Several builds may fetch the same package at once; the first one's copy stays. */
function moveUnlessThere(from: string, to: string): void {
  try {
    renameSync(from, to);
  } catch (error) {
    if (!existsSync(to)) throw error;
  }
}

/** npm itself compares what it fetched with the checksum in the registry's metadata. @returns the file's name */
function npmPack(spec: string, cwd: string): string {
  const isWindows = process.platform === 'win32';
  try {
    const output = execFileSync(isWindows ? 'npm.cmd' : 'npm', ['pack', spec, '--silent'], { cwd, encoding: 'utf8', shell: isWindows });
    return output.trim().split('\n').at(-1) ?? '';
  } catch (error) {
    throw new DeploymentError(
      `${spec}, which the Lambda needs, could not be fetched with npm pack. Where npm or the registry cannot be reached, let your package manager install it: npm install --os=linux --cpu=arm64, or supportedArchitectures of pnpm and Yarn.`,
      { cause: error },
    );
  }
}

/** In the app's `node_modules`, which its package manager and its CI keep; an app without one fetches each time. */
function cacheFolder(): string {
  const modules = upwards(process.cwd(), 'node_modules').find(existsSync);
  if (modules === undefined) return mkdtempSync(join(tmpdir(), 'delegation-native-'));
  const cache = join(modules, '.cache', 'delegation');
  mkdirSync(cache, { recursive: true });
  return cache;
}

function upwards(start: string, name: string): readonly string[] {
  const folders = [resolve(start)];
  for (let folder = resolve(start); dirname(folder) !== folder; folder = dirname(folder)) folders.push(dirname(folder));
  return folders.map((folder) => join(folder, name));
}

/** @returns the checksum by which a lockfile of npm, pnpm or Yarn 1 pins the package; the others have none of its tarball */
function lockedChecksum(name: string, version: string, folders: readonly string[]): string | undefined {
  const lockfiles = ['package-lock.json', 'pnpm-lock.yaml', 'yarn.lock'];
  const files = folders.flatMap((folder) => lockfiles.flatMap((lockfile) => upwards(folder, lockfile))).filter(existsSync);
  return files.map((file) => checksumIn(readFileSync(file, 'utf8'), name, version)).find((found) => found !== undefined);
}

/** @param lockfile the text of one that npm, pnpm or Yarn 1 wrote */
export function checksumIn(lockfile: string, name: string, version: string): string | undefined {
  if (lockfile.startsWith('{')) {
    const { packages = {} } = JSON.parse(lockfile) as { packages?: Record<string, { version?: string; integrity?: string }> };
    const entry = Object.entries(packages).find(([path, found]) => path.endsWith(`node_modules/${name}`) && found.version === version);
    return entry?.[1].integrity;
  }
  const [plainName, plainVersion] = [name, version].map((text) => text.replaceAll(/[.+]/g, '\\$&'));
  const pnpm = new RegExp(`${plainName}@${plainVersion}'?:\\s+resolution: \\{integrity: ([^},]+)`);
  const yarn = new RegExp(`^"?${plainName}@[^\\n]*:\\n  version "${plainVersion}"\\n(?:  resolved [^\\n]*\\n)?  integrity (\\S+)`, 'm');
  return (pnpm.exec(lockfile) ?? yarn.exec(lockfile))?.[1];
}

/** @param integrity as in a lockfile: algorithm, dash, base64 digest. @see https://www.w3.org/TR/SRI/ */
function checkIntegrity(name: string, tarball: Buffer, integrity: string): void {
  const [algorithm = '', digest] = integrity.split(/-(.*)/s);
  if (createHash(algorithm).update(tarball).digest('base64') !== digest) {
    throw new DeploymentError(`What npm fetched as ${name} is not what was pinned: its checksum differs from ${integrity}.`);
  }
}
