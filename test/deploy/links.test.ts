/** What is kept of the secret in a link, outside the job's own file: neither the gateway's log nor that of a function has it. */
import { setTimeout } from 'node:timers/promises';
import { Rehearsal } from '../support/rehearsal.ts';
import { Deployment } from '../support/tested-deployment.ts';
import { awsRequests } from './aws-requests.ts';

const deployment = new Deployment();
const { client } = deployment;
const { json } = awsRequests(deployment);

interface Found {
  readonly logGroupName: string;
  readonly messages: readonly string[];
}

/** @returns all that each log of the stage holds */
async function logs(): Promise<readonly Found[]> {
  const names: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await json<{ readonly logGroups: readonly { readonly logGroupName: string }[]; readonly nextToken?: string }>(
      'logs',
      'Logs_20140328.DescribeLogGroups',
      { limit: 50, nextToken },
    );
    names.push(...page.logGroups.map(({ logGroupName }) => logGroupName).filter((name) => name.includes('Delegation-test')));
    nextToken = page.nextToken;
  } while (nextToken !== undefined);
  return Promise.all(names.map(async (logGroupName) => ({ logGroupName, messages: await messagesOf(logGroupName) })));
}

/**
 * Invokes the functions once more, in several environments: the emulated account keeps lines that come more than 50 ms after an answer until the next
 * invocation of their environment.
 */
async function invokeAgain(): Promise<void> {
  const others = new Rehearsal(client);
  await Promise.all(Array.from({ length: 8 }, async () => client.ended((await others.start([])).id)));
}

/** The lines of an invocation reach its log after its answer, at a time of their own. */
async function logsWith(id: string, names: readonly RegExp[]): Promise<readonly Found[]> {
  const isWith = (found: readonly Found[]) => (name: RegExp) =>
    found.some(({ logGroupName, messages }) => name.test(logGroupName) && messages.some((message) => message.includes(id)));
  let found = await logs();
  for (let looks = 1; looks < 120 && !names.every(isWith(found)); looks++) {
    await setTimeout(500);
    if (looks % 10 === 0) await invokeAgain();
    found = await logs();
  }
  // Logs that have nothing of the job would show nothing about its link.
  expect(names.filter((name) => !isWith(found)(name))).toEqual([]);
  return found;
}

async function messagesOf(logGroupName: string): Promise<readonly string[]> {
  const found: string[] = [];
  let nextToken: string | undefined;
  do {
    const page = await json<{ readonly events: readonly { readonly message: string }[]; readonly nextToken?: string }>(
      'logs',
      'Logs_20140328.FilterLogEvents',
      { logGroupName, nextToken, startTime: Date.now() - 600_000 },
    );
    found.push(...page.events.map(({ message }) => message));
    nextToken = page.nextToken === nextToken ? undefined : page.nextToken;
  } while (nextToken !== undefined);
  return found;
}

it('is in no log, after the link was opened and used by somebody without credentials', async () => {
  const rehearsal = new Rehearsal(client);
  const { id } = await rehearsal.start([{ act: 'link' }, { act: 'wait', signal: 'approval' }]);
  await rehearsal.waits({ id }, 'waiting_for_signal');
  const { location } = (await client.get<{ readonly location: string }>(`/v1/jobs/${id}/files/links.json`)).body;
  const { approve } = (await (await fetch(location)).json()) as { readonly approve: string };
  expect((await fetch(approve)).status).toBe(200);
  expect((await fetch(approve, { method: 'POST' })).status).toBe(202);
  await client.ended(id);
  const found = await logsWith(id, [/Api/, /Workerrehearsal/]);
  const token = new URL(approve).searchParams.get('token') ?? '';
  expect(token.length).toBeGreaterThan(20);
  expect(found.filter(({ messages }) => messages.some((message) => message.includes(token)))).toEqual([]);
});
