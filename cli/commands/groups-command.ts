/** `delegation groups`: jobs that were submitted together. */
import type { Group } from '../../client/shown-job.ts';
import { showRelative } from '../../client/shown-time.ts';
import { type ApiSession, openSession } from '../api-session.ts';
import { type CommandInput, flag, type RunCommand, text } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { requireConsent } from '../consent.ts';
import { jobIdOf } from '../job-id.ts';
import { signOf, styleOf } from '../job-text.ts';
import { printJson, printJsonLine, wantsJson } from '../pick-fields.ts';
import { styled } from '../text-style.ts';
import { type Column, tableOf } from '../text-table.ts';
import { jobColumns } from './list-command.ts';

/** Lists the groups, or shows one with the counts of its members. */
export const groups: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  const { client } = session;
  const word = text(input, 'id');
  if (word !== undefined) {
    const group = await client.groups.get(await jobIdOf(word, session, io), { signal: io.signal });
    await (wantsJson(input) ? printJson(group, input, io.out) : io.out.write(showGroup(group, io)));
    return 0;
  }
  const { items } = await client.jobs({ type: 'group', limit: 20, signal: io.signal });
  const found = await Promise.all(items.map(({ id }) => client.groups.get(id, { signal: io.signal })));
  if (wantsJson(input)) for (const group of found) await printJsonLine(group, input, io.out);
  else if (found.length === 0) await io.messages.write('There are no groups.\n');
  else await io.out.write(tableOf(found, columns(io), io.out));
  return 0;
};

const columns = ({ nowMs }: CommandIo): readonly Column<Group>[] => [
  { title: 'ID', text: ({ id }) => id },
  {
    title: 'STATUS',
    text: ({ status, sealed }) => `${signOf(status)} ${status}${sealed ? '' : ' (open)'}`,
    style: ({ status }) => styleOf(status),
  },
  { title: 'MEMBERS', text: ({ counts }) => String(counts.total), isRight: true, rank: 1 },
  { title: 'SUCCEEDED', text: ({ counts }) => String(counts.succeeded), isRight: true, rank: 3 },
  { title: 'FAILED', text: ({ counts }) => String(counts.failed), isRight: true, rank: 2 },
  { title: 'CREATED', text: ({ createdAt }) => showRelative(createdAt, nowMs()), rank: 4 },
];

function showGroup({ id, status, sealed, counts, createdAt, finishedAt }: Group, { out, nowMs }: CommandIo): string {
  const title = styled(`${signOf(status)} ${status}`, styleOf(status) ?? 'bold', out);
  const ended = finishedAt === null ? '' : `, ended ${showRelative(finishedAt, nowMs())}`;
  const rows = Object.entries(counts).map(([name, count]) => `  ${name.padEnd(10)} ${count}`);
  return `${title}  ${id}${sealed ? '' : '  (open: more jobs can be added)'}\nmade ${showRelative(createdAt, nowMs())}${ended}\n\n${rows.join('\n')}\n`;
}

/** Lists the members of a group. */
export const groupJobs: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  const id = await jobIdOf(text(input, 'id') ?? '', session, io);
  for await (const { job } of session.client.groups.jobs(id, { limit: 100, signal: io.signal })) {
    if (wantsJson(input)) await printJsonLine(job, input, io.out);
    else
      await io.out.write(
        io.out.isTerminal
          ? `${job.id}  ${styled(`${signOf(job.status)} ${job.status}`, styleOf(job.status) ?? 'dim', io.out)}  ${job.type}\n`
          : tableOf([job], jobColumns(io.out, io.nowMs()), io.out),
      );
  }
  return 0;
};

/** A group has up to 10,000 members. */
async function askToCancel(id: string, { client, target }: ApiSession, input: CommandInput, io: CommandIo): Promise<void> {
  if (flag(input, 'yes')) return;
  const { counts } = await client.groups.get(id, { signal: io.signal });
  const unfinished = counts.total - counts.succeeded - counts.failed - counts.cancelled;
  await requireConsent(
    input,
    io,
    `Cancel the group ${id} at ${target.url}, with ${unfinished} of ${counts.total} jobs that have not ended?`,
  );
}

const ending =
  (what: 'seal' | 'cancel'): RunCommand =>
  async (input, io) => {
    const session = openSession(input, io);
    const id = await jobIdOf(text(input, 'id') ?? '', session, io);
    if (what === 'cancel') await askToCancel(id, session, input, io);
    const group = await session.client.groups[what](id, { signal: io.signal });
    await (wantsJson(input) ? printJson(group, input, io.out) : io.out.write(showGroup(group, io)));
    return 0;
  };

export const sealGroup = ending('seal');
export const cancelGroup = ending('cancel');
