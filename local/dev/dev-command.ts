/** `delegation dev [folder]`. */
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { lockDataFolder } from '../data-lock.ts';
import { readLocalEnvironment } from '../options.ts';
import { DevError, shown } from './job-folder.ts';

/** What `delegation dev` is called with; `delegation dev --help` describes it. */
export interface DevOptions {
  readonly folder: string;
  readonly port?: string | undefined;
  readonly data?: string | undefined;
  readonly env?: string | undefined;
  readonly hasBuiltIn: boolean;
  /** Deletes what is kept of the last time. */
  readonly isFresh: boolean;
  /** Called with the address, once it listens. */
  readonly onReady?: (url: string) => void;
}

/** Runs until Ctrl-C. @returns the exit code of what did not start */
export async function dev(values: DevOptions): Promise<number | undefined> {
  if (values.env !== undefined) loadEnvironment(values.env);
  const environment = readLocalEnvironment();
  const folder = resolve(values.folder);
  const port = values.port === undefined ? environment.port : readPort(values.port);
  const dataFolder = values.data ?? environment.dataFolder;
  if (values.isFresh) deleteData(dataFolder);
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
    const running = await startDevMode({ ...environment, folder, port, dataFolder, hasBuiltIn: values.hasBuiltIn, print });
    stop = () => running.stop();
    writeFileSync(join(dataFolder, '.gitignore'), '*\n');
    print(`Delegation is listening on ${running.url}`);
    const longest = Math.max(...running.jobTypes.map(({ name }) => name.length));
    for (const { name, folder: place } of running.jobTypes) print(`  ${name.padEnd(longest)}  ${shown(place)}`);
    print(`Console: ${running.url}/console`);
    values.onReady?.(running.url);
    print(`Its data is in ${shown(resolve(dataFolder))}. A changed file is loaded again. Ctrl-C ends it.`);
    return undefined;
  } catch (error) {
    if ((error as { code?: string }).code === 'EADDRINUSE')
      throw new DevError(`Port ${port} is in use. Choose another one with --port, or --port 0 for a free one.`);
    throw error;
  }
}

/** Deletes only what a local mode made: its mark must be there. */
function deleteData(folder: string): void {
  if (!existsSync(folder)) return;
  if (!existsSync(join(folder, 'endpoints.json')))
    throw new DevError(
      `--fresh deletes ${shown(resolve(folder))}, but no local mode kept its data there: delete it yourself, or name another folder with --data.`,
    );
  // Refused while one runs over it.
  lockDataFolder(folder)();
  rmSync(folder, { recursive: true, force: true });
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
