/** How the status of a job looks: a sign, a word and a colour. */
import { describeJob } from '../client/job-sentence.ts';
import type { Job, JobStatus } from '../client/shown-job.ts';
import type { CommandIo } from './command-io.ts';
import { plain, type Style, styled } from './text-style.ts';

const styles: Readonly<Partial<Record<JobStatus, Style>>> = {
  succeeded: 'green',
  failed: 'red',
  cancelled: 'yellow',
  running: 'cyan',
  waiting: 'blue',
  scheduled: 'dim',
};

/** A sign for each status besides its word and colour. */
const signs: Readonly<Record<JobStatus, string>> = {
  scheduled: '◷',
  queued: '○',
  running: '●',
  waiting: '◌',
  succeeded: '✓',
  failed: '✗',
  cancelled: '⊘',
};

export function styleOf(status: JobStatus): Style | undefined {
  return styles[status];
}

export function signOf(status: JobStatus): string {
  return signs[status] ?? '·';
}

/** @returns one line about a change of a job, as `watch` prints it */
export function changeLine(job: Job, { out, nowMs }: Pick<CommandIo, 'out' | 'nowMs'>, withId: boolean): string {
  const time = out.isTerminal ? new Date(nowMs()).toTimeString().slice(0, 8) : new Date(nowMs()).toISOString();
  const status = styled(`${signOf(job.status)} ${job.status}`, styleOf(job.status) ?? 'dim', out);
  return `${time}  ${withId ? `${job.id}  ` : ''}${status}  ${plain(describeJob(job, nowMs()))}\n`;
}
