/** The whole of Delegation in this process: emulators in a thread of their own, and the very handlers that are deployed. */
import { clockTimeoutSeconds } from '../lambdas/config.ts';
import { catalogue } from '../lambdas/jobs/catalogue.ts';
import { internalTypes } from '../lambdas/jobs/internal-types.ts';
import type { WorkerHandler } from '../lambdas/worker/sqs-handler.ts';
import { type ApiHandler, startGateway } from './gateway.ts';
import { type PlatformOptions, patienceMs, startPlatform } from './platform.ts';
import { startPoller } from './poller.ts';
import { startSchedule } from './schedule.ts';

export interface LocalOptions extends PlatformOptions {
  /** 0 takes a free one. */
  readonly port: number;
}

export interface LocalMode {
  readonly url: string;
  /** Ends within some seconds; what could not reach a safe point goes on at the next start. */
  stop(): Promise<void>;
}

/**
 * Starts everything, over the state of the last time.
 * @throws Error when the folder is in use or the port is taken
 */
export async function startLocalMode(options: LocalOptions): Promise<LocalMode> {
  const platform = await startPlatform(options);
  const jobTypes = [...catalogue, ...internalTypes];
  const queues = await platform.useJobTypes(jobTypes);

  // Imported only now: the handlers read the environment when they are loaded.
  const api = (await import('../lambdas/api/handler.ts')) as unknown as { handler: ApiHandler };
  const clock = await import('../lambdas/clock/handler.ts');
  const gateway = await startGateway(api.handler, options.port);
  const url = `http://127.0.0.1:${gateway.port}`;
  platform.useApi(url);
  const pollers = await Promise.all(
    jobTypes.map(async (contract) => {
      const { handler } = (await import(`../lambdas/jobs/${contract.name}/worker.ts`)) as { handler: WorkerHandler };
      return startPoller({ client: platform.sqs, queueUrl: queues[contract.name]?.url ?? '', limits: contract, handler });
    }),
  );
  const runClock = () => {
    const endsAtMs = performance.now() + clockTimeoutSeconds * 1000;
    return clock.handler(undefined, { getRemainingTimeInMillis: () => endsAtMs - performance.now() });
  };
  const schedule = startSchedule(runClock, options.clockSeconds * 1000);
  platform.publish(url);

  return {
    url,
    async stop() {
      await schedule.stop();
      await Promise.all([gateway.stop(), ...pollers.map((poller) => poller.stop(patienceMs))]);
      await platform.stop();
    },
  };
}
