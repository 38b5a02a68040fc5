/** Finds native packages for the platform of the Lambda, which the synthesising machine need not have. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');

interface LockedPackage {
  readonly version: string;
  readonly integrity: string;
}

/**
 * Copies a package, as the lockfile pins it, into an asset's `node_modules`. One that npm left out, since this machine could not run it, is
 * fetched with `npm pack`, checked against the lockfile's checksum, and kept for the next time.
 */
export function addNativePackage(name: string, assetFolder: string): void {
  const target = join(assetFolder, 'node_modules', name);
  const installed = upwards(join('node_modules', name)).find(existsSync);
  cpSync(installed ?? fetchPackage(name), target, { recursive: true, dereference: true });
}

/** A path below this package and each folder around it: npm hoists what an app depends on, and keeps the only lockfile at its top. */
function upwards(path: string): readonly string[] {
  const folders = [root];
  for (let folder = root; dirname(folder) !== folder; folder = dirname(folder)) folders.push(dirname(folder));
  return folders.map((folder) => join(folder, path));
}

function fetchPackage(name: string): string {
  const locked = lockedPackage(name);
  const cache = join(root, 'node_modules', '.cache', 'delegation');
  const folder = join(cache, `${name.replace('/', '+')}@${locked.version}`);
  if (existsSync(folder)) return folder;
  mkdirSync(cache, { recursive: true });
  const work = mkdtempSync(join(cache, 'fetch-'));
  try {
    const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
    const options = { cwd: work, stdio: ['ignore', 'pipe', 'ignore'] as ['ignore', 'pipe', 'ignore'] };
    const packed =
      execFileSync(npm, ['pack', `${name}@${locked.version}`, '--silent'], options)
        .toString()
        .trim()
        .split('\n')
        .at(-1) ?? '';
    checkIntegrity(name, readFileSync(join(work, packed)), locked.integrity);
    execFileSync('tar', ['-xzf', packed], options);
    renameSync(join(work, 'package'), folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  return folder;
}

function lockedPackage(name: string): LockedPackage {
  for (const file of upwards('package-lock.json').filter(existsSync)) {
    const { packages = {} } = JSON.parse(readFileSync(file, 'utf8')) as { packages?: Record<string, LockedPackage> };
    const found = Object.entries(packages).find(([path]) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`));
    if (found !== undefined) return found[1];
  }
  throw new Error(`No package-lock.json from ${root} upwards pins ${name}, which the Lambda needs.`);
}

/** @param integrity as in the lockfile: algorithm, dash, base64 digest. @see https://www.w3.org/TR/SRI/ */
function checkIntegrity(name: string, tarball: Buffer, integrity: string): void {
  const [algorithm = '', digest] = integrity.split(/-(.*)/s);
  if (createHash(algorithm).update(tarball).digest('base64') !== digest) {
    throw new Error(`What npm fetched as ${name} is not what package-lock.json pins: its checksum differs.`);
  }
}
