/** `delegation cancel`, `retry` and `redrive`: by id, or all that match. */
import { is } from '../../client/client-errors.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import { describeJob } from '../../client/job-sentence.ts';
import type { BulkFilter, BulkPreview } from '../../client/list-filter.ts';
import type { Job } from '../../client/shown-job.ts';
import { type ApiSession, openSession } from '../api-session.ts';
import { CommandError, type CommandInput, flag, type RunCommand, text, texts, UsageError } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { requireConsent } from '../consent.ts';
import { exitCodeOf } from '../exit-codes.ts';
import { bulkFilterOf } from '../filter.ts';
import { jobIdOf, rememberId } from '../job-id.ts';
import { printJson, wantsJson } from '../pick-fields.ts';
import { plain } from '../text-style.ts';
import { tableOf } from '../text-table.ts';
import { watchJobs } from '../watch-jobs.ts';
import { wholeNumber } from '../whole-number.ts';
import { jobColumns } from './list-command.ts';

/** Cancels jobs. */
export const cancel: RunCommand = (input, io) => {
  const reason = text(input, 'reason');
  return act(input, io, 'cancel', reason === undefined ? undefined : { reason });
};

/** Retries jobs that failed or were cancelled: each as a new job. */
export const retry: RunCommand = (input, io) => act(input, io, 'redrive');

/** Retries all jobs that match a filter. */
export const redrive: RunCommand = (input, io) => actOnAll(openSession(input, io), input, io, 'redrive');

type Action = 'cancel' | 'redrive';

async function act(input: CommandInput, io: CommandIo, action: Action, body?: object): Promise<number> {
  const session = openSession(input, io);
  const words = texts(input, 'id');
  const isFiltered = Object.keys(bulkFilterOf(input, io.nowMs())).length > 0;
  if (words.length > 0 && isFiltered) throw new UsageError('Name ids, or select by options: not both.');
  if (words.length === 0) return actOnAll(session, input, io, action);
  const codes: number[] = [];
  for (const word of words) codes.push(await actOn(word, session, input, io, { action, body }));
  return codes.find((code) => code !== 0) ?? 0;
}

interface Act {
  readonly action: Action;
  readonly body: object | undefined;
}

/** One that is refused leaves the others their turn. */
async function actOn(word: string, session: ApiSession, input: CommandInput, io: CommandIo, { action, body }: Act): Promise<number> {
  try {
    const id = await jobIdOf(word, session, io);
    const isDryRun = flag(input, 'dry-run');
    const path = `/v1/jobs/${id}${isDryRun ? '' : action === 'cancel' ? '/cancel' : '/retry'}`;
    const after = (await session.client.request({
      method: isDryRun ? 'GET' : 'POST',
      path,
      body: isDryRun ? undefined : body,
      signal: io.signal,
    })) as Job;
    if (action === 'redrive' && !isDryRun) rememberId(after.id, session, io);
    await printAfter(after, input, io);
    return 0;
  } catch (error) {
    if (!is(error, 'problem') && !(error instanceof CommandError)) throw error;
    await io.messages.write(`${plain(word)}: ${plain((error as Error).message)}\n`);
    return exitCodeOf(error);
  }
}

async function printAfter(job: Job, input: CommandInput, io: CommandIo): Promise<void> {
  if (wantsJson(input)) return printJson(job, input, io.out);
  if (flag(input, 'quiet')) return io.out.write(`${job.id}\n`);
  if (flag(input, 'dry-run')) return io.out.write(tableOf([job], jobColumns(io.out, io.nowMs()), io.out));
  return io.out.write(io.out.isTerminal ? `${job.id}  ${plain(describeJob(job, io.nowMs()))}\n` : `${job.id}\n`);
}

/** All that match: counted first, then done by a job of the service, once somebody has said yes. */
async function actOnAll(session: ApiSession, input: CommandInput, io: CommandIo, action: Action): Promise<number> {
  const filter = bulkFilterOf(input, io.nowMs());
  const verb = action === 'cancel' ? 'cancel' : 'retry';
  if (Object.keys(filter).length === 0)
    throw new UsageError(
      `Name ids, or select jobs by --status, --type, --tag, --since or --until. To ${verb} all: --status ${action === 'cancel' ? 'scheduled,queued,running,waiting' : 'failed'}.`,
    );
  const rate = text(input, 'per-second');
  const jobsPerSecond = rate === undefined ? undefined : wholeNumber(rate, '--per-second', 1, 100);
  const preview = await previewOf(session, filter, action, io);
  const { count, isLowerBound } = preview;
  if (wantsJson(input) && flag(input, 'dry-run')) await printJson(preview, input, io.out);
  else await io.messages.write(previewText(preview, session, io));
  if (flag(input, 'dry-run') || count === 0) return 0;
  await requireConsent(
    input,
    io,
    `${verb[0]?.toUpperCase()}${verb.slice(1)} ${isLowerBound ? 'all of them' : count === 1 ? 'this job' : `these ${count} jobs`}?`,
    ', or look first with --dry-run',
  );
  const reason = text(input, 'reason');
  const options = {
    dryRun: false as const,
    signal: io.signal,
    ...(jobsPerSecond === undefined ? {} : { jobsPerSecond }),
    ...(reason === undefined ? {} : { reason }),
  };
  const handle = (await (action === 'cancel'
    ? session.client.cancelAll(filter, options)
    : session.client.redrive(filter, options))) as JobHandle;
  const code = await watchJobs([handle], io, { out: io.messages });
  await (wantsJson(input) ? printJson(handle.job, input, io.out) : io.out.write(`${handle.id}\n`));
  return code;
}

function previewText({ count, isLowerBound, jobs }: BulkPreview, { target }: ApiSession, { messages, nowMs }: CommandIo): string {
  const title = `${isLowerBound ? 'At least ' : ''}${count} ${count === 1 ? 'job matches' : 'jobs match'} at ${target.url}`;
  if (count === 0) return `${title}.\n`;
  const rest = isLowerBound || count > jobs.length ? `… and ${isLowerBound ? 'more' : `${count - jobs.length} more`}\n` : '';
  return `${title}:\n${tableOf(jobs, jobColumns(messages, nowMs()), messages)}${rest}`;
}

async function previewOf({ client }: ApiSession, filter: BulkFilter, action: Action, io: CommandIo): Promise<BulkPreview> {
  const options = { dryRun: true, signal: io.signal };
  return (await (action === 'cancel' ? client.cancelAll(filter, options) : client.redrive(filter, options))) as BulkPreview;
}
