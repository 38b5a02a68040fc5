/** The workers of the service's own job types. They know the contracts of all others, so they are built again with them. */
import { join } from 'node:path';
import type { WorkerHandler } from '../../lambdas/worker/sqs-handler.ts';
import { internalJobTypes } from '../../lib/job-type.ts';
import { type Platform, patienceMs } from '../platform.ts';
import { type Poller, startPoller } from '../poller.ts';
import { type BuiltContract, buildHandler } from './build-job-type.ts';

export class InternalWorkers {
  private readonly platform: Platform;
  private current: ReadonlyMap<string, WorkerHandler> = new Map();
  private pollers: readonly Poller[] = [];

  constructor(platform: Platform) {
    this.platform = platform;
  }

  /** Builds them for these job types; the next message is handled by the new code. */
  async use(jobTypes: readonly BuiltContract[], buildFolder: string): Promise<void> {
    const build = async ({ folder, contract: { name } }: (typeof internalJobTypes)[number]) => {
      const input = { entry: join(folder, 'worker'), name, jobTypes };
      const { exported } = await buildHandler<{ readonly handler: WorkerHandler }>(input, buildFolder);
      return [name, exported.handler] as const;
    };
    this.current = new Map(await Promise.all(internalJobTypes.map(build)));
    if (this.pollers.length === 0) await this.start();
  }

  async stop(): Promise<void> {
    await Promise.all(this.pollers.map((poller) => poller.stop(patienceMs)));
  }

  private async start(): Promise<void> {
    const queues = await this.platform.useJobTypes(internalJobTypes.map(({ contract }) => contract));
    this.pollers = internalJobTypes.map(({ contract }) => {
      const handler: WorkerHandler = (event, host) => {
        const current = this.current.get(contract.name);
        if (current === undefined) throw new Error(`There is no worker of ${contract.name}.`);
        return current(event, host);
      };
      const queueUrl = queues[contract.name]?.url ?? '';
      return startPoller({ client: this.platform.sqs, queueUrl, limits: contract, handler });
    });
  }
}
