/** A run: one claimed job in one invocation, from its claim to the write of what follows. An invocation that received ten messages has up to ten. */
import { parseExactJson } from '../../text/exact-json.ts';
import type { ContextDeps } from '../context/context-parts.ts';
import { linkTokens } from '../context/journal.ts';
import type { WorkerDefinition } from '../contract/context.ts';
import type { JobTypeContract } from '../contract/contract.ts';
import { PermanentError } from '../contract/errors.ts';
import type { Log } from '../contract/log.ts';
import { parseWithSchema } from '../contract/schema.ts';
import { loadPayload } from '../job/payload.ts';
import type { StopSignal } from '../job/stop.ts';
import type { JobSession } from '../session/job-session.ts';
import { makeRedactor } from '../session/redact.ts';
import { type DelegateDeps, delegatedId, delegateJob } from '../submit/child-job.ts';

/** A job type with its code. */
export interface Worker<Contract extends JobTypeContract = JobTypeContract> {
  readonly contract: Contract;
  readonly definition: WorkerDefinition<Contract>;
}

/** A message as SQS delivered it to this invocation. */
export interface Delivery {
  readonly body: string;
  /** Number of times that SQS has delivered the message, from 1. */
  readonly receiveCount: number;
  /** What is left of the invocation. */
  readonly remainingMs: () => number;
  readonly extendVisibility: (seconds: number) => Promise<void>;
  /** Aborts when the host is going down and can wait no longer; Lambda has no such thing. */
  readonly hostStopping?: StopSignal;
  /** Called when code went on for too long after its signal: only the end of its process stops it. */
  readonly reportRunaway?: () => void;
}

export interface JobRun {
  readonly worker: Worker;
  readonly session: JobSession;
  readonly delivery: Delivery;
  /** What the run logs: each line names the job, and has none of its secrets. */
  readonly log: Log;
}

export type ExecuteDeps = DelegateDeps & Omit<ContextDeps, 'log' | 'isTimeNearlyOver' | 'delegate' | 'idOfChild' | 'readJob'>;

/** Code gets this long to stop after its signal; then the invocation goes on without it. */
export const stopGraceMs = 5_000;
/** Time of the invocation that is kept for the last writes. */
export const lastWritesMs = 3_000;
/** Time kept after the last safe point, so that a short step can still end before the signal to stop. */
const safePointMarginMs = 5_000;

/** @returns what the context of this run needs */
export function contextDeps({ session, delivery, log }: JobRun, deps: ExecuteDeps): ContextDeps {
  const invocationMs = delivery.remainingMs();
  // Early enough before the code is interrupted, in short invocations, too.
  const marginMs = Math.max(stopGraceMs + lastWritesMs + safePointMarginMs, Math.min(60_000, invocationMs / 4));
  const { runtime, settings, payloads, files, uploadReader, apiUrl } = deps;
  return {
    runtime,
    settings,
    log,
    payloads,
    files,
    uploadReader,
    apiUrl,
    isTimeNearlyOver: () => delivery.remainingMs() < marginMs,
    delegate: (name, request, isPart = false) => delegateJob(session.job, name, { ...request, isPart }, deps),
    idOfChild: (name) => delegatedId(session.job, name),
    readJob: (id) => deps.store.get(id, deps.runtime.nowMs()),
  };
}

/**
 * Reads the job's input as its contract's schema gives it. From then on, its secrets are redacted.
 * @throws PermanentError `invalid_input` when a newer contract refuses it; DamagedPayloadError when it is lost
 */
export async function readInput({ worker: { contract }, session }: JobRun, { payloads }: ExecuteDeps): Promise<unknown> {
  const input = parseExactJson(await loadPayload(payloads, session.job.input));
  session.redactWith(makeRedactor(contract.redact ?? [], input));
  for (const token of linkTokens(session.job.journal)) session.redactToken(token);
  const parsed = parseWithSchema(contract.input, input);
  if (parsed.success) return parsed.data;
  throw new PermanentError(`The input no longer fits the contract of ${contract.name}: ${parsed.error.issues[0]?.message}`, {
    code: 'invalid_input',
  });
}
