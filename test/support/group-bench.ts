/** Groups over ports in memory: the real API, the real workers and the real clock, with a time that a test sets. A test says which wake-ups are delivered. */
import type { WorkerDefinition } from '../../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { PermanentError } from '../../lambdas/core/contract/errors.ts';
import { JobTypeStates } from '../../lambdas/core/control/job-type-states.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { type ClockReport, runClock } from '../../lambdas/core/reconcile/run-clock.ts';
import { type EngineDeps, handleWakeUp } from '../../lambdas/core/run/handle-wake-up.ts';
import { RunningJobs } from '../../lambdas/core/run/running-jobs.ts';
import { contract as group } from '../../lambdas/jobs/group/contract.ts';
import { cancelMembers, waitForMembers } from '../../lambdas/jobs/group/group-run.ts';
import type { Carry } from '../../testing/carry.ts';
import type { ApiAnswer, ApiCaller, ProblemAnswer } from './api-caller.ts';
import type { JobAnswer } from './http-client.ts';
import { memoryApi } from './memory-api.ts';
import { greetings, ScheduleBench } from './schedule-bench.ts';

const groupContract = group as unknown as JobTypeContract;

export interface GroupAnswer extends ProblemAnswer {
  readonly id: string;
  readonly status: string;
  readonly sealed: boolean;
  readonly counts: Readonly<Record<'total' | 'unfinished' | 'succeeded' | 'failed' | 'cancelled' | 'refused', number>>;
  readonly progress: number | null;
  readonly error: { readonly code: string; readonly details: unknown } | null;
  readonly links: Readonly<Record<string, string | null>>;
}

export interface BatchAnswer extends ProblemAnswer {
  readonly group: string | null;
  readonly results: readonly {
    readonly status: number;
    readonly isReplay: boolean;
    readonly job: JobAnswer | null;
    readonly problem: { readonly code: string } | null;
  }[];
}

/** @returns submissions that succeed, or fail where their text says so */
export const greetingsOf = (...texts: readonly string[]) => texts.map((text) => ({ type: greetings.name, input: { text } }));
export const many = (count: number) => greetingsOf(...Array.from({ length: count }, (_, i) => `hello ${i}`));

export class GroupBench extends ScheduleBench {
  /** Sends a batch. */
  batch(
    jobs: readonly unknown[],
    about: object | string | true,
    { key, api = this.api() }: { readonly key?: string; readonly api?: ApiCaller } = {},
  ) {
    const headers = key === undefined ? {} : { 'idempotency-key': `"${key}"` };
    return api.request<BatchAnswer>('POST', '/v1/jobs/batch', { body: { group: about, jobs }, headers });
  }

  api(carry?: Carry): ApiCaller {
    return carry === undefined ? memoryApi(this) : memoryApi(this, this.apiPorts(carry));
  }

  apiPorts(carry: Carry) {
    const ports = this.ports(carry);
    return { ...ports, typeStates: new JobTypeStates(ports) };
  }

  async group(id: string): Promise<GroupAnswer> {
    return (await this.api().get<GroupAnswer>(`/v1/groups/${id}`)).body;
  }

  seal(id: string): Promise<ApiAnswer<GroupAnswer>> {
    return this.api().post<GroupAnswer>(`/v1/groups/${id}/seal`);
  }

  async members(id: string): Promise<readonly JobAnswer[]> {
    return (await this.api().get<{ jobs: readonly JobAnswer[] }>(`/v1/groups/${id}/jobs?limit=100`)).body.jobs;
  }

  record(id: string): Job {
    const found = this.jobs.rows.get(id)?.job;
    if (found === undefined) throw new Error(`no job ${id}`);
    return found;
  }

  /** Delivers a wake-up of a job. */
  async wake(id: string, carry: Carry = async (_, act) => act()): Promise<void> {
    const ports = this.apiPorts(carry);
    // Work takes no time here, so no heartbeat and no limit comes.
    const sleep = (_ms: number, signal: AbortSignal) =>
      new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));
    const deps = {
      ...ports,
      runtime: { ...ports.runtime, sleep },
      ...{
        leaseMs: 120_000,
        runningJobs: new RunningJobs(),
        files: this.bucket.files(carry),
        uploadReader: this.bucket.uploadReader(carry),
      },
    } as EngineDeps & typeof ports;
    const isGroup = this.record(id).type === group.name;
    const definition = isGroup
      ? {
          run: (_input: unknown, ctx: Parameters<typeof waitForMembers>[0]) => waitForMembers(ctx, deps),
          cleanUp: (_input: unknown, ctx: Parameters<typeof cancelMembers>[0]) => cancelMembers(ctx, deps),
        }
      : greeter;
    const worker = {
      contract: isGroup ? groupContract : greetings,
      definition: definition as unknown as WorkerDefinition<JobTypeContract>,
    };
    const delivery = {
      body: JSON.stringify({ v: 1, id }),
      receiveCount: 2,
      remainingMs: () => 300_000,
      extendVisibility: async () => undefined,
    };
    await handleWakeUp(worker as never, delivery, deps);
  }

  /** Delivers the wake-ups that were sent, and those that these send, until none is left. */
  async settle(): Promise<void> {
    while (this.woken.length > 0) {
      const ids = [...new Set(this.woken.splice(0))].filter(
        (id) => (this.jobs.rows.get(id)?.job.notBeforeMs ?? Number.POSITIVE_INFINITY) <= this.nowMs,
      );
      for (const id of ids) await this.wake(id);
    }
  }

  override clock(carry?: Carry, skewMs?: number): Promise<ClockReport> {
    return runClock({ ...this.ports(carry, skewMs), catalogue: [greetings, groupContract] });
  }

  /** Lets time pass, with the clock and all wake-ups. */
  async run(minutes: number): Promise<void> {
    for (let i = 0; i < minutes; i++) {
      await this.pass(60_000);
      await this.settle();
    }
  }
}

const greeter = {
  run: async ({ text }: { readonly text: string }) => {
    if (text.startsWith('fail')) throw new PermanentError('It failed.', { code: 'as_asked' });
    return {};
  },
};
