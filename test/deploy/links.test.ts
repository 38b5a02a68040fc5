/** What is kept of the secret in a link, outside the job's own file: neither the gateway's log nor that of a function has it. */
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
  const { logGroups } = await json<{ readonly logGroups: readonly { readonly logGroupName: string }[] }>(
    'logs',
    'Logs_20140328.DescribeLogGroups',
    { limit: 50 },
  );
  const ofStage = logGroups.filter(({ logGroupName }) => logGroupName.includes('Delegation-test'));
  return Promise.all(ofStage.map(async ({ logGroupName }) => ({ logGroupName, messages: await messagesOf(logGroupName) })));
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
  const found = await logs();
  // The logs of the API and of the worker are there, or nothing would be shown.
  const ofJob = found.filter(({ messages }) => messages.some((message) => message.includes(id)));
  expect(ofJob.map(({ logGroupName }) => logGroupName)).toEqual(
    expect.arrayContaining([expect.stringMatching(/Api/), expect.stringMatching(/Workerrehearsal/)]),
  );
  const token = new URL(approve).searchParams.get('token') ?? '';
  expect(token.length).toBeGreaterThan(20);
  expect(found.filter(({ messages }) => messages.some((message) => message.includes(token)))).toEqual([]);
});
