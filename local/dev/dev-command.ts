/** `delegation dev [folder]`. */
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readLocalEnvironment } from '../options.ts';
import { DevError, shown } from './job-folder.ts';

export const devHelp = `delegation dev [folder] [options]

Runs the job types of a folder (./jobs unless you name another one) on this machine: HTTP API, table, queues, clock and workers.
Each job type is a sub-folder with contract.ts and worker.ts (or .js). A changed file is loaded again; running jobs go on.

  --port N          listen on this port of 127.0.0.1; 0 takes a free one (PORT, 8787)
  --data FOLDER     keep jobs and files there (DELEGATION_DATA, .delegation)
  --env FILE        set the variables of this file, such as the names of your tables
  --built-in        run the job types that come with Delegation as well
  --help
`;

const options = {
  port: { type: 'string' },
  data: { type: 'string' },
  env: { type: 'string' },
  'built-in': { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

/** Runs until Ctrl-C. @returns the exit code of what did not start */
export async function dev(argv: readonly string[]): Promise<number | undefined> {
  const { values, positionals } = parseArgs({ args: [...argv], options, allowPositionals: true });
  if (values.help) {
    process.stdout.write(devHelp);
    return 0;
  }
  if (positionals.length > 1)
    throw new DevError(`delegation dev takes one folder (there are ${positionals.length}: ${positionals.join(', ')}).`);
  if (values.env !== undefined) loadEnvironment(values.env);
  const environment = readLocalEnvironment();
  const folder = resolve(positionals[0] ?? 'jobs');
  const port = values.port === undefined ? environment.port : readPort(values.port);
  const dataFolder = values.data ?? environment.dataFolder;
  process.setSourceMapsEnabled(true);
  const print = (line: string) => console.log(line);

  // While it starts there is nothing to stop: what is on disk is whole at any moment.
  let stop = async (): Promise<void> => undefined;
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void stop().finally(() => process.exit(0));
    });
  }
  try {
    const { startDevMode } = await import('./dev-mode.ts');
    const running = await startDevMode({ ...environment, folder, port, dataFolder, hasBuiltIn: values['built-in'], print });
    stop = () => running.stop();
    writeFileSync(join(dataFolder, '.gitignore'), '*\n');
    print(`Delegation is listening on ${running.url}`);
    const longest = Math.max(...running.jobTypes.map(({ name }) => name.length));
    for (const { name, folder: place } of running.jobTypes) print(`  ${name.padEnd(longest)}  ${shown(place)}`);
    print(`Its data is in ${shown(resolve(dataFolder))}. A changed file is loaded again. Ctrl-C ends it.`);
    return undefined;
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE')
      throw new DevError(`Port ${port} is in use. Choose another one with --port, or --port 0 for a free one.`);
    throw error;
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (!(Number.isInteger(port) && port >= 0 && port <= 65_535))
    throw new DevError(`--port must be a whole number from 0 to 65535 (was "${text}").`);
  return port;
}

function loadEnvironment(file: string): void {
  try {
    process.loadEnvFile(file);
  } catch (error) {
    const isMissing = (error as { code?: string }).code === 'ENOENT';
    throw new DevError(
      isMissing
        ? `--env ${file}: there is no such file. A line of it is NAME=value.`
        : `--env ${file} cannot be read: ${(error as Error).message}`,
    );
  }
}
