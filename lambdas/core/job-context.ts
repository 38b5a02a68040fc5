/** Makes the `ctx` of one invocation: remembers steps, sleeps and waits in the job's record, and ends the invocation when told to wait. */
import type { CleanUpContext, Delegated, JobContext, Log, WaitReason } from './context.ts';
import type { JobTypeContract } from './contract.ts';
import { type Duration, durationMs } from './duration.ts';
import { PermanentError, WaitTimedOutError } from './errors.ts';
import type { HeldLease } from './held-lease.ts';
import { idempotencyToken } from './ids.ts';
import type { JobPatch, Payload, Reason } from './job.ts';
import { JobFiles } from './job-files.ts';
import { inlinePayloadBytes, loadPayload, storePayload } from './payload.ts';
import type { FileStore, PayloadStore, World } from './ports.ts';
import type { Settings } from './settings.ts';
import { shorten } from './shorten.ts';

export interface Suspension {
  readonly untilMs: number;
  readonly reason: Reason;
}

export interface ContextPorts {
  readonly payloads: PayloadStore;
  readonly files: FileStore;
  readonly world: World;
  readonly log: Log;
  readonly settings: Settings;
  /** Whether the invocation's time is so nearly over that it should end at the next safe point. */
  readonly isTimeNearlyOver: () => boolean;
  readonly delegate: (name: string, job: Delegated) => Promise<string>;
}

/** In the record, so every write pays for it. */
const largestCheckpointBytes = 32_768;

/** Bounds the record, which DynamoDB limits to 400 KB: each takes up to about 350 bytes, and inline results share `inlineStepsBytes`. */
const mostSteps = 500;
const longestStepName = 100;
const inlineStepsBytes = 65_536;
/** A reference to a stored object takes about as much. */
const smallestStoredBytes = 256;

/** A promise for code that must not go on: the invocation ends meanwhile, and the code runs from its top in the next one. */
const never = () => new Promise<never>(() => undefined);

export class InvocationContext {
  readonly ctx: JobContext;
  /** Resolves when the worker's code asked to wait. */
  readonly suspended: Promise<Suspension>;
  private readonly lease: HeldLease;
  private readonly ports: ContextPorts;
  private readonly files: JobFiles;
  private readonly version: number;
  private readonly usedNames = new Set<string>();
  private readonly stepsUnderWay = new Set<Promise<unknown>>();
  private steps: Readonly<Record<string, Payload>>;
  private checkpoint: string | undefined;
  private waits = 0;
  private isClosed = false;
  private suspend!: (suspension: Suspension) => void;

  constructor(lease: HeldLease, contract: JobTypeContract, ports: ContextPorts) {
    this.lease = lease;
    this.ports = ports;
    this.version = contract.version;
    this.steps = lease.job.steps;
    this.checkpoint = lease.job.checkpoint;
    this.files = new JobFiles(lease.job, contract, {
      signal: lease.interrupted.signal,
      store: ports.files,
      folder: ports.world.newToken(),
    });
    this.suspended = new Promise((resolve) => {
      this.suspend = resolve;
    });
    this.ctx = {
      ...baseContext(lease, ports),
      checkpoint: { load: () => this.loadCheckpoint(), save: (state) => this.guard(() => this.saveCheckpoint(state)) },
      progress: (fraction, message) => {
        lease.progress = {
          fraction: boundedFraction(fraction),
          message: message === undefined ? null : shorten(message, 200),
        };
      },
      step: (name, fn) => this.guard(() => this.step(`step:${name}`, fn)),
      sleep: (duration, reason) => this.guard(() => this.sleep(duration, reason)),
      waitUntil: (check, options) => this.guard(() => this.waitUntil(check, options)),
      files: this.files,
      delegate: (name, job) =>
        this.guard(async () => {
          if (!contract.delegatesTo?.includes(job.type)) {
            throw new PermanentError(`${contract.name} may not delegate to ${job.type}: its contract's delegatesTo does not name it.`, {
              code: 'delegation_not_allowed',
            });
          }
          return ports.delegate(name, job);
        }),
    };
  }

