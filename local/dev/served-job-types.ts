/** The job types of `delegation dev`, built, loaded and served. */
import { existsSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import type { WorkerHandler } from '../../lambdas/worker/sqs-handler.ts';
import { handlerEntry } from '../../lib/build/bundle.ts';
import { internalJobTypes } from '../../lib/job-type.ts';
import { type ApiHandler, NotReadyError } from '../gateway.ts';
import { type Platform, patienceMs } from '../platform.ts';
import { type Poller, startPoller } from '../poller.ts';
import {
  type BuiltContract,
  buildContract,
  buildHandler,
  buildWorker,
  clearBuilds,
  failedFiles,
  removeOldBuilds,
} from './build-job-type.ts';
import { isPackaged } from './changed-files.ts';
import { InternalWorkers } from './internal-workers.ts';
import { DevError, shown } from './job-folder.ts';
import { LongRuns } from './long-runs.ts';
import { WorkerHost } from './worker-host.ts';

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
  /** The files of their bundles. */
  readonly files: readonly string[];
}

/** The job types that are served, each with the last code that could be loaded. */
export class ServedJobTypes {
  readonly runs: LongRuns;
  private readonly platform: Platform;
  private readonly print: (line: string) => void;
  private readonly buildFolder: string;
  private readonly served = new Map<string, Served>();
  /** The folders that have been seen, with the files that their last build read. */
  private readonly files = new Map<string, readonly string[]>();
  /** Folders that could not be loaded, and of which no earlier code is served. */
  private readonly broken = new Set<string>();
  private current: Handlers | undefined;
  private generation = 0;
  /** The types that have a queue, as those know that were loaded last. */
  private queues: ReadonlySet<string> = new Set();
  private readonly internal: InternalWorkers;

  constructor(platform: Platform, print: (line: string) => void) {
    this.platform = platform;
    this.internal = new InternalWorkers(platform);
    this.print = print;
    this.runs = new LongRuns(print);
    this.runs.start();
    this.buildFolder = join(platform.dataFolder, 'build');
    clearBuilds(this.buildFolder);
  }

  filesOf(folder: string): readonly string[] {
    return this.files.get(folder) ?? [];
  }

  /** Whether a type may be missing only because its code is broken. */
  get isComplete(): boolean {
    return [...this.broken].every((folder) => !existsSync(folder));
  }

  handlers(): Handlers {
    if (this.current === undefined)
      throw new NotReadyError('The job types are being built, or none can be loaded: see the output of delegation dev.');
    return this.current;
  }

  /** Builds and loads the job types of these folders. One that cannot be loaded is reported, and its last good code stays in use. */
  async reload(folders: readonly string[]): Promise<void> {
    this.generation += 1;
    const buildFolder = join(this.buildFolder, String(this.generation));
    const startedMs = performance.now();
    const contracts: BuiltContract[] = [];
    for (const folder of this.present(folders)) {
      const built = await this.orReport(folder, () => buildContract(folder, buildFolder));
      if (built !== undefined && this.isFree(built, contracts)) contracts.push(built);
    }
    const internal = internalJobTypes.map(({ contract }) => contract);
    const queues = await this.platform.useJobTypes([...this.contracts(), ...contracts.map(({ contract }) => contract), ...internal]);
    const hasNewQueue = Object.keys(queues).some((name) => !this.queues.has(name));
    this.queues = new Set(Object.keys(queues));
    // Workers first: a job of a new type is accepted only when it can be run.
    const loaded: BuiltContract[] = [];
    const before = new Map(this.builds().map(({ folder, code }) => [folder, code]));
    for (const built of contracts) {
      if (await this.orReport(built.folder, () => this.useWorker(built, contracts, buildFolder))) loaded.push(built);
    }
    // A worker reads the queues when it is loaded, and the end of its job may wake one of a new type.
    if (hasNewQueue) await this.renewWorkers(loaded);
    const hasNewContract = loaded.some(({ folder, code }) => before.get(folder) !== code);
    if (hasNewContract || this.current === undefined) await this.useHandlers(buildFolder);
    // Not before the clock knows them.
    for (const { folder } of loaded) this.broken.delete(folder);
    removeOldBuilds(this.buildFolder, this.filesInUse());
    const tookMs = Math.round(performance.now() - startedMs);
    if (this.generation === 1) return;
    for (const { folder, contract } of loaded) {
      this.print(`${shown(folder)}: loaded in ${tookMs} ms; the next wake-up of ${contract.name} runs the new code.`);
    }
  }

  private async renewWorkers(but: readonly BuiltContract[]): Promise<void> {
    const others = [...this.served.values()].filter(({ built }) => !but.includes(built));
    for (const { built, host } of others) await this.orReport(built.folder, () => host.renew());
  }

  /** Reports folders that are gone. @returns the others */
  private present(folders: readonly string[]): readonly string[] {
    for (const { folder } of this.builds()) {
      if (folders.includes(folder) && !existsSync(folder))
        this.print(`${shown(folder)} is gone: its last good code stays in use until the next start.`);
    }
    return folders.filter((folder) => existsSync(folder));
  }

