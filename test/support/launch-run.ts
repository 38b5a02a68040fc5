/** A job that launches instances: on the engine of the test kit, and at the local EC2 endpoint. */
import { contract } from '../../lambdas/jobs/launch-instances/contract.ts';
import { definition } from '../../lambdas/jobs/launch-instances/worker.ts';
import { contract as terminateContract } from '../../lambdas/jobs/terminate-instances/contract.ts';
import { type TestJob, type TestKit, testKit } from '../../testing/index.ts';
import { type RunOptions, spied, WorkerRun } from './worker-run.ts';

interface Seen {
  readonly progress: { readonly fraction: number | null; readonly message: string | undefined }[];
  /** What each clean-up returned, or the error that it threw. */
  readonly cleanUps: unknown[];
}

export class LaunchRun extends WorkerRun<typeof contract> {
  readonly progress: Seen['progress'];
  readonly cleanUps: Seen['cleanUps'];

  private constructor(options: RunOptions) {
    const seen: Seen = { progress: [], cleanUps: [] };
    const spies = {
      onProgress: (fraction: number | null, message: string | undefined) => void seen.progress.push({ fraction, message }),
      onCleanedUp: (outcome: unknown) => void seen.cleanUps.push(outcome),
    };
    super(contract, spied(definition, spies), { sleepMs: 25, jobTypes: [{ contract: terminateContract }], ...options });
    this.progress = seen.progress;
    this.cleanUps = seen.cleanUps;
  }

  static submit(input: unknown, options: RunOptions = {}): Promise<LaunchRun> {
    return new LaunchRun(options).submit(input);
  }

  /** The jobs that will end the instances. They have no worker here. */
  get terminations(): readonly TestJob[] {
    return this.kit.jobs(terminateContract.name);
  }

  /** How often a worker claimed the job. */
  get invocations(): number {
    return this.kit.killPoints.filter(({ phase, operation }) => phase === 'after' && ['claim', 'take over'].includes(operation)).length;
  }

  /** Runs the job until it waits for its next attempt, after a failure that is worth one. */
  failOnce(): Promise<void> {
    return this.driveUntilItWaits('backing_off');
  }

  /** Runs the job until its code has failed and nothing is cleaned up yet. */
  async untilCleanUp(): Promise<void> {
    await this.kit.runUntil({ after: 'clean up' });
  }

  /** Cancels the job, and lives through its clean-up. @returns what the clean-up did */
  async cancelAndCleanUp(): Promise<unknown> {
    await this.kit.cancel(this.job);
    await this.drive();
    if (this.job.status !== 'cancelled') throw new Error(`The job is ${this.job.status}.`);
    return this.cleanUps.at(-1);
  }
}

/** The kit alone, for `killAnywhere`. */
export function makeLaunchKit(): TestKit<typeof contract> {
  return testKit(contract, definition, { jobTypes: [{ contract: terminateContract }], patienceMs: 120_000 });
}
