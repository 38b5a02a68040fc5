#!/usr/bin/env node
/** The command `delegation`. Nothing is imported before the version of Node is known to be enough. */

const help = `delegation <command>

  dev [folder]   run the job types of a folder on this machine
  init [folder]  make an app for job types, or add one to your project
  add job-type   add a job type to the app in this folder
  demo           run the job types that come with Delegation, over data that are here already
  conformance    check that the API at a URL keeps its contract
  --help         after a command: its options
`;

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
if (major < 22 || (major === 22 && minor < 15) || major === 23) {
  process.stderr.write(
    `delegation needs Node.js 22.15 or later, or 24 (this is ${process.version}). In your package, "npm install --save-dev node@24" brings one.\n`,
  );
  process.exit(1);
}
hideWarning('SQLite is an experimental feature');
main(process.argv.slice(2)).then(
  (code) => {
    if (code !== undefined) process.exit(code);
  },
  (error: unknown) => {
    const isUsage = String((error as { code?: string }).code).startsWith('ERR_PARSE_ARGS');
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${isUsage ? 'See delegation --help.\n' : ''}`);
    process.exit(isUsage ? 2 : 1);
  },
);

/** @returns the exit code, or undefined for what goes on */
async function main([command, ...rest]: readonly string[]): Promise<number | undefined> {
  switch (command) {
    case 'dev':
      return (await import('../local/dev/dev-command.ts')).dev(rest);
    case 'demo':
      return (await import('../local/demo/demo-command.ts')).demo(rest);
    case 'init':
      return (await import('../cli/init/init-arguments.ts')).runInit(rest);
    case 'add':
      return (await import('../cli/init/init-arguments.ts')).runAdd(rest);
    case 'conformance':
      return (await import('../conformance/conformance-command.ts')).conformance(rest);
    case undefined:
    case '--help':
    case 'help':
      process.stdout.write(help);
      return command === undefined ? 2 : 0;
    default:
      process.stderr.write(`There is no command ${command}.\n\n${help}`);
      return 2;
  }
}

/** Node warns of each use of SQLite, which the emulators keep their data in. */
function hideWarning(start: string): void {
  const { emitWarning } = process;
  process.emitWarning = ((warning: string | Error, ...rest: unknown[]) => {
    if (!String(warning instanceof Error ? warning.message : warning).startsWith(start))
      Reflect.apply(emitWarning, process, [warning, ...rest]);
  }) as typeof process.emitWarning;
}
