/**
 * One run of a bulk action. Before it acts on a few jobs it saves which they are, so that a run that is repeated after a crash acts on the same ones:
 * each recognises what was done to it, and is counted once.
 */

import { type ActDeps, type ActionOutcome, type Actor, cancelOne, type OverQuota, retryOne } from '../../core/bulk/act-on-job.ts';
import { type SelectDeps, type SelectedJob, type Selection, selectPage } from '../../core/bulk/selection.ts';
import type { JobContext } from '../../core/contract/context.ts';
import { QuotaExceededError } from '../../core/contract/errors.ts';
import type { ListPosition } from '../../core/job/ports.ts';
import { retryId } from '../../core/submit/retry-job.ts';
import { truncate } from '../../text/truncate.ts';
import type { BulkInput, BulkResult } from './contract.ts';

export interface BulkDeps extends SelectDeps, ActDeps {}

/** Jobs that are acted on at the same time. */
const maxParallel = 10;
/** Seconds that the jobs between two checkpoints take: what a crash repeats. */
const secondsBetweenSaves = 5;
const maxBatch = 100;
const maxFailures = 20;
/** Each look for room in the quota costs an invocation. */
const minQuotaWaitSeconds = 5;

interface Progress {
  readonly counts: BulkResult;
  /** The jobs that are acted on now, or were when the last run ended. */
  readonly batch: readonly string[];
  /** Where the next batch starts; undefined at the end. */
  readonly next: ListPosition | undefined;
  readonly isLast: boolean;
  /** When the oldest job was accepted, for the fraction that is done. */
  readonly firstMs: number | undefined;
}

const start: Progress = {
  counts: { matched: 0, retried: 0, cancelled: 0, cancelRequested: 0, skipped: {}, failed: 0, failures: [] },
  batch: [],
  next: undefined,
  isLast: false,
  firstMs: undefined,
};

export class BulkRun {
  private readonly input: BulkInput;
  private readonly ctx: JobContext;
  private readonly deps: BulkDeps;
  private readonly actor: Actor;
  private readonly selection: Selection;

  constructor(input: BulkInput, ctx: JobContext, deps: BulkDeps) {
    this.input = input;
    this.ctx = ctx;
    this.deps = deps;
    this.actor = { actedBy: ctx.job.id, by: input.requestedBy, reason: input.reason };
    const { status, type, code, tag, since, until } = input.filter;
    this.selection = {
      action: input.action,
      owner: input.owner,
      statuses: status,
      types: type,
      codes: code,
      tags: tag,
      sinceMs: since === undefined ? undefined : Date.parse(since),
      untilMs: Date.parse(until),
    };
  }

  async run(): Promise<BulkResult> {
    let progress = this.ctx.checkpoint.load<Progress>() ?? start;
    let batch = await this.readAgain(progress.batch);
    while (true) {
      const counts = await this.actOn(batch, progress);
      if (progress.isLast) return counts;
      const limit = Math.min(maxBatch, secondsBetweenSaves * this.input.jobsPerSecond);
      const page = await selectPage(this.selection, { after: progress.next, limit }, this.deps);
      batch = page.jobs;
      progress = {
        counts,
        batch: batch.map(({ job }) => job.id),
        next: page.next,
        isLast: page.next === undefined,
        firstMs: progress.firstMs ?? batch[0]?.job.createdAtMs,
      };
      await this.ctx.checkpoint.save(progress);
    }
  }

  /** The jobs of the batch at which the last run ended, in the same order. */
  private async readAgain(ids: readonly string[]): Promise<readonly SelectedJob[]> {
    const { store, runtime } = this.deps;
    const found = await Promise.all(ids.map((id) => store.get(id, runtime.nowMs())));
    const jobs = found.flatMap((job) => job ?? []);
    if (this.input.action === 'cancel') return jobs.map((job) => ({ job, retriedBy: undefined }));
    return Promise.all(jobs.map(async (job) => ({ job, retriedBy: await store.get(retryId(job), runtime.nowMs()) })));
  }

  private async actOn(jobs: readonly SelectedJob[], { counts: before, firstMs }: Progress): Promise<BulkResult> {
    const { runtime } = this.deps;
    const { jobsPerSecond } = this.input;
    const width = Math.min(maxParallel, jobsPerSecond);
    let counts = before;
    for (let i = 0; i < jobs.length; i += width) {
      this.ctx.signal.throwIfAborted();
      const startedMs = runtime.monotonicMs();
      const group = jobs.slice(i, i + width);
      const outcomes = await Promise.all(group.map((selected) => this.actOnOne(selected)));
      for (const [j, outcome] of outcomes.entries()) counts = counted(counts, group[j]?.job.id ?? '', outcome);
      // Reported before anything can end the run: a cancelled job has no result to say what was done.
      this.report(counts, { firstMs, atMs: group[0]?.job.createdAtMs });
      requireRoom(outcomes);
      const restMs = startedMs + (group.length * 1000) / jobsPerSecond - runtime.monotonicMs();
      if (restMs > 0) await runtime.sleep(restMs, this.ctx.signal);
    }
    return counts;
  }

  private actOnOne(selected: SelectedJob): Promise<ActionOutcome | OverQuota> {
    return this.input.action === 'retry' ? retryOne(selected, this.actor, this.deps) : cancelOne(selected.job, this.actor, this.deps);
  }

  /** @param atMs when the job that was acted on was accepted: the oldest come first, so this says how far the action is */
  private report(
    counts: BulkResult,
    { firstMs = 0, atMs = 0 }: { readonly firstMs: number | undefined; readonly atMs: number | undefined },
  ): void {
    const { matched, retried, cancelled, cancelRequested, failed } = counts;
    const done = this.input.action === 'retry' ? `${retried} retried` : `${cancelled} cancelled, ${cancelRequested} asked to stop`;
    const skipped = matched - retried - cancelled - cancelRequested - failed;
    const spanMs = this.selection.untilMs - firstMs;
    this.ctx.progress(spanMs <= 0 ? null : (atMs - firstMs) / spanMs, `${done}, ${skipped} skipped, ${failed} failed`);
  }
}

/** @throws QuotaExceededError, by which the job waits and goes on from its checkpoint */
function requireRoom(outcomes: readonly (ActionOutcome | OverQuota)[]): void {
  const refused = outcomes.find((outcome) => outcome.kind === 'over-quota');
  if (refused === undefined) return;
  const afterSeconds = Math.max(minQuotaWaitSeconds, refused.afterSeconds);
  throw new QuotaExceededError('waiting for room in the quota of the owner to retry more jobs', afterSeconds);
}

function counted(counts: BulkResult, id: string, outcome: ActionOutcome | OverQuota): BulkResult {
  // It is acted on again, and counted then.
  if (outcome.kind === 'over-quota') return counts;
  const next = { ...counts, matched: counts.matched + 1 };
  switch (outcome.kind) {
    case 'retried':
      return { ...next, retried: next.retried + 1 };
    case 'cancelled':
      return { ...next, cancelled: next.cancelled + 1 };
    case 'cancel_requested':
      return { ...next, cancelRequested: next.cancelRequested + 1 };
    case 'skipped':
      return { ...next, skipped: { ...next.skipped, [outcome.why]: (next.skipped[outcome.why] ?? 0) + 1 } };
    case 'failed': {
      const failure = { id, code: outcome.code, message: truncate(outcome.message, 200) };
      return { ...next, failed: next.failed + 1, failures: [...next.failures, failure].slice(0, maxFailures) };
    }
  }
}
