/** `delegation schedules`: jobs that are submitted again and again. */
import type { Schedule } from '../../client/shown-job.ts';
import { showRelative } from '../../client/shown-time.ts';
import { openSession } from '../api-session.ts';
import { type CommandInput, flag, type RunCommand, text, texts, UsageError } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { requireConsent } from '../consent.ts';
import { jsonText, printJson, printJsonLine, wantsJson } from '../pick-fields.ts';
import { readInput } from '../read-input.ts';
import { readTags } from '../tag-words.ts';
import { type Column, tableOf } from '../text-table.ts';
import { durationMs } from '../times.ts';

/** Lists the schedules, or shows one. */
export const schedules: RunCommand = async (input, io) => {
  const { client } = openSession(input, io);
  const name = text(input, 'name');
  if (name !== undefined) {
    const found = await client.schedules.get(name, { signal: io.signal });
    await (wantsJson(input) ? printJson(found, input, io.out) : io.out.write(`${jsonText(found, io.out, 2)}\n`));
    return 0;
  }
  const found: Schedule[] = [];
  for await (const one of client.schedules.list({ signal: io.signal })) found.push(one);
  if (wantsJson(input)) for (const one of found) await printJsonLine(one, input, io.out);
  else if (found.length === 0) await io.messages.write('There are no schedules. delegation schedules set NAME --cron … makes one.\n');
  else await io.out.write(tableOf(found, columns(io), io.out));
  return 0;
};

const columns = ({ nowMs, out }: CommandIo): readonly Column<Schedule>[] => [
  { title: 'NAME', text: ({ name }) => name },
  { title: 'TYPE', text: ({ job }) => job.type, rank: 2 },
  { title: 'WHEN', text: whenText, rank: 1, isElastic: true },
  {
    title: 'NEXT',
    text: ({ paused, nextTimes: [next] }) =>
      paused ? 'paused' : next === undefined ? 'never' : out.isTerminal ? showRelative(next, nowMs()) : next,
  },
  {
    title: 'LAST',
    text: ({ lastFiring }) => (lastFiring === null ? '' : (lastFiring.job ?? `skipped: ${lastFiring.skipped?.code ?? ''}`)),
    rank: 3,
  },
];

function whenText({ cron, timeZone, every }: Schedule): string {
  if (cron !== null) return `${cron} (${timeZone ?? 'UTC'})`;
  return `every ${Object.entries(every ?? {})
    .filter(([, count]) => count > 0)
    .map(([unit, count]) => `${count} ${unit}`)
    .join(' ')}`;
}

/** Makes a schedule, or replaces one. */
export const setSchedule: RunCommand = async (input, io) => {
  const { client } = openSession(input, io);
  const name = text(input, 'name') ?? '';
  const set = await client.schedules.set(name, (await readSchedule(input, io)) as Readonly<Record<string, unknown>>, { signal: io.signal });
  await (wantsJson(input) ? printJson(set, input, io.out) : io.messages.write(setText(set)));
  return 0;
};

function setText(set: Schedule): string {
  const { name, nextTimes, note, paused } = set;
  const next = paused ? 'It is paused.' : `It fires next at ${nextTimes.slice(0, 3).join(', ') || 'no time'}.`;
  return `${name} is set. ${next}${note === null ? '' : `\nNote: ${note}`}\n`;
}

const scheduleOptions: readonly string[] = ['cron', 'every', 'type', 'time-zone', 'input', 'tag', 'paused'];

async function readSchedule(input: CommandInput, io: CommandIo): Promise<object> {
  const file = text(input, 'from');
  const others = Object.keys(input.options).filter((option) => scheduleOptions.includes(option));
  if (file !== undefined && (others.length > 0 || texts(input, 'members').length > 0))
    throw new UsageError(
      `--from brings a whole schedule: leave out ${others.map((option) => `--${option}`).join(', ') || 'the members of the input'}.`,
    );
  if (file !== undefined) return (await readInput([file === '-' ? '-' : `@${file}`], io)) as object;
  const [cron, every, type] = [text(input, 'cron'), text(input, 'every'), text(input, 'type')];
  if (type === undefined || (cron === undefined) === (every === undefined))
    throw new UsageError('schedules set needs --type, and one of --cron and --every; or a whole schedule as JSON with --from FILE.');
  const timeZone = text(input, 'time-zone');
  const job = {
    type,
    input: (await readInput([...texts(input, 'input'), ...texts(input, 'members')], io)) ?? {},
    tags: readTags(texts(input, 'tag')) ?? {},
  };
  return {
    ...(cron === undefined ? {} : { cron }),
    ...(every === undefined ? {} : { every: { seconds: Math.round(durationMs(every, '--every') / 1000) } }),
    ...(timeZone === undefined ? {} : { timeZone }),
    ...(flag(input, 'paused') ? { paused: true } : {}),
    job,
  };
}

/** Deletes a schedule. Its jobs stay. */
export const deleteSchedule: RunCommand = async (input, io) => {
  const { client, target } = openSession(input, io);
  const name = text(input, 'name') ?? '';
  // A question about a schedule that is not there would be an odd one.
  if (!flag(input, 'yes')) await client.schedules.get(name, { signal: io.signal });
  await requireConsent(input, io, `Delete the schedule ${name} at ${target.url}?`);
  await client.schedules.delete(name, { signal: io.signal });
  await io.messages.write(`Deleted ${name}. The jobs that it submitted stay.\n`);
  return 0;
};

const stateSetter =
  (what: 'pause' | 'resume'): RunCommand =>
  async (input, io) => {
    const { client } = openSession(input, io);
    const changed = await client.schedules[what](text(input, 'name') ?? '', { signal: io.signal });
    await (wantsJson(input) ? printJson(changed, input, io.out) : io.messages.write(setText(changed)));
    return 0;
  };

export const pauseSchedule = stateSetter('pause');
export const resumeSchedule = stateSetter('resume');
