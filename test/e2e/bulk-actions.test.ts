/** Jobs of every type, cancelled and redriven by a filter, by the functions as they are deployed. */
import { catalogue } from '../../lambdas/jobs/catalogue.ts';
import type { JobAnswer } from '../support/http-client.ts';
import { useDeployment } from '../support/tested-deployment.ts';

const deployment = useDeployment();
const { client } = deployment;
/** A text that is larger than what a record holds. */
const large = 'x'.repeat(3_000);

const inputs: Readonly<Record<string, unknown>> = {
  'run-query': { sql: 'SELECT 1 AS one' },
  'write-batch': { table: 'scratch', operation: 'put', rows: [{ id: 'bulk', large }] },
  'launch-instances': { ...deployment.launch, count: 1 },
  'terminate-instances': { instanceIds: ['i-0123456789abcdef0'], unknownIds: 'ignore' },
};

interface Selection {
  readonly count: number;
  readonly jobs: readonly JobAnswer[];
}

const tag = [`bulk:${Date.now()}`];

async function act(path: 'cancel' | 'redrive', filter: object): Promise<JobAnswer> {
  const { status, body } = await client.request('POST', `/v1/jobs/${path}`, { body: { filter, dryRun: false } });
  expect([status, body.type]).toEqual([202, 'bulk-action']);
  return client.ended(body.id);
}

it('cancels scheduled jobs of every type, and redrives them', async () => {
  const [[name = '', value = '']] = tag.map((text) => text.split(':')) as [[string, string]];
  const types = catalogue.map((contract) => contract.name);
  const jobs = await Promise.all(
    types.map(async (type) => (await client.submit(type, inputs[type], { delaySeconds: 7_200, tags: { [name]: value } })).body),
  );
  const dry = await client.request<Selection>('POST', '/v1/jobs/cancel', { body: { filter: { tag } } });
  expect([dry.status, dry.body.count, dry.body.jobs.map(({ id }) => id).sort()]).toEqual([
    200,
    types.length,
    jobs.map(({ id }) => id).sort(),
  ]);

  const cancel = await act('cancel', { tag });
  expect(cancel).toMatchObject({ status: 'succeeded', result: { matched: types.length, cancelled: types.length, skipped: {}, failed: 0 } });
  const redrive = await act('redrive', { status: ['cancelled'], tag });
  expect(redrive).toMatchObject({ status: 'succeeded', result: { matched: types.length, retried: types.length, skipped: {}, failed: 0 } });

  for (const { id } of jobs) {
    const { body: ended } = await client.get(`/v1/jobs/${id}`);
    expect(ended).toMatchObject({ status: 'cancelled', retriedBy: expect.stringMatching(/^job_/) });
    expect(await client.ended(String(ended['retriedBy']))).toMatchObject({ status: 'succeeded', retryOf: id });
  }
  const again = await act('redrive', { status: ['cancelled'], tag });
  expect(again).toMatchObject({ result: { matched: types.length, retried: 0, skipped: { already_retried: types.length } } });
});
