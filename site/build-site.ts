/**
 * `npm run site` builds the documentation into `.build/site`, `npm run site:dev` serves it while it is written. What it needs beyond the product is in this folder's own
 * package.json, and is installed here the first time, and again when its lockfile has changed.
 *
 *     DELEGATION_SITE_BASE=/delegation/                    the path that it is served below; `/` by default
 *     DELEGATION_SITE_REPOSITORY=https://…/blob/main      where links to files of the repository lead; without it they are named alone
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = import.meta.dirname;
const [mode] = process.argv.slice(2);
if (mode !== 'build' && mode !== 'dev') {
  console.error('Say what to do: npm run site builds the site, npm run site:dev serves it.');
  process.exit(2);
}

/** What fails has said why. */
const run = (command: string, ...args: string[]) => {
  const { status, error } = spawnSync(command, args, { cwd: folder, stdio: 'inherit' });
  if (error !== undefined) throw error;
  if (status !== 0) process.exit(status ?? 1);
};
if (!isInstalled()) run('npm', 'ci');
if (mode === 'build') run(process.execPath, join(folder, '..', 'node_modules', 'typescript', 'bin', 'tsc'), '-p', '.');
run(process.execPath, join(folder, 'node_modules', 'vitepress', 'bin', 'vitepress.js'), mode, '.');

/** Npm notes what it has installed in a lockfile of its own, which has no root package. */
function isInstalled(): boolean {
  const packagesOf = (path: string) => {
    const { packages } = JSON.parse(readFileSync(join(folder, path), 'utf8')) as {
      packages: Record<string, { readonly version?: string; readonly optional?: true }>;
    };
    return packages;
  };
  try {
    const installed = packagesOf(join('node_modules', '.package-lock.json'));
    // Those of other platforms are optional.
    return Object.entries(packagesOf('package-lock.json')).every(
      ([path, { version, optional }]) => path === '' || optional === true || installed[path]?.version === version,
    );
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}
