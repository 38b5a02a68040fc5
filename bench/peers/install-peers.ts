/**
 * Installs the peers and their servers into `.bench/`, which does not belong to the product: the packages by npm, at the versions of the lockfile beside
 * this file, and Redis and PostgreSQL from Debian's packages, which are unpacked and not installed.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const root = join(import.meta.dirname, '..', '..');
/** Git ignores it. */
const peersFolder = join(root, '.bench');
const debian = join(peersFolder, 'debian');

/** @returns the version of a peer's package */
export function peerVersion(name: string): string {
  const file = join(peersFolder, 'npm', 'node_modules', name, 'package.json');
  return (createRequire(import.meta.url)(file) as { readonly version: string }).version;
}

/** Imports a peer from the folder of its own. */
export async function importPeer<Module>(name: string): Promise<Module> {
  return (await import(createRequire(join(peersFolder, 'npm', 'package.json')).resolve(name))) as Module;
}

/** @throws Error where npm or apt-get fails, with what they said */
export function installPeers(): void {
  const folder = join(peersFolder, 'npm');
  mkdirSync(folder, { recursive: true });
  const files = ['package.json', 'package-lock.json'].map((name) => ({
    wanted: join(import.meta.dirname, name),
    there: join(folder, name),
  }));
  const isThere = files.every(({ wanted, there }) => existsSync(there) && readFileSync(there).equals(readFileSync(wanted)));
  if (!isThere || !existsSync(join(folder, 'node_modules', 'bullmq'))) {
    for (const { wanted, there } of files) copyFileSync(wanted, there);
    run('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], folder);
  }
  unpack('redis-server', redisServer);
  unpack('postgresql', postgresFolder);
}

const postgresFolder = join(debian, 'usr', 'lib', 'postgresql');

/** @returns the folder of PostgreSQL's programs @throws Error where it is not unpacked */
export function postgresPrograms(): string {
  const [version] = existsSync(postgresFolder) ? readdirSync(postgresFolder) : [];
  if (version === undefined) throw new Error(`PostgreSQL is not in ${postgresFolder}: call installPeers first.`);
  return join(postgresFolder, version, 'bin');
}

export const redisServer = join(debian, 'usr', 'bin', 'redis-server');

/** @returns the versions of the unpacked servers, by name */
export function serverVersions(): Readonly<Record<'Redis' | 'PostgreSQL', string>> {
  const versionOf = (program: string) =>
    /\d+(?:\.\d+)+/.exec(execFileSync(program, ['--version'], { env: serverEnvironment(), encoding: 'utf8' }))?.[0] ?? 'unknown';
  return { Redis: versionOf(redisServer), PostgreSQL: versionOf(join(postgresPrograms(), 'postgres')) };
}

/** What the unpacked programs find their libraries by. */
export function serverEnvironment(): NodeJS.ProcessEnv {
  const libraries = ['usr/lib', 'lib'].flatMap((folder) =>
    ['x86_64-linux-gnu', 'aarch64-linux-gnu'].map((machine) => join(debian, folder, machine)),
  );
  return { ...process.env, LD_LIBRARY_PATH: libraries.filter((folder) => existsSync(folder)).join(':') };
}

/** Unpacks a package with those that it needs and that this machine lacks. @param there exists once that is done */
function unpack(name: string, there: string): void {
  if (existsSync(there)) return;
  const archives = join(peersFolder, 'archives', name);
  rmSync(archives, { recursive: true, force: true });
  mkdirSync(archives, { recursive: true });
  mkdirSync(debian, { recursive: true });
  const options = ['recommends', 'suggests', 'conflicts', 'breaks', 'replaces', 'enhances'].map((kind) => `--no-${kind}`);
  const needed = run('apt-cache', ['depends', '--recurse', ...options, name], archives).split('\n');
  const packages = new Set(needed.filter((line) => /^[a-z0-9]/.test(line)));
  // dpkg's own placeholders, not those of a template.
  const format = ['db:Status-Status', 'Package'].map((field) => `$\{${field}}`).join(' ');
  const installed = new Set(run('dpkg-query', ['-W', '-f', `${format}\n`], archives).split('\n'));
  for (const one of packages) {
    // Libraries that this machine has serve as well; the servers are always unpacked.
    if (installed.has(`installed ${one}`) && !/^(?:redis|postgresql)/.test(one)) continue;
    // One at a time: some names are virtual, and no archive is theirs.
    try {
      run('apt-get', ['download', one], archives);
    } catch (error) {
      if (one === name) throw error;
    }
  }
  for (const archive of readdirSync(archives)) run('dpkg-deb', ['-x', archive, debian], archives);
  rmSync(archives, { recursive: true, force: true });
  if (!existsSync(there)) throw new Error(`${name} was unpacked into ${debian}, and ${there} is not there.`);
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], maxBuffer: 64 * 1024 * 1024 });
}
