/** `delegation jobs`: the list of jobs. */
import type { JobHandle } from '../../client/job-handle.ts';
import { describeJob } from '../../client/job-sentence.ts';
import type { JobFilter } from '../../client/list-filter.ts';
import type { Job } from '../../client/shown-job.ts';
import { showRelative } from '../../client/shown-time.ts';
import { pause } from '../../client/transport.ts';
import { type ApiSession, openSession } from '../api-session.ts';
import { type CommandInput, flag, type RunCommand, text, UsageError } from '../command.ts';
import type { CommandIo, Output } from '../command-io.ts';
import { jobFilterOf } from '../filter.ts';
import { changeLine, signOf, styleOf } from '../job-text.ts';
import { printJsonLine, wantsJson } from '../pick-fields.ts';
import { type Column, tableOf } from '../text-table.ts';
import { optionalDurationMs } from '../times.ts';
import { wholeNumber } from '../whole-number.ts';

const defaultCount = 20;
const pageSize = 100;

/** Prints the newest jobs first: a table, ids alone, or JSON Lines. */
export const jobs: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  if (flag(input, 'watch')) return watchList(session, input, io);
  const count = countOf(input);
  const filter = { ...jobFilterOf(input, io.nowMs()), limit: Math.min(pageSize, count), signal: io.signal };
  if (!io.out.isTerminal || wantsJson(input) || flag(input, 'quiet')) return stream(session, filter, count, input, io);
  const found: Job[] = [];
  for await (const { job } of session.client.jobs(filter)) {
    found.push(job);
    if (found.length >= count) break;
  }
  await io.out.write(found.length === 0 ? '' : tableOf(found, jobColumns(io.out, io.nowMs()), io.out));
  await io.messages.write(
    found.length === 0
      ? 'No jobs match.\n'
      : found.length >= count
        ? `The ${text(input, 'order') === 'asc' ? 'oldest' : 'newest'} ${count}; --limit N or --all for more.\n`
        : '',
  );
  return 0;
};

/** Each job as soon as it is there, so that a list of any length takes no memory. */
async function stream(
  { client }: ApiSession,
  filter: JobFilter,
  count: number,
  input: CommandInput,
  { out, nowMs }: CommandIo,
): Promise<number> {
  let printed = 0;
  for await (const { job } of client.jobs(filter)) {
    if (flag(input, 'quiet')) await out.write(`${job.id}\n`);
    else if (wantsJson(input)) await printJsonLine(job, input, out);
    else await out.write(tableOf([job], jobColumns(out, nowMs()), out));
    printed += 1;
    if (printed >= count) break;
  }
  return 0;
}

/** @returns the columns of a table of jobs: for people on a terminal, for programs elsewhere */
export function jobColumns(out: Output, nowMs: number): readonly Column<Job>[] {
  const tags: Column<Job> = { title: 'TAGS', text: tagsText, rank: 4, isElastic: true };
  const [id, type]: readonly Column<Job>[] = [
    { title: 'ID', text: (job) => job.id },
    { title: 'TYPE', text: (job) => job.type, rank: 1, isElastic: true },
  ];
  if (out.width === undefined)
    return [
      id,
      type,
      { title: 'STATUS', text: ({ status }) => status },
      { title: 'CREATED', text: ({ createdAt }) => createdAt },
      { title: 'WHY', text: codeOf },
      tags,
    ] as Column<Job>[];
  return [
    id,
    type,
    { title: 'STATUS', text: ({ status }) => `${signOf(status)} ${status}`, style: ({ status }) => styleOf(status) },
    { title: 'CREATED', text: ({ createdAt }) => showRelative(createdAt, nowMs), rank: 2 },
    { title: 'WHY', text: whyText(nowMs), rank: 3, isElastic: true },
    tags,
  ] as Column<Job>[];
}

function tagsText({ tags }: Job): string {
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ');
}

function codeOf({ reason, error }: Job): string {
  return error?.code ?? reason?.code ?? '';
}

/** A job that succeeded needs no explanation. */
const whyText = (nowMs: number) => (job: Job) => (job.status === 'succeeded' || job.status === 'cancelled' ? '' : describeJob(job, nowMs));

function countOf(input: CommandInput): number {
  const given = text(input, 'limit');
  if (flag(input, 'all') && given !== undefined) throw new UsageError('--all and --limit exclude each other.');
  if (flag(input, 'all')) return Number.POSITIVE_INFINITY;
  return given === undefined ? defaultCount : wholeNumber(given, '--limit', 1);
}

const defaultEveryMs = 3_000;
const shortestEveryMs = 1_000;
/** A longer timer would end at once. */
const longestEveryMs = 86_400_000;

/** The list, again and again, until Ctrl-C: in a terminal in place, elsewhere a line for each change, of JSON where that is asked for. */
async function watchList(session: ApiSession, input: CommandInput, io: CommandIo): Promise<number> {
  if (flag(input, 'all')) throw new UsageError('--watch shows the newest jobs: take --limit N in place of --all.');
  const everyMs = Math.min(Math.max(optionalDurationMs(input, 'every') ?? defaultEveryMs, shortestEveryMs), longestEveryMs);
  const filter = { ...jobFilterOf(input, io.nowMs()), limit: Math.min(pageSize, countOf(input)), signal: io.signal };
  const known = new Map<string, string>();
  for (;;) {
    const { items } = await session.client.jobs(filter);
    await (io.out.canRedraw && !wantsJson(input) && !flag(input, 'quiet') ? redraw(items, io) : printChanges(items, known, input, io));
    await pause(everyMs, io.signal);
  }
}

async function redraw(items: readonly JobHandle[], { out, nowMs }: CommandIo): Promise<void> {
  await out.write(`\u001b[H\u001b[2J${screen(items, out, nowMs())}`);
}

function screen(items: readonly JobHandle[], out: Output, nowMs: number): string {
  const height = (process.stdout.rows || 24) - 3;
  const table = tableOf(
    items.slice(0, Math.max(1, height)).map(({ job }) => job),
    jobColumns(out, nowMs),
    out,
  );
  return `${table}\n${new Date(nowMs).toTimeString().slice(0, 8)}, Ctrl-C ends it\n`;
}

async function printChanges(items: readonly JobHandle[], known: Map<string, string>, input: CommandInput, io: CommandIo): Promise<void> {
  for (const { id, job } of [...items].reverse()) {
    const state = JSON.stringify([job.status, job.reason, job.progress]);
    if (known.get(id) !== state) await printChange(job, input, io);
    known.set(id, state);
  }
}

async function printChange(job: Job, input: CommandInput, io: CommandIo): Promise<void> {
  if (wantsJson(input)) return printJsonLine(job, input, io.out);
  await io.out.write(flag(input, 'quiet') ? `${job.id}\n` : changeLine(job, io, true));
}
