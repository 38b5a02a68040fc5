/** `delegation dev`: the job types of a folder on this machine, with their code loaded again when it changes. */
import { join, resolve, sep } from 'node:path';
import { clockTimeoutSeconds } from '../../lambdas/config.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { builtInJobTypes } from '../../lib/job-type.ts';
import { type ApiHandler, startGateway } from '../gateway.ts';
import { type Platform, type PlatformOptions, patienceMs, startPlatform } from '../platform.ts';
import { type Poller, startPoller } from '../poller.ts';
import { startSchedule } from '../schedule.ts';
import { type BuiltContract, buildContract, buildHandler, buildWorker, clearBuilds, failedFiles } from './build-job-type.ts';
import { FileWatch } from './changed-files.ts';
import { describeEvent, followLog } from './job-events.ts';
import { DevError, findJobTypes, jobTypesIn, shown } from './job-folder.ts';
import { WorkerHost } from './worker-host.ts';

export interface DevOptions extends PlatformOptions {
  /** The folder of the job types. */
  readonly folder: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** Whether the job types that come with Delegation run as well. */
  readonly hasBuiltIn: boolean;
  /** Gets each line for the person at the keyboard. */
  readonly print: (line: string) => void;
}

export interface DevMode {
  readonly url: string;
  readonly jobTypes: readonly { readonly name: string; readonly folder: string }[];
  stop(): Promise<void>;
}

/** A job type that is served: the code that runs, which is the last that could be loaded. */
interface Served {
  built: BuiltContract;
  readonly host: WorkerHost;
  readonly poller: Poller;
  inputs: readonly string[];
}

type ClockHandler = (event: unknown, host: { getRemainingTimeInMillis(): number }) => Promise<unknown>;
interface Handlers {
  readonly api: ApiHandler;
  readonly clock: ClockHandler;
}

const watchMs = 300;

/** @throws Error when the folder holds no job types, the data folder is in use, or the port is taken */
export async function startDevMode(options: DevOptions): Promise<DevMode> {
  const folders = findJobTypes(options.folder);
  const platform = await startPlatform(options);
  const types = new DevJobTypes(platform, options.print);
  await types.reload([...(options.hasBuiltIn ? builtInJobTypes.map(({ folder }) => folder) : []), ...folders]);

  const gateway = await startGateway((event) => types.handlers().api(event), options.port);
  const runClock = () => {
    const endsAtMs = performance.now() + clockTimeoutSeconds * 1000;
    return types.handlers().clock(undefined, { getRemainingTimeInMillis: () => endsAtMs - performance.now() });
  };
  const schedule = startSchedule(runClock, options.clockSeconds * 1000);
  const url = `http://127.0.0.1:${gateway.port}`;
  platform.publish(url);
  const log = followLog(platform.logFile, (line) => {
    const text = describeEvent(line);
    if (text !== undefined) options.print(text);
  });
  const watch = watchFolder(options.folder, types, options.print);

  return {
    url,
    jobTypes: types.list(),
    async stop() {
      watch.stop();
      await schedule.stop();
      await Promise.all([gateway.stop(), types.stop()]);
      log.stop();
      await platform.stop();
    },
  };
}