  /** @returns the name and the folder of each type that is served */
  list(): readonly { readonly name: string; readonly folder: string }[] {
    return this.builds().map(({ contract, folder }) => ({ name: contract.name, folder }));
  }

  async stop(): Promise<void> {
    this.runs.stop();
    const all = [...this.served.values()];
    for (const { host } of all) host.hurry();
    await Promise.all([this.internal.stop(), ...all.map(({ poller }) => poller.stop(patienceMs))]);
    await Promise.all(all.map(({ host }) => host.end()));
  }

  /** Files of the code that is served, or that an invocation still runs. */
  private filesInUse(): readonly string[] {
    const ofTypes = [...this.served.values()].flatMap(({ built, host }) => [built.contractFile, ...host.files()]);
    return [...ofTypes, ...(this.current?.files ?? [])];
  }

  private builds(): readonly BuiltContract[] {
    return [...this.served.values()].map(({ built }) => built);
  }

  private contracts(): readonly JobTypeContract[] {
    return this.builds().map(({ contract }) => contract);
  }

  private isFree({ folder, contract }: BuiltContract, others: readonly BuiltContract[]): boolean {
    if (internalJobTypes.some((one) => one.contract.name === contract.name)) {
      this.print(`${shown(folder)} is not served: the service itself has a job type ${contract.name}.`);
      return false;
    }
    const other = [...others, ...this.builds()].find((one) => one.contract.name === contract.name && one.folder !== folder);
    // A folder that is gone was renamed.
    if (other === undefined || !existsSync(other.folder)) return true;
    this.print(`${shown(folder)} is not served: its name ${contract.name} is that of ${shown(other.folder)} already.`);
    return false;
  }

  private async useWorker(built: BuiltContract, reloaded: readonly BuiltContract[], buildFolder: string): Promise<true> {
    const { name } = built.contract;
    const worker = await buildWorker(built, this.childTypesOf(built, reloaded), buildFolder);
    const served = this.served.get(name);
    const host = served?.host ?? new WorkerHost(worker, this.print);
    await host.use(worker);
    const inputs = [...built.inputs, ...worker.inputs];
    this.files.set(built.folder, this.watchable(inputs));
    if (served === undefined) {
      const queues = await this.platform.useJobTypes([built.contract]);
      const limits = this.limitsOf(name, built.contract);
      const handler: WorkerHandler = (event, lambda) =>
        this.runs.during({ type: name, timeoutSeconds: limits.timeoutSeconds }, event, host.handler(event, lambda));
      const poller = startPoller({ client: this.platform.sqs, queueUrl: queues[name]?.url ?? '', limits, handler });
      this.served.set(name, { built, host, poller, inputs });
    } else {
      served.built = built;
      served.inputs = inputs;
    }
    return true;
  }

  /** @returns the types that this one delegates to, those that are reloaded with it as they are now @throws DevError if one is not served */
  private childTypesOf({ contract }: BuiltContract, reloaded: readonly BuiltContract[]): readonly BuiltContract[] {
    const { name, delegatesTo = [] } = contract;
    const known = new Map([...this.builds(), ...reloaded].map((built) => [built.contract.name, built]));
    return delegatesTo.map((type) => {
      const found = known.get(type);
      if (found === undefined)
        throw new DevError(`${name} delegates to ${type}, which is not served. There are: ${[...known.keys()].join(', ')}.`);
      return found;
    });
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
    const jobTypes = this.builds();
    const [api, clock] = await Promise.all([
      buildHandler<{ readonly handler: ApiHandler }>({ entry: handlerEntry('api'), name: 'the-api', jobTypes }, buildFolder),
      buildHandler<{ readonly handler: ClockHandler }>({ entry: handlerEntry('clock'), name: 'the-clock', jobTypes }, buildFolder),
      this.internal.use(jobTypes, buildFolder),
    ]);
    this.current = { api: api.exported.handler, clock: clock.exported.handler, files: [api.file, clock.file] };
  }

  private async orReport<T>(folder: string, work: () => Promise<T>): Promise<T | undefined> {
    if (!this.files.has(folder)) this.files.set(folder, []);
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof DevError)) throw error;
      this.files.set(folder, [...new Set([...this.filesOf(folder), ...this.watchable(failedFiles(error))])]);
      const served = this.builds().some((built) => built.folder === folder);
      if (!served) this.broken.add(folder);
      this.print(
        `${error.message}\n${shown(folder)}: ${served ? 'its last good code stays in use' : 'not served, and the clock does not run'}, until this is corrected.`,
      );
      return undefined;
    }
  }

  /** @returns the files that a person may change: neither those of packages nor those that a build wrote */
  private watchable(files: readonly string[]): readonly string[] {
    return files.map((file) => resolve(file)).filter((file) => !isPackaged(file) && !file.startsWith(`${resolve(this.buildFolder)}${sep}`));
  }
}
