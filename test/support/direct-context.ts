/**
 * Runs the worker of launch-instances invocation by invocation, without record and queue, so that its tests can look at EC2 between a failure and the
 * clean-up. It is not the engine: it stores no failures, checks no limits, names or permissions, and knows no order of branches. Other tests use
 * `testing/`.
 */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { z } from 'zod';
import type { DelegationRequest, JobContext, WaitReason, WorkerDefinition } from '../../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { type Duration, durationMs } from '../../lambdas/core/contract/duration.ts';
import { WaitTimedOutError } from '../../lambdas/core/contract/errors.ts';
import type { Settings } from '../../lambdas/core/contract/runtime-settings.ts';

/** Thrown from `onEvent` to kill the worker right there: nothing after it happens. */
export class Killed extends Error {}

export interface DirectRun {
  readonly jobId: string;
  readonly owner: string;
  /** ISO-8601. */
  readonly createdAt: string;
  /** ISO-8601. */
  readonly deadline: string;
  readonly settings: Settings;
  readonly controller: AbortController;
  /** Called at each step, sleep and save, before and after; throw `Killed` to die there. */
  onEvent?: (event: string) => void;
  /** Sleeps longer than this are cut to it. */
  readonly longestSleepMs: number;
  readonly steps: Map<string, unknown>;
  readonly sleeps: { ms: number; reason: WaitReason | undefined }[];
  readonly files: Map<string, { body: Buffer; contentType: string }>;
  readonly delegated: Map<string, DelegationRequest>;
  readonly progress: { fraction: number | null; message: string | undefined }[];
  readonly logs: { level: string; message: string; fields: unknown }[];
  checkpoint: string | undefined;
}

export const everythingAllowed: Settings = {
  writableTables: ['*'],
  admins: ['*'],
  sourceBuckets: ['*'],
  ec2: { instanceTypes: ['*'], subnetIds: ['*'], imageIds: ['*'], launchTemplates: ['*'] },
};

interface DirectRunOptions {
  readonly jobId?: string;
  readonly owner?: string;
  readonly createdAt?: string;
  readonly deadline?: string;
  readonly settings?: Settings;
  readonly longestSleepMs?: number;
}

export function directRun(options: DirectRunOptions = {}): DirectRun {
  return {
    jobId: options.jobId ?? `job_${Math.random().toString(36).slice(2)}`,
    owner: options.owner ?? 'tester',
    createdAt: options.createdAt ?? new Date().toISOString(),
    deadline: options.deadline ?? new Date(Date.now() + 3_600_000).toISOString(),
    settings: options.settings ?? everythingAllowed,
    controller: new AbortController(),
    longestSleepMs: options.longestSleepMs ?? 50,
    steps: new Map(),
    sleeps: [],
    files: new Map(),
    delegated: new Map(),
    progress: [],
    logs: [],
    checkpoint: undefined,
  };
}

/** One run of the worker from its top, over what earlier runs remembered. Sleeps are waited for here, in this process. */
export async function runDirectly<Contract extends JobTypeContract>(
  contract: Contract,
  definition: WorkerDefinition<Contract>,
  input: unknown,
  run: DirectRun,
): Promise<z.output<Contract['output']>> {
  const parsed = contract.input.parse(input) as z.output<Contract['input']>;
  return contract.output.parse(await definition.run(parsed, directContext(run, contract.name))) as z.output<Contract['output']>;
}

export async function cleanUpDirectly<Contract extends JobTypeContract>(
  contract: Contract,
  definition: WorkerDefinition<Contract>,
  input: unknown,
  run: DirectRun,
): Promise<string | undefined> {
  const parsed = contract.input.parse(input) as z.output<Contract['input']>;
  return definition.cleanUp?.(parsed, directContext({ ...run, controller: new AbortController() }, contract.name));
}

function directContext(run: DirectRun, type: string): JobContext {
  const event = (name: string) => run.onEvent?.(name);
  const sleep = async (duration: Duration, reason?: WaitReason) => {
    const ms = durationMs(duration);
    run.sleeps.push({ ms, reason });
    event(`sleep ${ms}`);
    await new Promise((resolve) => setTimeout(resolve, Math.min(ms, run.longestSleepMs)));
    if (run.controller.signal.aborted) throw run.controller.signal.reason;
  };
  const log = (level: string) => (message: string, fields?: unknown) => {
    run.logs.push({ level, message, fields });
  };
  const context: JobContext = {
    job: {
      id: run.jobId,
      owner: run.owner,
      type,
      attempt: 1,
      createdAt: run.createdAt,
      deadline: run.deadline,
      tags: {},
    },
    settings: run.settings,
    signal: run.controller.signal,
    log: { info: log('info'), warn: log('warn'), error: log('error') },
    progress: (fraction, message) => {
      run.progress.push({ fraction, message });
    },
    step: async <T>(name: string, fn: () => Promise<T>) => {
      if (run.steps.has(name)) return JSON.parse(String(run.steps.get(name))) as T;
      event(`step ${name}: before`);
      const value = await fn();
      event(`step ${name}: done, not remembered`);
      run.steps.set(name, JSON.stringify(value ?? null));
      event(`step ${name}: remembered`);
      return JSON.parse(String(run.steps.get(name))) as T;
    },
    sleep: async (sleepName, duration, reason) => {
      const name = `sleep:${sleepName}`;
      if (run.steps.has(name)) return;
      await sleep(duration, reason);
      run.steps.set(name, 'null');
    },
    waitUntil: async (waitName, check, { every, timeout, reason }) => {
      const name = `wait:${waitName}`;
      if (run.steps.has(name)) return JSON.parse(String(run.steps.get(name)));
      for (let waitedMs = 0; ; waitedMs += durationMs(every)) {
        const value = await check();
        if (value !== undefined) {
          run.steps.set(name, JSON.stringify(value));
          return JSON.parse(String(run.steps.get(name)));
        }
        if (waitedMs >= durationMs(timeout)) throw new WaitTimedOutError(`Still not there after ${waitedMs / 1000} s.`);
        await sleep(every, reason);
      }
    },
    idempotencyToken: (name) => createHash('sha256').update(`${run.jobId}\0${run.createdAt}\0${name}`).digest('hex'),
    checkpoint: {
      load: <T>() => (run.checkpoint === undefined ? undefined : (JSON.parse(run.checkpoint) as T)),
      save: async (state) => {
        event('checkpoint: before');
        run.checkpoint = JSON.stringify(state);
        event('checkpoint: saved');
      },
    },
    files: {
      write: async (name, body, contentType) => {
        run.files.set(name, { body: body instanceof Readable ? await buffer(body) : Buffer.from(body), contentType });
        return `/v1/jobs/${run.jobId}/files/${name}`;
      },
      read: async (name) => {
        const file = run.files.get(name);
        if (!file) throw new Error(`no file ${name}`);
        return Readable.from([file.body]);
      },
      list: () => [...run.files.keys()],
      remove: (name) => {
        run.files.delete(name);
      },
    },
    delegate: async (name, job) => {
      run.delegated.set(name, job);
      return `job_delegated_${name}`;
    },
  };
  return context;
}