/** Loads what changed, one change after the other. */
function watchFolder(folder: string, types: DevJobTypes, print: (line: string) => void): { stop(): void } {
  const watches = new Map<string, FileWatch>();
  const follow = (path: string) => {
    if (!watches.has(path) && !isPackaged(path)) watches.set(path, new FileWatch(() => types.filesOf(path), path));
  };
  for (const path of types.folders()) follow(path);
  let isBusy = false;
  const look = async () => {
    if (isBusy) return;
    isBusy = true;
    try {
      const found = jobTypesIn(folder);
      const changed = [...watches].filter(([, watch]) => watch.hasChanged()).map(([path]) => path);
      const added = found.filter((path) => !watches.has(path));
      for (const path of added) follow(path);
      if (changed.length + added.length > 0) await types.reload([...changed, ...added]);
      // What the new code imports is watched from now on.
      for (const path of changed) watches.get(path)?.hasChanged();
    } catch (error) {
      print(`The changes could not be loaded: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      isBusy = false;
    }
  };
  const timer = setInterval(() => void look(), watchMs);
  return { stop: () => clearInterval(timer) };
}

/** The job types that are served, each with the last code that could be loaded. */
class DevJobTypes {
  private readonly platform: Platform;
  private readonly print: (line: string) => void;
  private readonly buildFolder: string;
  private readonly served = new Map<string, Served>();
  /** The folders that have been seen, with the files that their last build read. */
  private readonly files = new Map<string, readonly string[]>();
  private current: Handlers | undefined;
  private generation = 0;

  constructor(platform: Platform, print: (line: string) => void) {
    this.platform = platform;
    this.print = print;
    this.buildFolder = join(platform.dataFolder, 'build');
    clearBuilds(this.buildFolder);
  }

  folders(): readonly string[] {
    return [...this.files.keys()];
  }

  filesOf(folder: string): readonly string[] {
    return this.files.get(folder) ?? [];
  }

  handlers(): Handlers {
    if (this.current === undefined) throw new DevError('No job type can be loaded yet.');
    return this.current;
  }

  /** Builds and loads the job types of these folders. One that cannot be loaded is reported, and its last good code stays in use. */
  async reload(folders: readonly string[]): Promise<void> {
    this.generation += 1;
    const buildFolder = join(this.buildFolder, String(this.generation));
    const startedMs = performance.now();
    const contracts: BuiltContract[] = [];
    for (const folder of folders) {
      const built = await this.orReport(folder, () => buildContract(folder, buildFolder));
      if (built !== undefined && this.isFree(built, contracts)) contracts.push(built);
    }
    await this.platform.useJobTypes([...this.contracts(), ...contracts.map(({ contract }) => contract)]);
    // Workers first: a job of a new type is accepted only when it can be run.
    const loaded: BuiltContract[] = [];
    const before = new Map([...this.served.values()].map(({ built }) => [built.folder, built.code]));
    for (const built of contracts) {
      if (await this.orReport(built.folder, () => this.useWorker(built, contracts, buildFolder))) loaded.push(built);
    }
    const hasNewContract = loaded.some(({ folder, code }) => before.get(folder) !== code);
    if (hasNewContract || this.current === undefined) await this.useHandlers(buildFolder);
    const tookMs = Math.round(performance.now() - startedMs);
    if (this.generation === 1) return;
    for (const { folder, contract } of loaded) {
      this.print(`${shown(folder)}: loaded in ${tookMs} ms; the next wake-up of ${contract.name} runs the new code.`);
    }
  }

  /** @returns the name and the folder of each type that is served */
  list(): readonly { readonly name: string; readonly folder: string }[] {
    return [...this.served.values()].map(({ built }) => ({ name: built.contract.name, folder: built.folder }));
  }

  async stop(): Promise<void> {
    const all = [...this.served.values()];
    for (const { host } of all) host.hurry();
    await Promise.all(all.map(({ poller }) => poller.stop(patienceMs)));
    await Promise.all(all.map(({ host }) => host.end()));
  }

  private contracts(): readonly JobTypeContract[] {
    return [...this.served.values()].map(({ built }) => built.contract);
  }

  private isFree({ folder, contract }: BuiltContract, others: readonly BuiltContract[]): boolean {
    const other = [...others, ...[...this.served.values()].map(({ built }) => built)].find(
      (one) => one.contract.name === contract.name && one.folder !== folder,
    );
    if (other === undefined) return true;
    this.print(`${shown(folder)} is not served: its name ${contract.name} is that of ${shown(other.folder)} already.`);
    return false;
  }

  private async useWorker(built: BuiltContract, reloaded: readonly BuiltContract[], buildFolder: string): Promise<true> {
    const { name, delegatesTo = [] } = built.contract;
    const known = new Map([...this.served.values()].map((one) => [one.built.contract.name, one.built]));
    for (const one of reloaded) known.set(one.contract.name, one);
    const others = delegatesTo.map((type) => {
      const found = known.get(type);
      if (found === undefined)
        throw new DevError(`${name} delegates to ${type}, which is not served. There are: ${[...known.keys()].join(', ')}.`);
      return found;
    });
    const worker = await buildWorker(built, others, buildFolder);
    const served = this.served.get(name);
    const host = served?.host ?? new WorkerHost(worker, this.print);
    await host.use(worker);
    const inputs = [...built.inputs, ...worker.inputs];
    this.files.set(built.folder, watchable(inputs));
    if (served === undefined) {
      const queues = await this.platform.useJobTypes([built.contract]);
      const poller = startPoller(this.platform.sqs, queues[name]?.url ?? '', this.limitsOf(name, built.contract), host.handler);
      this.served.set(name, { built, host, poller, inputs });
    } else {
      served.built = built;
      served.inputs = inputs;
    }
    return true;
  }

  /** Reads the limits from the contract that is served at the time of each use. */
  private limitsOf(name: string, first: JobTypeContract): Pick<JobTypeContract, 'timeoutSeconds' | 'batchSize' | 'concurrency'> {
    const contract = () => this.served.get(name)?.built.contract ?? first;
    return {
      get timeoutSeconds() {
        return contract().timeoutSeconds;
      },
      get batchSize() {
        return contract().batchSize;
      },
      get concurrency() {
        return contract().concurrency;
      },
    };
  }

  /** API and clock know every contract, so they are built for all types at once. */
  private async useHandlers(buildFolder: string): Promise<void> {
    const jobTypes = [...this.served.values()].map(({ built }) => built);
    const [api, clock] = await Promise.all([
      buildHandler('api', jobTypes, buildFolder) as Promise<{ handler: ApiHandler }>,
      buildHandler('clock', jobTypes, buildFolder) as Promise<{ handler: ClockHandler }>,
    ]);
    this.current = { api: api.handler, clock: clock.handler };
  }

  private async orReport<T>(folder: string, work: () => Promise<T>): Promise<T | undefined> {
    if (!this.files.has(folder)) this.files.set(folder, []);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DevError)) throw error;
      this.files.set(folder, [...new Set([...this.filesOf(folder), ...watchable(failedFiles(error))])]);
      const served = [...this.served.values()].some(({ built }) => built.folder === folder);
      this.print(
        `${error.message}\n${shown(folder)}: ${served ? 'its last good code stays in use' : 'not served'}, until this is corrected.`,
      );
      return undefined;
    }
  }
}

/** Packages do not change while one works. */
function watchable(files: readonly string[]): readonly string[] {
  return files.filter((file) => !isPackaged(file)).map((file) => resolve(file));
}

const isPackaged = (file: string) => file.split(sep).includes('node_modules');
