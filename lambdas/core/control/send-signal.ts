/** Sends a signal to a job: it is kept in the record for the job's code, and wakes the job at once where it waits for it. */
import { canonicalJson } from '../../text/exact-json.ts';
import { changeJob, wakeAtOnce, writeOver } from '../job/change-job.ts';
import { sha256Hex } from '../job/ids.ts';
import type { Job, JobPatch, Payload, Signal } from '../job/job.ts';
import { storePayload } from '../job/payload.ts';
import type { JobStore, PayloadStore, Runtime, WakeUpQueues } from '../job/ports.ts';
import { conflict } from '../job/retry-on-conflict.ts';
import { isTerminal } from '../job/states.ts';
import { endWaitPatch } from '../job/transitions.ts';
import { type ClosedLink, closedLink, signalIdOf, signalIdOfLink } from './signal-link.ts';

export interface SignalDeps {
  readonly store: JobStore;
  readonly queues: WakeUpQueues;
  readonly payloads: PayloadStore;
  readonly runtime: Runtime;
  readonly graceMs: number;
}

export interface SignalRequest {
  readonly name: string;
  /** The caller's key; undefined for a request without one, which is never a repetition unless it comes by a link. */
  readonly key?: string | undefined;
  /** The link by which it comes: its place in the record. It takes the place of the key. */
  readonly link?: number;
  /** As it was sent, and valid by the contract's schema. */
  readonly payload: unknown;
  /** The caller, or `link`. */
  readonly by: string;
}

export interface SentSignal {
  readonly kind: 'accepted';
  readonly job: Job;
  /** Whether an earlier request with the same key had sent it. */
  readonly isReplay: boolean;
}

export type SignalResult =
  | SentSignal
  | { readonly kind: 'already-ended'; readonly job: Job }
  /** Another signal was sent to this job with the same key, or by the same link. */
  | { readonly kind: 'key-reused' }
  | { readonly kind: 'link-closed'; readonly link: ClosedLink }
  | { readonly kind: 'too-many' }
  | { readonly kind: 'busy' };

/** Signals stay in the record, so that a repeated request is recognised. */
export const maxSignals = 100;
/** The largest payload in the record, which the journal repeats when the code receives it: no more than a reference to the bucket takes. */
const inlineBytes = 256;

/** The worker and other senders write the record, too. */
const maxAttempts = 8;

/**
 * Accepted means kept: the job's code receives the signal once, after those of its name that were accepted before it. Where the wake-up is lost, the
 * alarm in the record makes the clock send another.
 * @param job the record as it has just been read
 */
export async function sendSignal(job: Job, request: SignalRequest, deps: SignalDeps): Promise<SignalResult> {
  const { runtime, payloads } = deps;
  const { link } = request;
  const id = signalId(job, request, runtime);
  const json = JSON.stringify(request.payload);
  const payloadHash = sha256Hex(canonicalJson(request.payload)).slice(0, 32);
  let payload: Payload | undefined;
  const result = await changeJob<SignalResult>({ id: job.id, read: job, maxAttempts }, deps, async (current) => {
    if (current === undefined) return { kind: 'busy' };
    const { signals = [] } = current;
    const known = signals.find((one) => one.id === id);
    if (known !== undefined) return isSame(known, { name: request.name, payloadHash }) ? replay(current) : { kind: 'key-reused' };
    const closed = link === undefined ? undefined : closedLink(current, link, runtime.nowMs());
    if (closed !== undefined) return { kind: 'link-closed', link: closed };
    if (isTerminal(current.status)) return { kind: 'already-ended', job: current };
    if (signals.length >= maxSignals) return { kind: 'too-many' };
    payload ??= await storePayload(payloads, { jobId: job.id, name: 'signal', json, inlineBytes });
    const { name, by } = request;
    const place = {
      afterEntries: current.timeline.length,
      ...(current.cancelRequestedAtMs === undefined ? {} : { isAfterCancel: true }),
      ...(link === undefined ? {} : { link: { index: link, of: current.links?.length ?? 0 } }),
    };
    return addSignal(current, { id, name, payload, payloadHash, atMs: runtime.nowMs(), by, ...place }, deps);
  });
  return result === conflict ? { kind: 'busy' } : result;
}

/** A request that is repeated has the same id. */
function signalId(job: Job, { key, by, link }: SignalRequest, runtime: Runtime): string {
  if (link !== undefined) return signalIdOfLink(job.links?.[link]?.tokenHash ?? '');
  return signalIdOf(key === undefined ? ['token', runtime.newToken()] : ['key', by, key]);
}

function isSame(known: Signal, { name, payloadHash }: Pick<Signal, 'name' | 'payloadHash'>): boolean {
  return known.name === name && known.payloadHash === payloadHash;
}

function replay(job: Job): SignalResult {
  return { kind: 'accepted', job, isReplay: true };
}

async function addSignal(job: Job, signal: Signal, { store, queues, graceMs }: SignalDeps): Promise<SignalResult | typeof conflict> {
  const wake = isAwaited(job, signal.name) ? endWaitPatch(job, { nowMs: signal.atMs, graceMs }, `signal "${signal.name}" came`) : undefined;
  const patch: JobPatch = { signals: [...(job.signals ?? []), signal], notices: (job.notices ?? 0) + 1, ...wake };
  const written = await writeOver(job, patch, store);
  if (written === conflict) return conflict;
  if (wake !== undefined) await wakeAtOnce(written, queues);
  return { kind: 'accepted', job: written, isReplay: false };
}

function isAwaited({ status, pendingOutcome, awaits = [] }: Job, name: string): boolean {
  if (status !== 'waiting' || pendingOutcome !== undefined) return false;
  return awaits.some((awaited) => awaited.kind === 'signal' && awaited.name === name);
}