  /** What the record must hold of this invocation, whichever way it ends. */
  memory(): JobPatch {
    return { version: this.version, steps: this.steps, checkpoint: this.checkpoint, files: this.files.references() };
  }

  /** After this, code that is still running can do nothing more through its context. */
  close(): void {
    this.isClosed = true;
  }

  /** Resolves when no step's function is running any more. */
  async settle(): Promise<void> {
    while (this.stepsUnderWay.size > 0) await Promise.allSettled(this.stepsUnderWay);
  }

  private guard<T>(action: () => Promise<T>): Promise<T> {
    return this.isClosed ? never() : action();
  }

  private async step<T>(name: string, fn: () => Promise<T>): Promise<T> {
    this.useName(name);
    const known = this.steps[name];
    if (known !== undefined) return JSON.parse(await loadPayload(this.ports.payloads, known)) as T;
    this.lease.interrupted.signal.throwIfAborted();
    const run = this.runStep(name, fn);
    const done = () => this.stepsUnderWay.delete(run);
    this.stepsUnderWay.add(run);
    run.then(done, done);
    const json = await run;
    return this.isClosed || this.endAtSafePoint() ? await never() : (JSON.parse(json) as T);
  }

  private async runStep(name: string, fn: () => Promise<unknown>): Promise<string> {
    const json = JSON.stringify((await fn()) ?? null);
    const payload = await this.store(json);
    await this.lease.write(() => {
      this.remember(name, payload);
      return { ...this.memory(), crashes: 0 };
    });
    return json;
  }

  private async sleep(duration: Duration, reason: WaitReason | undefined): Promise<void> {
    const name = this.nextWaitName();
    const known = await this.readWait<{ untilMs: number }>(name);
    const nowMs = this.ports.world.nowMs();
    const untilMs = known?.untilMs ?? nowMs + Math.max(1_000, durationMs(duration));
    if (nowMs >= untilMs) return;
    this.remember(name, inline({ untilMs }));
    return this.suspendUntil(untilMs, reason);
  }

  private async waitUntil<T>(
    check: () => Promise<T | undefined>,
    { every, timeout, reason }: { readonly every: Duration; readonly timeout: Duration; readonly reason?: WaitReason },
  ): Promise<T> {
    const name = this.nextWaitName();
    const known = await this.readWait<{ sinceMs: number } | { value: T }>(name);
    if (known !== undefined && 'value' in known) return known.value;
    const value = await check();
    if (value !== undefined) {
      this.remember(name, await this.store(JSON.stringify({ value }))); // written with whatever is written next; until then a repeat does no harm
      return value;
    }
    const nowMs = this.ports.world.nowMs();
    const sinceMs = known?.sinceMs ?? nowMs;
    const timeoutMs = durationMs(timeout);
    if (nowMs - sinceMs >= timeoutMs) throw new WaitTimedOutError(`Still waiting after ${Math.round(timeoutMs / 1000)} s.`);
    this.remember(name, inline({ sinceMs }));
    return this.suspendUntil(Math.min(nowMs + Math.max(1_000, durationMs(every)), sinceMs + timeoutMs), reason);
  }

  private loadCheckpoint<T>(): T | undefined {
    return this.checkpoint === undefined ? undefined : (JSON.parse(this.checkpoint) as T);
  }

  private async saveCheckpoint(state: unknown): Promise<void> {
    const json = JSON.stringify(state);
    if (Buffer.byteLength(json) > largestCheckpointBytes) {
      throw new PermanentError(`A checkpoint must be at most ${largestCheckpointBytes} bytes of JSON (was ${Buffer.byteLength(json)}).`, {
        code: 'checkpoint_too_large',
      });
    }
    await this.lease.write(() => {
      // Who saves the same again has come no further.
      const isFurther = this.checkpoint !== json;
      this.checkpoint = json;
      return { ...this.memory(), ...(isFurther ? { crashes: 0 } : {}) };
    });
    if (this.endAtSafePoint()) await never();
  }

