/**
 * `npm run build`: compiles what the packages hold, `delegation-aws` into `dist/` and `delegation-client` into `client/dist/`. The repository itself runs
 * from its sources and needs no build.
 */
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { build } from 'esbuild';
import { bundleConsole } from '../console/server/console-bundle.ts';

const root = join(import.meta.dirname, '..');
const dist = join(root, 'dist');
const client = join(root, 'client');
const docs = join(root, 'docs');
const compiler = join(dirname(createRequire(import.meta.url).resolve('typescript/package.json')), 'bin', 'tsc');

rmSync(dist, { recursive: true, force: true });
execFileSync(process.execPath, [compiler, '-p', join(root, 'tsconfig.build.json')], { stdio: 'inherit' });

// The MCP server searches in them.
cpSync(docs, join(dist, 'docs'), { recursive: true, filter: (path) => statSync(path).isDirectory() || path.endsWith('.md') });

// As it is: `delegation init` writes TypeScript.
cpSync(join(root, 'cli', 'init', 'template'), join(dist, 'cli', 'init', 'template'), { recursive: true });

// One file, so that the package depends on nothing; the licence of what is in it stays with it.
const clientDist = join(client, 'dist');
rmSync(clientDist, { recursive: true, force: true });
mkdirSync(clientDist, { recursive: true });
await build({
  entryPoints: [join(client, 'index.ts')],
  outfile: join(clientDist, 'index.js'),
  bundle: true,
  format: 'esm',
  platform: 'neutral',
  target: 'es2022',
  legalComments: 'inline',
});
cpSync(join(dist, 'client'), clientDist, { recursive: true, filter: (path) => !/\.js(\.map)?$/.test(path) });
copyFileSync(join(root, 'LICENSE'), join(client, 'LICENSE'));

// The console as it is served. In the package nothing is bundled when somebody opens it.
const consoleStatic = join(dist, 'console', 'static');
mkdirSync(consoleStatic, { recursive: true });
for (const [name, body] of await bundleConsole(join(root, 'console'))) writeFileSync(join(consoleStatic, name), body);
