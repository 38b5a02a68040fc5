/** `delegation whoami`, `profiles` and `api`: which deployment is called, as whom, and any request to it. */
import type { ApiAnswer } from '../../client/transport.ts';
import { openSession } from '../api-session.ts';
import { CommandError, flag, type RunCommand, text, texts, UsageError } from '../command.ts';
import { exitCodes } from '../exit-codes.ts';
import { printJson, wantsJson } from '../pick-fields.ts';
import { readInput } from '../read-input.ts';
import { checkedUrl } from '../target/find-target.ts';
import { type Profile, readProfiles, writeProfiles } from '../target/profiles.ts';
import { plain, plainLines } from '../text-style.ts';
import { tableOf } from '../text-table.ts';

/** Says which API is called, why that one, and as whom. */
export const whoami: RunCommand = async (input, io) => {
  const session = openSession(input, io, { maxTries: 2 });
  const { target } = session;
  const signed = {
    none: 'without credentials',
    sigv4: 'signed for AWS',
    token: 'with DELEGATION_TOKEN',
    'token command': 'with a token command',
  }[target.authorisation.kind];
  if (!wantsJson(input)) await io.messages.write(`${target.url}\n  from ${plain(target.from)}, ${signed}\n`);
  const me = await session.client.me({ signal: io.signal });
  if (wantsJson(input)) await printJson({ url: target.url, from: target.from, ...me }, input, io.out);
  else
    await io.out.write(
      plainLines(
        `${me.owner}${me.isAdmin ? ' (an admin: sees the jobs of all owners)' : ''}\ndeployment ${me.deployment ?? 'local'}, Delegation ${me.version}\nmay submit ${me.allowed.submit.join(', ') || 'nothing'}\n`,
      ),
    );
  return 0;
};

/** Lists the profiles. */
export const profiles: RunCommand = async (_input, io) => {
  const known = readProfiles(io.env);
  const rows = Object.entries(known.profiles);
  if (rows.length === 0)
    await io.messages.write(`There are no profiles in ${known.file}. Make one: delegation profiles set NAME --url URL\n`);
  else
    await io.out.write(
      tableOf(
        rows,
        [
          { title: 'NAME', text: ([name]) => `${name}${name === known.defaultName ? ' *' : ''}` },
          { title: 'URL', text: ([, { url }]) => url, isElastic: true },
          {
            title: 'CREDENTIALS',
            text: ([, { tokenCommand, awsProfile, region }]) =>
              tokenCommand !== undefined
                ? `token: ${tokenCommand}`
                : [awsProfile === undefined ? '' : `AWS profile ${awsProfile}`, region ?? ''].filter((part) => part !== '').join(', '),
            rank: 1,
            isElastic: true,
          },
        ],
        io.out,
      ),
    );
  return 0;
};

/** Keeps a profile. */
export const setProfile: RunCommand = async (input, io) => {
  const name = text(input, 'name') ?? '';
  const url = text(input, 'url');
  if (!/^[\w.-]+$/.test(name))
    throw new UsageError(`The name of a profile has letters, digits, dots, dashes and underscores (was "${name}").`);
  if (url === undefined) throw new UsageError('profiles set needs --url with the address of the API.');
  checkedUrl({ url, from: '--url' });
  const optional = { region: text(input, 'region'), awsProfile: text(input, 'aws-profile'), tokenCommand: text(input, 'token-command') };
  const profile: Profile = { url, ...Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== undefined)) };
  const known = readProfiles(io.env);
  const isDefault = flag(input, 'default');
  writeProfiles({ ...known, profiles: { ...known.profiles, [name]: profile }, defaultName: isDefault ? name : known.defaultName });
  await io.messages.write(
    `Kept in ${known.file}.${isDefault ? ` ${name} is the default.` : ''} Try it: delegation whoami --profile ${name}\n`,
  );
  return 0;
};

/** Forgets a profile. */
export const removeProfile: RunCommand = async (input, io) => {
  const name = text(input, 'name') ?? '';
  const known = readProfiles(io.env);
  const { [name]: removed, ...rest } = known.profiles;
  if (removed === undefined) throw new CommandError(exitCodes.notFound, `There is no profile ${name}.`);
  writeProfiles({ ...known, profiles: rest, defaultName: known.defaultName === name ? undefined : known.defaultName });
  await io.messages.write(`Removed ${name}.\n`);
  return 0;
};

const methods = ['GET', 'POST', 'PUT', 'DELETE'] as const;

/** Sends any request of the API, authorised as every other. */
export const api: RunCommand = async (input, io) => {
  const { client } = openSession(input, io);
  const method = methods.find((one) => one === text(input, 'method')?.toUpperCase());
  const path = text(input, 'path') ?? '';
  if (method === undefined) throw new UsageError(`The method must be one of ${methods.join(', ')} (was "${text(input, 'method')}").`);
  if (!path.startsWith('/')) throw new UsageError(`The path must begin with a slash, such as /v1/jobs (was "${path}").`);
  const headers = Object.fromEntries(texts(input, 'header').map(headerOf));
  const body = await readInput(text(input, 'body') === undefined ? [] : [text(input, 'body') ?? ''], io);
  let next: string | undefined = path;
  while (next !== undefined) {
    const answer: ApiAnswer = await client.send({ method, path: next, headers, body, signal: io.signal });
    if (flag(input, 'include')) await io.messages.write(headText(answer));
    const shown = io.out.isTerminal ? plainLines(answer.text) : answer.text;
    if (shown !== '') await io.out.write(shown.endsWith('\n') ? shown : `${shown}\n`);
    const { nextCursor } = Object(answer.body) as { readonly nextCursor?: unknown };
    next = flag(input, 'paginate') && typeof nextCursor === 'string' ? withCursor(path, nextCursor) : undefined;
  }
  return 0;
};

function headText({ status, headers }: ApiAnswer): string {
  return plainLines(`${status}\n${[...headers].map(([name, value]) => `${name}: ${value}`).join('\n')}\n\n`);
}

function headerOf(line: string): readonly [string, string] {
  const [, name, value] = /^([\w-]+):\s*(.*)$/.exec(line) ?? [];
  if (name === undefined || value === undefined) throw new UsageError(`--header must be 'NAME: VALUE' (was "${line}").`);
  return [name.toLowerCase(), value];
}

function withCursor(path: string, cursor: string): string {
  const url = new URL(path, 'http://local');
  url.searchParams.set('cursor', cursor);
  return `${url.pathname}${url.search}`;
}
