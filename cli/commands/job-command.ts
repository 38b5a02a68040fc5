/** `delegation job`, `watch`, `result`, `signal`: about one job. */
import { describeJob } from '../../client/job-sentence.ts';
import type { Job } from '../../client/shown-job.ts';
import { showRelative } from '../../client/shown-time.ts';
import { stringifyExact } from '../../client/unrounded-json.ts';
import { openSession } from '../api-session.ts';
import { type RunCommand, text, texts } from '../command.ts';
import type { CommandIo, Output } from '../command-io.ts';
import { jobIdOf } from '../job-id.ts';
import { signOf, styleOf } from '../job-text.ts';
import { printJson, wantsJson } from '../pick-fields.ts';
import { readInput } from '../read-input.ts';
import { printResult } from '../result-output.ts';
import { plain, styled } from '../text-style.ts';
import { optionalDurationMs } from '../times.ts';
import { watchJobs } from '../watch-jobs.ts';

/** Shows a job: why it is not running first, then its facts and its timeline. */
export const job: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  const found = await session.client.job(await jobIdOf(text(input, 'id') ?? '', session, io), { signal: io.signal });
  if (wantsJson(input)) await printJson(found.job, input, io.out);
  else await io.out.write(showJob(found.job, io));
  return 0;
};

/** Follows jobs until they have ended. */
export const watch: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  const timeoutMs = optionalDurationMs(input, 'timeout');
  const ids = texts(input, 'id').length === 0 ? ['@last'] : texts(input, 'id');
  const handles = await Promise.all(ids.map(async (id) => session.client.job(await jobIdOf(id, session, io), { signal: io.signal })));
  return watchJobs(handles, io, { timeoutMs, out: io.out });
};

/** Prints the result of a job, or one of its files. */
export const result: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  const id = await jobIdOf(text(input, 'id') ?? '@last', session, io);
  await printResult(session, id, { io, file: text(input, 'file'), to: text(input, 'output') });
  return 0;
};

/** Sends a signal to a job. */
export const signal: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  const id = await jobIdOf(text(input, 'id') ?? '', session, io);
  const payload = await readInput([...texts(input, 'input'), ...texts(input, 'members')], io);
  const key = text(input, 'key');
  const handle = await session.client.signal(id, text(input, 'name') ?? '', payload ?? null, {
    signal: io.signal,
    ...(key === undefined ? {} : { key }),
  });
  if (wantsJson(input)) await printJson(handle.job, input, io.out);
  else await io.messages.write(`Sent. ${plain(describeJob(handle.job, io.nowMs()))}\n`);
  return 0;
};

function showJob(shown: Job, io: CommandIo): string {
  const { out } = io;
  const nowMs = io.nowMs();
  const time = (at: string | null) => (at === null ? '' : out.isTerminal ? `${at}  ${styled(showRelative(at, nowMs), 'dim', out)}` : at);
  const facts: readonly (readonly [string, string])[] = [
    ['id', plain(shown.id)],
    ['type', plain(shown.type)],
    ['owner', plain(shown.owner)],
    ['attempt', `${shown.attempt} of ${shown.maxAttempts}`],
    ['created', time(shown.createdAt)],
    ['started', time(shown.startedAt)],
    ['finished', time(shown.finishedAt)],
    ['deadline', shown.finishedAt === null ? time(shown.deadline) : ''],
    [
      'tags',
      Object.entries(shown.tags)
        .map(([name, value]) => plain(`${name}=${value}`))
        .join(' '),
    ],
    ['retry of', plain(shown.retryOf ?? '')],
    ['retried by', plain(String(shown['retriedBy'] ?? ''))],
    ['parent', plain(String(shown['parent'] ?? ''))],
    ['group', plain(String(shown['group'] ?? ''))],
  ];
  const title = `${styled(`${signOf(shown.status)} ${shown.status}`, styleOf(shown.status) ?? 'bold', out)}  ${plain(describeJob(shown, nowMs))}`;
  const next = nextCommands(shown);
  return [
    title,
    facts
      .filter(([, value]) => value !== '')
      .map(([name, value]) => `${styled(name.padEnd(10), 'dim', out)} ${value}`)
      .join('\n'),
    ...valueText('input', shown['input'], out),
    ...valueText('result', shown.result, out),
    ...errorText(shown, out),
    `${styled('timeline', 'dim', out)}\n${shown.timeline.map(({ at, event, attempt, detail }) => `  ${at}  ${event}${attempt === undefined ? '' : ` (attempt ${attempt})`}${detail === undefined ? '' : `  ${plain(detail)}`}`).join('\n')}`,
    ...(next.length === 0 || !out.isTerminal ? [] : [next.map((line) => styled(`  ${line}`, 'dim', out)).join('\n')]),
  ]
    .join('\n\n')
    .concat('\n');
}

const maxShownCharacters = 2_000;

function valueText(name: string, value: unknown, out: Output): readonly string[] {
  if (value === null || value === undefined) return [];
  const json = stringifyExact(value, 2);
  const shown = json.length <= maxShownCharacters ? json : `${json.slice(0, maxShownCharacters)}\n… (${json.length} characters in all)`;
  return [
    `${styled(name, 'dim', out)}\n${shown
      .split('\n')
      .map((line) => `  ${plain(line)}`)
      .join('\n')}`,
  ];
}

function errorText({ error }: Job, out: Output): readonly string[] {
  return error?.details === undefined ? [] : valueText('details of the error', error.details, out);
}

/** What somebody who looks at the job may want to do next. */
function nextCommands({ id, status }: Job): readonly string[] {
  if (status === 'succeeded') return [`delegation result ${id}`];
  if (status === 'failed' || status === 'cancelled') return [`delegation retry ${id}`, `delegation again ${id} --input NAME=VALUE`];
  return [`delegation watch ${id}`, `delegation cancel ${id}`];
}
