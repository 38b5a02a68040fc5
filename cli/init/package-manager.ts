/** Finds the package manager that a project uses, and spells its commands. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readManifest } from './package-manifest.ts';

export const packageManagers = ['npm', 'pnpm', 'yarn'] as const;
export type PackageManager = (typeof packageManagers)[number];

/** What each one calls the commands that a new user needs. The templates are written for npm. */
export const commandsOf = {
  npm: { install: 'npm install', test: 'npm test', exec: 'npx', node: 'npx node', remove: 'npm uninstall' },
  pnpm: { install: 'pnpm install', test: 'pnpm test', exec: 'pnpm exec', node: 'pnpm node', remove: 'pnpm remove' },
  yarn: { install: 'yarn install', test: 'yarn test', exec: 'yarn', node: 'yarn node', remove: 'yarn remove' },
} as const satisfies Record<PackageManager, Readonly<Record<string, string>>>;

const lockFiles = [
  ['package-lock.json', 'npm'],
  ['npm-shrinkwrap.json', 'npm'],
  ['pnpm-lock.yaml', 'pnpm'],
  ['pnpm-workspace.yaml', 'pnpm'],
  ['yarn.lock', 'yarn'],
] as const;

/**
 * Looks in the folder and then in those around it, since a workspace has one lock file, at its root: first for `packageManager` in package.json,
 * then for a lock file. Without either, it is the one that started this command, and else npm.
 * @param userAgent what package managers set as `npm_config_user_agent`, e.g. `pnpm/12.21.0 npm/? node/v24.0.0 linux x64`
 */
export function detectPackageManager(folder: string, userAgent: string | undefined): PackageManager {
  for (let place = folder; ; place = dirname(place)) {
    const found = declaredIn(place) ?? lockFiles.find(([file]) => existsSync(join(place, file)))?.[1];
    if (found !== undefined) return found;
    if (dirname(place) === place) return nameIn(userAgent?.split('/')[0]) ?? 'npm';
  }
}

/** @returns what `packageManager` names, such as `pnpm@12.21.0`; a package.json of others that cannot be read says nothing */
function declaredIn(folder: string): PackageManager | undefined {
  try {
    const declared = readManifest(folder)?.json['packageManager'];
    return typeof declared === 'string' ? nameIn(declared.split('@')[0]) : undefined;
  } catch {
    return undefined;
  }
}

const nameIn = (text: string | undefined) => packageManagers.find((name) => name === text);
