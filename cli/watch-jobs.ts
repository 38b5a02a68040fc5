/** Follows jobs to their end: a live view in a terminal, a line for each change elsewhere. */
import { is } from '../client/client-errors.ts';
import type { JobHandle } from '../client/job-handle.ts';
import { describeJob, progressOf } from '../client/job-sentence.ts';
import { hasEnded, type Job } from '../client/shown-job.ts';
import type { CommandIo, Output } from './command-io.ts';
import { exitCodes } from './exit-codes.ts';
import { changeLine, signOf, styleOf } from './job-text.ts';
import { LiveView } from './live-view.ts';
import { columnsOf, plain, styled, truncate } from './text-style.ts';

interface WatchOptions {
  readonly timeoutMs?: number | undefined;
  /** Where changes are shown. */
  readonly out: Output;
}

/** Somebody looks on, so the job is asked for more often than the API proposes, which goes by how long such jobs take. An hour of it costs 0.002 USD. */
const longestLookMs = 3_000;

/**
 * Follows jobs until all have ended.
 * @returns 0 if all succeeded, else the exit code of the worst: failed, cancelled, still running when the time is over
 */
export async function watchJobs(jobs: readonly JobHandle[], io: CommandIo, { timeoutMs, out }: WatchOptions): Promise<number> {
  const shown = new Map<string, Job>(jobs.map(({ id, job }) => [id, job]));
  const lines = () => unfinishedFirst([...shown.values()]).map((job) => liveLine(job, io.nowMs(), out, jobs.length > 1));
  const view = out.canRedraw ? new LiveView(out, lines) : undefined;
  view?.start();
  const options = { signal: io.signal, atLeastEveryMs: longestLookMs, ...(timeoutMs === undefined ? {} : { timeoutMs }) };
  try {
    const ends = await Promise.all(
      jobs.map(async (handle) => {
        try {
          for await (const { job } of handle.changes(options)) {
            shown.set(handle.id, job);
            if (view === undefined) await out.write(changeLine(job, { ...io, out }, jobs.length > 1));
          }
          return handle.job;
        } catch (error) {
          if (is(error, 'still-running')) return handle.job;
          throw error;
        }
      }),
    );
    await view?.end();
    const going = ends.filter((job) => !hasEnded(job));
    if (going.length > 0) await io.messages.write(goingText(going));
    return worstOf(ends);
  } catch (error) {
    await view?.end();
    if (io.signal.aborted) await io.messages.write(goingText([...shown.values()].filter((job) => !hasEnded(job))));
    throw error;
  }
}

function worstOf(jobs: readonly Job[]): number {
  const codes = jobs.map(({ status }) => endCodes[status] ?? exitCodes.timeOut);
  return [exitCodes.jobFailed, exitCodes.jobCancelled, exitCodes.timeOut].find((code) => codes.includes(code)) ?? exitCodes.succeeded;
}

const endCodes: Readonly<Partial<Record<Job['status'], number>>> = {
  succeeded: exitCodes.succeeded,
  failed: exitCodes.jobFailed,
  cancelled: exitCodes.jobCancelled,
};

/** What to do about jobs that go on. */
function goingText(jobs: readonly Job[]): string {
  if (jobs.length === 0) return '';
  const ids = jobs.map(({ id }) => id).join(' ');
  return `${jobs.length === 1 ? 'The job goes on' : `${jobs.length} jobs go on`}.\n  delegation watch ${ids}\n  delegation cancel ${ids}\n`;
}

/** Where there are more than the terminal has rows, those that go on are to be seen. */
function unfinishedFirst(jobs: readonly Job[]): readonly Job[] {
  const rows = process.stderr.rows || 24;
  return jobs.length < rows - 2 ? jobs : jobs.toSorted((a, b) => Number(hasEnded(a)) - Number(hasEnded(b)));
}

/** The mark before each line, and a space. */
const markColumns = 2;

/** @returns a line that fits beside the mark of the live view */
export function liveLine(job: Job, nowMs: number, out: Output, withId: boolean): string {
  const width = out.width ?? 80;
  const head = `${signOf(job.status)} ${job.status.padEnd(9)}`;
  const bar = job.status === 'running' ? barOf(job, out) : '';
  const name = withId ? job.id : job.type;
  const rest = `${plain(name)}  ${bar}${plain(job.status === 'running' ? progressOf(job) || describeJob(job, nowMs) : describeJob(job, nowMs))}`;
  const space = Math.max(10, width - markColumns - columnsOf(head) - 1);
  return `${styled(head, styleOf(job.status) ?? 'dim', out)} ${truncate(rest, space)}`;
}

const barColumns = 16;

function barOf({ progress }: Job, out: Output): string {
  const fraction = progress?.fraction ?? null;
  if (fraction === null || (out.width ?? 80) < 60) return '';
  const filled = Math.round(Math.min(1, Math.max(0, fraction)) * barColumns);
  return `${'█'.repeat(filled)}${'░'.repeat(barColumns - filled)} `;
}