  private endAtSafePoint(): boolean {
    if (!this.ports.isTimeNearlyOver()) return false;
    this.suspend({ untilMs: this.ports.world.nowMs(), reason: { code: 'waiting_for_worker', detail: 'goes on in another invocation' } });
    return true;
  }

  private suspendUntil(untilMs: number, reason: WaitReason = {}): Promise<never> {
    this.suspend({ untilMs, reason: { code: reason.code ?? 'sleeping', detail: reason.detail } });
    return never();
  }

  private remember(name: string, payload: Payload): void {
    if (!(name in this.steps) && Object.keys(this.steps).length >= mostSteps) {
      throw new PermanentError(`A job may have at most ${mostSteps} steps, sleeps and waits; keep a position in ctx.checkpoint instead.`, {
        code: 'too_many_steps',
      });
    }
    this.steps = { ...this.steps, [name]: payload };
  }

  private nextWaitName(): string {
    this.waits += 1;
    return `wait:${this.waits}`;
  }

  private async readWait<T>(name: string): Promise<T | undefined> {
    const known = this.steps[name];
    return known && (JSON.parse(await loadPayload(this.ports.payloads, known)) as T);
  }

  /** Small results stay in the record until there are many of them. */
  private store(json: string): Promise<Payload> {
    const inlineBytes = Object.values(this.steps).reduce(
      (sum, step) => sum + (step.kind === 'inline' ? Buffer.byteLength(step.json) : 0),
      0,
    );
    const limit = inlineBytes < inlineStepsBytes ? inlinePayloadBytes : smallestStoredBytes;
    return storePayload(this.ports.payloads, this.lease.job.id, 'step', json, limit);
  }

  private useName(name: string): void {
    if (Buffer.byteLength(name) > 'step:'.length + longestStepName) {
      throw new PermanentError(`A step's name must have at most ${longestStepName} bytes (was "${name.slice(5, 45)}…").`, {
        code: 'step_name_too_long',
      });
    }
    if (this.usedNames.has(name)) {
      throw new PermanentError(`Two steps of one job are named "${name.slice('step:'.length)}"; each needs a name of its own.`, {
        code: 'step_name_reused',
      });
    }
    this.usedNames.add(name);
  }
}

/** What cleaning up sees: no new steps, sleeps or files. Its signal aborts only when the lease is lost. */
export function cleanUpContext(lease: HeldLease, ports: ContextPorts): CleanUpContext {
  const { checkpoint } = lease.job;
  return {
    ...baseContext(lease, ports),
    signal: lease.lost.signal,
    checkpoint: {
      load: <T>() => (checkpoint === undefined ? undefined : (JSON.parse(checkpoint) as T)),
      save: async () => {
        throw new PermanentError('Cleaning up cannot save a checkpoint.', { code: 'worker_error' });
      },
    },
  };
}

function baseContext({ job, interrupted }: HeldLease, { settings, log }: ContextPorts) {
  return {
    job: {
      id: job.id,
      owner: job.owner,
      type: job.type,
      attempt: job.attempt,
      createdAt: new Date(job.createdAtMs).toISOString(),
      deadline: new Date(job.deadlineMs).toISOString(),
      tags: job.tags,
    },
    settings,
    log,
    signal: interrupted.signal,
    idempotencyToken: (name: string) => idempotencyToken(job.id, name),
  };
}

function inline(value: unknown): Payload {
  return { kind: 'inline', json: JSON.stringify(value) };
}

/** DynamoDB has no NaN, which is what 0 of 0 rows make. */
function boundedFraction(fraction: number | null): number | null {
  return fraction === null || Number.isNaN(fraction) ? null : Math.min(1, Math.max(0, fraction));
}
