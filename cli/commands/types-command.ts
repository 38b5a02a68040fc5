/** `delegation types`: the job types of a deployment, and their states. */

import { showDuration } from '../../client/shown-time.ts';
import { stringifyExact } from '../../client/unrounded-json.ts';
import { type ApiSession, openSession } from '../api-session.ts';
import { type CommandInput, flag, type RunCommand, text } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { wrap } from '../help-text.ts';
import { jsonText, printJson, printJsonLine, wantsJson } from '../pick-fields.ts';
import type { JobTypeResource } from '../shown-job-type.ts';
import { plain, type Style, styled } from '../text-style.ts';
import { type Column, tableOf } from '../text-table.ts';

/** Lists the job types, or shows one. */
export const types: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  const name = text(input, 'type');
  if (name === undefined) return list(session, input, io);
  const found = (await session.client.request({
    method: 'GET',
    path: `/v1/job-types/${encodeURIComponent(name)}`,
    signal: io.signal,
  })) as JobTypeResource;
  if (flag(input, 'schema')) await io.out.write(`${jsonText(found.inputSchema, io.out, 2)}\n`);
  else if (wantsJson(input)) await printJson(found, input, io.out);
  else await io.out.write(describe(found, io));
  return 0;
};

async function list({ client }: ApiSession, input: CommandInput, io: CommandIo): Promise<number> {
  const { jobTypes } = (await client.request({ method: 'GET', path: '/v1/job-types', signal: io.signal })) as {
    readonly jobTypes: readonly JobTypeResource[];
  };
  if (!wantsJson(input)) await io.out.write(tableOf(jobTypes, columns, io.out));
  else for (const one of jobTypes) await printJsonLine(one, input, io.out);
  return 0;
}

const stateStyles: Readonly<Record<string, Style>> = { active: 'green', paused: 'yellow', draining: 'yellow' };

const columns: readonly Column<JobTypeResource>[] = [
  { title: 'TYPE', text: ({ name }) => name },
  { title: 'STATE', text: ({ state }) => state, style: ({ state }) => stateStyles[state] },
  { title: 'WAITING', text: ({ queue }) => String(queue?.depth ?? ''), isRight: true, rank: 2 },
  {
    title: 'OLDEST',
    text: ({ queue }) => (queue?.oldestSeconds == null ? '' : showDuration(queue.oldestSeconds * 1000)),
    isRight: true,
    rank: 3,
  },
  { title: 'DESCRIPTION', text: ({ description }) => description, rank: 1, isElastic: true },
];

function describe(found: JobTypeResource, { out }: CommandIo): string {
  const { name, state, stateChange, description, queue, inputSchema, limits } = found;
  const change =
    stateChange === null
      ? ''
      : `, since ${plain(stateChange.at)} by ${plain(stateChange.by)}${stateChange.reason === null ? '' : `: ${plain(stateChange.reason)}`}`;
  const properties = Object.entries(inputSchema.properties ?? {});
  const required = new Set(inputSchema.required);
  return [
    `${styled(plain(name), 'bold', out)}  ${styled(plain(state), stateStyles[state] ?? 'dim', out)}${change}`,
    wrap(plain(description), out.width ?? 1_000),
    ...(queue === null
      ? []
      : [`${queue.depth} waiting${queue.oldestSeconds === null ? '' : `, the oldest for ${showDuration(queue.oldestSeconds * 1000)}`}`]),
    ...(limits === undefined
      ? []
      : [
          Object.entries(limits)
            .map(([limit, value]) => `${styled(limit.padEnd(20), 'dim', out)} ${plain(stringifyExact(value))}`)
            .join('\n'),
        ]),
    ...(properties.length === 0
      ? []
      : [
          `${styled('input', 'dim', out)}\n${properties.map(([member, schema]) => `  ${plain(member)}${required.has(member) ? '' : '?'}: ${plain(typeText(schema))}${schema.description === undefined ? '' : `\n${wrap(plain(schema.description), out.width ?? 1_000, '      ', '      ')}`}`).join('\n')}`,
        ]),
    styled(`delegation types ${name} --schema prints the whole JSON Schema.`, 'dim', out),
  ]
    .join('\n\n')
    .concat('\n');
}

function typeText({
  type,
  enum: values,
  const: only,
  anyOf,
  oneOf,
}: NonNullable<JobTypeResource['inputSchema']['properties']>[string]): string {
  if (values !== undefined) return values.map((value) => stringifyExact(value)).join(' | ');
  if (only !== undefined) return stringifyExact(only);
  const alternatives = anyOf ?? oneOf;
  if (alternatives !== undefined) return [...new Set(alternatives.map(typeText))].join(' | ');
  return type === undefined ? 'any' : [type].flat().join(' | ');
}

const changed =
  (state: 'active' | 'paused' | 'draining'): RunCommand =>
  async (input, io) => {
    const { client } = openSession(input, io);
    const name = text(input, 'type') ?? '';
    const reason = text(input, 'reason');
    const body = { state, ...(reason === undefined ? {} : { reason }) };
    const after = (await client.request({
      method: 'PUT',
      path: `/v1/job-types/${encodeURIComponent(name)}/state`,
      body,
      signal: io.signal,
    })) as JobTypeResource;
    await (wantsJson(input) ? printJson(after, input, io.out) : io.messages.write(`${name} is ${after.state}. ${stateTexts[state]}\n`));
    return 0;
  };

const stateTexts = {
  active: 'It takes jobs and does them.',
  paused: 'It takes jobs and holds them: delegation types resume lets them start.',
  draining: 'It finishes the jobs that it has and takes no new ones: delegation types resume ends that.',
};

export const pauseType = changed('paused');
export const drainType = changed('draining');
export const resumeType = changed('active');
