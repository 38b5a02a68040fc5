/**
 * `npm run test:tutorials`: does what the tutorials say, with the package from its tarball, in empty folders: runs the commands, writes the files, and
 * compares the outputs. Prints how long each takes. `-- FILE.tgz` takes a tarball that is there.
 */
import { copyFileSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { run } from '../package/commands.ts';
import { linkNode, userEnvironment } from '../package/user-environment.ts';
import { useRunFolder } from '../support/run-folder.ts';
import { readAlong } from './read-along.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = ['first-job.md', 'own-job-type.md'];

useRunFolder();
const work = mkdtempSync(join(tmpdir(), 'tutorials-'));
process.exitCode = await main(process.argv[2]).catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
rmSync(work, { recursive: true, force: true });

/** @returns the exit code */
async function main(given: string | undefined): Promise<number> {
  const tarball = given === undefined ? await pack() : resolve(given);
  const env = userEnvironment(linkNode(join(work, 'node'), process.execPath));
  const commands = await commandsThere();
  let skipped = 0;
  for (const page of pages) {
    const cwd = join(work, basename(page, '.md'));
    mkdirSync(cwd);
    copyFileSync(tarball, join(cwd, basename(tarball)));
    console.log(`${page}:`);
    const outcome = await readAlong(join(root, 'docs', 'learn', page), {
      place: { cwd, env },
      commands,
      port: await freePort(),
      print: console.log,
    });
    console.log(`  ${outcome.done} steps in ${outcome.seconds.toFixed(0)} s, ${outcome.skipped} skipped`);
    skipped += outcome.skipped;
  }
  console.log(`tutorials: ${pages.length} pages do what they say${skipped === 0 ? '' : `, but for ${skipped} steps that were skipped`}`);
  return 0;
}

async function pack(): Promise<string> {
  const here = { cwd: root, env: process.env };
  await run(['npm', 'run', 'build'], here);
  const json = await run(['npm', 'pack', '--ignore-scripts', '--json', '--silent', '--pack-destination', work], here);
  const [{ filename }] = JSON.parse(json) as [{ filename: string }];
  return join(work, filename);
}

/** @returns the commands that the help of `delegation` lists */
async function commandsThere(): Promise<ReadonlySet<string>> {
  const help = await run([process.execPath, '--disable-warning=ExperimentalWarning', join(root, 'bin', 'cli.ts'), '--help'], {
    cwd: root,
    env: process.env,
  });
  const names = [...help.matchAll(/^ {2}([a-z]+)\b/gm)].map(([, name = '']) => name);
  if (!names.includes('init')) throw new Error(`The help of delegation lists no init:\n${help}`);
  return new Set(names);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => server.once('listening', done));
  const { port } = server.address() as { port: number };
  await new Promise((done) => server.close(done));
  return port;
}
