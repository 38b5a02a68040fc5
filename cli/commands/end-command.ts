/** `delegation cancel`, `retry` and `redrive`: by id, or all that match. */
import { is } from '../../client/client-errors.ts';
import type { JobHandle } from '../../client/job-handle.ts';
import { describeJob } from '../../client/job-sentence.ts';
import type { BulkFilter, BulkPreview } from '../../client/list-filter.ts';
import { type ApiSession, openSession } from '../api-session.ts';
import { CommandError, type CommandInput, flag, type RunCommand, text, texts, UsageError } from '../command.ts';
import { type CommandIo, canAsk, confirm } from '../command-io.ts';
import { exitCodeOf, exitCodes } from '../exit-codes.ts';
import { bulkFilterOf } from '../filter.ts';
import { jobFields } from '../job-fields.ts';
import { jobIdOf } from '../job-id.ts';
import { printJson, wantsJson } from '../pick-fields.ts';
import { plain } from '../text-style.ts';
import { tableOf } from '../text-table.ts';
import { watchJobs } from '../watch-jobs.ts';
import { jobColumns } from './list-command.ts';

/** Cancels jobs. */
export const cancel: RunCommand = (input, io) => {
  const reason = text(input, 'reason');
  return act(input, io, 'cancel', (handle) => handle.cancel({ signal: io.signal, ...(reason === undefined ? {} : { reason }) }));
};

/** Retries jobs that failed or were cancelled: each as a new job. */
export const retry: RunCommand = (input, io) => act(input, io, 'redrive', (handle) => handle.retry({}, { signal: io.signal }));

/** Retries all jobs that match a filter. */
export const redrive: RunCommand = (input, io) => actOnAll(openSession(input, io), input, io, 'redrive');

type Action = 'cancel' | 'redrive';

async function act(input: CommandInput, io: CommandIo, action: Action, one: (handle: JobHandle) => Promise<JobHandle>): Promise<number> {
  const session = openSession(input, io);
  const words = texts(input, 'id');
  const isFiltered = Object.keys(bulkFilterOf(input, io.nowMs())).length > 0;
  if (words.length > 0 && isFiltered) throw new UsageError('Name ids, or select by options: not both.');
  if (words.length === 0) return actOnAll(session, input, io, action);
  const codes: number[] = [];
  for (const word of words) codes.push(await actOn(word, session, input, io, one));
  return codes.find((code) => code !== 0) ?? 0;
}

/** One that is refused leaves the others their turn. */
async function actOn(
  word: string,
  session: ApiSession,
  input: CommandInput,
  io: CommandIo,
  one: (handle: JobHandle) => Promise<JobHandle>,
): Promise<number> {
  try {
    const id = await jobIdOf(word, session, io);
    if (flag(input, 'dry-run')) {
      const { job } = await session.client.job(id, { signal: io.signal });
      await io.out.write(tableOf([job], jobColumns(io.out, io.nowMs()), io.out));
      return 0;
    }
    const after = await one((await session.client.job(id, { signal: io.signal })) as JobHandle);
    if (wantsJson(input)) await printJson(after.job, input, io.out, jobFields);
    else if (!io.out.isTerminal || flag(input, 'quiet')) await io.out.write(`${after.id}\n`);
    else await io.out.write(`${after.id}  ${plain(describeJob(after.job, io.nowMs()))}\n`);
    return 0;
  } catch (error) {
    if (!is(error, 'problem') && !(error instanceof CommandError)) throw error;
    await io.messages.write(`${word}: ${(error as Error).message}\n`);
    return exitCodeOf(error);
  }
}

/** All that match: counted first, then done by a job of the service, once somebody has said yes. */
async function actOnAll(session: ApiSession, input: CommandInput, io: CommandIo, action: Action): Promise<number> {
  const filter = bulkFilterOf(input, io.nowMs());
  const verb = action === 'cancel' ? 'cancel' : 'retry';
  if (Object.keys(filter).length === 0)
    throw new UsageError(
      `Name ids, or select jobs by --status, --type, --tag, --since or --until. To ${verb} all: --status ${action === 'cancel' ? 'scheduled,queued,running,waiting' : 'failed'}.`,
    );
  const preview = await previewOf(session, filter, action, io);
  const { count, isLowerBound } = preview;
  if (wantsJson(input) && flag(input, 'dry-run')) await printJson(preview, input, io.out, ['dryRun', 'count', 'isLowerBound', 'jobs']);
  else await io.messages.write(previewText(preview, session, io));
  if (flag(input, 'dry-run') || count === 0) return 0;
  await requireConsent(
    input,
    io,
    `${verb[0]?.toUpperCase()}${verb.slice(1)} ${isLowerBound ? 'all of them' : count === 1 ? 'this job' : `these ${count} jobs`}?`,
  );
  const rate = text(input, 'per-second');
  const reason = text(input, 'reason');
  const options = {
    dryRun: false as const,
    signal: io.signal,
    ...(rate === undefined ? {} : { jobsPerSecond: Number(rate) }),
    ...(reason === undefined ? {} : { reason }),
  };
  const handle = (await (action === 'cancel'
    ? session.client.cancelAll(filter, options)
    : session.client.redrive(filter, options))) as JobHandle;
  const code = await watchJobs([handle], io, { out: io.messages });
  await (wantsJson(input) ? printJson(handle.job, input, io.out, jobFields) : io.out.write(`${handle.id}\n`));
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

/** @throws UsageError where there is no terminal to ask on; CommandError where the answer is no */
export async function requireConsent(input: CommandInput, io: CommandIo, question: string): Promise<void> {
  if (flag(input, 'yes')) return;
  if (!canAsk(io)) throw new UsageError(`${question} There is no terminal to ask on: say --yes, or look first with --dry-run.`);
  if (!(await confirm(io, question))) throw new CommandError(exitCodes.error, 'Nothing was changed.');
}
