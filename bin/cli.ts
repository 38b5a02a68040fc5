#!/usr/bin/env node
/** The command `delegation`. Nothing is imported before the version of Node is known to be enough. */

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15) || major === 23) {
  process.stderr.write(
    `delegation needs Node.js 22.15 or later, or 24 (this is ${process.version}). In your package, "npm install --save-dev node@24" brings one.\n`,
  );
  process.exit(1);
}
hideWarning('SQLite is an experimental feature');
void main(process.argv.slice(2)).then((code) => {
  // What is left to write is written first; timers and sockets that a command leaves behind do not keep it.
  if (code !== undefined) process.exitCode = code;
  if (code !== undefined) process.stdout.write('', () => process.stderr.write('', () => process.exit()));
});

/** @returns the exit code, or undefined for what goes on */
async function main(argv: readonly string[]): Promise<number | undefined> {
  const [{ runCli }, { createRequire }] = await Promise.all([import('../cli/run-cli.ts'), import('node:module')]);
  const { version } = createRequire(import.meta.url)('delegation-aws/package.json') as { readonly version: string };
  return runCli(argv, version);
}

/** Node warns of each use of SQLite, which the emulators keep their data in. */
function hideWarning(start: string): void {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning instanceof Error ? warning.message : warning).startsWith(start))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
}
