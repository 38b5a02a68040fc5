/** `delegation dev`: the job types of a folder on this machine, with their code loaded again when it changes. */
import { clockTimeoutSeconds } from '../../lambdas/config.ts';
import { builtInJobTypes } from '../../lib/job-type.ts';
import { startGateway } from '../gateway.ts';
import { type PlatformOptions, startPlatform } from '../platform.ts';
import { startSchedule } from '../schedule.ts';
import { describeEvent, followLog, whyOf } from './job-events.ts';
import { findJobTypes } from './job-folder.ts';
import { ServedJobTypes } from './served-job-types.ts';
import { FolderWatch } from './watch-folder.ts';

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

/** @throws Error when the folder holds no job types, the data folder is in use, or the port is taken */
export async function startDevMode(options: DevOptions): Promise<DevMode> {
  const folders = findJobTypes(options.folder);
  const platform = await startPlatform(options);
  const types = new ServedJobTypes(platform, options.print);
  // Before the workers, which need its address.
  const gateway = await startGateway((event, host) => types.handlers().api(event, host), options.port);
  const url = `http://127.0.0.1:${gateway.port}`;
  platform.useApi(url);
  // Before the types are built, which takes seconds: a command in this folder must not find another API meanwhile.
  platform.publish(url);
  const watch = new FolderWatch(options.folder, types, options.print);
  await watch.load([...(options.hasBuiltIn ? builtInJobTypes.map(({ folder }) => folder) : []), ...folders]);

  const runClock = async () => {
    // A clock without a type would end its jobs, as those of a type that is no longer deployed.
    if (!types.isComplete) return;
    const endsAtMs = performance.now() + clockTimeoutSeconds * 1000;
    await types.handlers().clock(undefined, { getRemainingTimeInMillis: () => endsAtMs - performance.now() });
  };
  const schedule = startSchedule(runClock, options.clockSeconds * 1000);
  // One after the other, so that the lines stay in order.
  let printed: Promise<void> = Promise.resolve();
  const log = followLog(platform.logFile, (line) => {
    if (line['message'] === 'job') types.runs.ended(String(line['job']));
    printed = printed.then(async () => {
      const text = describeEvent(line, await whyOf(line, url));
      if (text !== undefined) options.print(text);
    });
  });
  watch.start();

  return {
    url,
    jobTypes: types.list(),
    async stop() {
      watch.stop();
      await schedule.stop();
      await Promise.all([gateway.stop(), types.stop()]);
      log.stop();
      await printed;
      await platform.stop();
    },
  };
}
