/** Webhooks that the settings give to submissions which name none. */
import type { Settings } from '../../../lambdas/core/contract/runtime-settings.ts';
import type { Job } from '../../../lambdas/core/job/job.ts';
import { deliveryId } from '../../../lambdas/core/submit/webhook-delivery.ts';
import { ApiCaller } from '../../support/api-caller.ts';
import { useEmulators } from '../../support/use-emulators.ts';
import { closeReceivers, type Request, Setting, succeed, webhookUrl } from './delivery-setting.ts';
import { receiverName } from './receivers.ts';

useEmulators();
afterEach(closeReceivers);

const forAll = `https://${receiverName}/all`;
const forAnn = `https://${receiverName}/ann`;
const webhooks: NonNullable<Settings['webhooks']> = {
  allowedHosts: [],
  default: { url: forAll, events: ['started', 'ended'] },
  owners: {
    ann: { url: forAnn },
    bob: { url: null },
    carl: { secretArn: 'arn' },
    dora: { events: ['progress'] },
    emil: { url: forAnn, events: ['ended'] },
  },
};

async function open() {
  const setting = await Setting.open();
  Object.assign(setting.engine.ports, { settings: { ...setting.engine.ports.settings, webhooks } });
  const api = ApiCaller.of(setting.engine);
  const body = { type: setting.engine.contract.name, input: { text: 'x' } };
  const submit = async (owner: string, members: object = {}): Promise<Job> => {
    const answer = await api.as(owner).post('/v1/jobs', { ...body, ...members });
    expect(answer.status).toBe(202);
    return setting.engine.read(answer.body);
  };
  return { setting, api, body, submit };
}
const webhookOf = ({ webhookUrl: url, webhookEvents }: Job) => [url, webhookEvents];

it.each<[string, string, object, readonly unknown[]]>([
  ['has the default', 'tester', {}, [forAll, ['started', 'ended']]],
  ['of an owner with one of its own has that, with the events of all', 'ann', {}, [forAnn, ['started', 'ended']]],
  ['of an owner with one and events of its own has those', 'emil', {}, [forAnn, undefined]],
  ['of an owner with events of its own has them, sent to the default', 'dora', {}, [forAll, ['progress']]],
  ['of an owner with none has none', 'bob', {}, [undefined, undefined]],
  ['of an owner of whom only the secret differs has the default', 'carl', {}, [forAll, ['started', 'ended']]],
  ['of an owner named like a member of every object has the default', 'constructor', {}, [forAll, ['started', 'ended']]],
  ['that names its own has that, and its end', 'ann', { webhookUrl }, [webhookUrl, undefined]],
  ['that names null has none', 'ann', { webhookUrl: null }, [undefined, undefined]],
  ['that only chooses events has them sent to the default', 'ann', { webhookEvents: ['progress'] }, [forAnn, ['progress']]],
])('a submission %s', async (_, owner, members, expected) => {
  const { submit } = await open();
  expect(webhookOf(await submit(owner, members))).toEqual(expected);
});

it('events of an owner without a webhook are refused', async () => {
  const { api, body } = await open();
  const answer = await api.as('bob').post('/v1/jobs', { ...body, webhookEvents: ['ended'] });
  expect([answer.status, answer.body.errors]).toMatchObject([422, [{ pointer: '#/webhookEvents' }]]);
});

it('a batch has it for each, and the same key is the same submission although the default changed', async () => {
  const { setting, api, body } = await open();
  const batch = await api
    .as('ann')
    .post<{ results: { job: { id: string } }[] }>('/v1/jobs/batch', { jobs: [body, { ...body, webhookUrl: null }] });
  const jobs = await Promise.all(batch.body.results.map(({ job }) => setting.engine.read(job)));
  expect(jobs.map((job) => job.webhookUrl)).toEqual([forAnn, undefined]);
  const headers = { 'idempotency-key': 'k' };
  const first = await api.as('ann').request('POST', '/v1/jobs', { body, headers });
  const off = ApiCaller.of(setting.engine, { settings: { ...setting.engine.ports.settings, webhooks: { allowedHosts: [] } } });
  const second = await off.as('ann').request('POST', '/v1/jobs', { body, headers });
  expect([second.body.id, second.headers.get('idempotent-replayed')]).toEqual([first.body.id, 'true']);
});

it('a retry has what the ended job had, and no default in its place', async () => {
  const { setting, api, submit } = await open();
  const none = await submit('ann', { webhookUrl: null });
  await setting.engine.cancel(none);
  const retried = await api.as('ann').post(`/v1/jobs/${none.id}/retry`);
  expect(webhookOf(await setting.engine.read(retried.body))).toEqual([undefined, undefined]);
});

it('a schedule shows what it names, and each firing has the default of then, its own, or none', async () => {
  const { setting, api, body } = await open();
  const schedules = { theirs: {}, own: { webhookUrl, webhookEvents: ['started'] }, none: { webhookUrl: null } };
  for (const [name, members] of Object.entries(schedules)) {
    const put = await api
      .as('ann')
      .request<{ job: object }>('PUT', `/v1/schedules/${name}`, { body: { every: { minutes: 1 }, job: { ...body, ...members } } });
    expect([name, put.status, put.body.job]).toMatchObject([
      name,
      201,
      name === 'own'
        ? { webhookUrl: `https://${receiverName}/hook`, webhookEvents: ['started'] }
        : { webhookUrl: null, webhookEvents: null },
    ]);
  }
  setting.engine.runtime.skip(60_000);
  await setting.engine.clock();
  const { body: list } = await api.as('ann').get<{ jobs: { id: string; schedule: string }[] }>('/v1/jobs');
  const fired = await Promise.all(list.jobs.map(async ({ id, schedule }) => [schedule, ...webhookOf(await setting.engine.read({ id }))]));
  expect(fired.sort()).toEqual([
    ['none', undefined, undefined],
    ['own', webhookUrl, ['started']],
    ['theirs', forAnn, ['started', 'ended']],
  ]);
});

it('its end is delivered, signed with the secret of its owner', async () => {
  const { setting, submit } = await open();
  const job = await submit('ann');
  await setting.engine.wake(job, succeed);
  const asked: string[] = [];
  const secrets = async (owner: string) => {
    asked.push(owner);
    return setting.secrets;
  };
  expect(await setting.work(deliveryId(job), { secrets })).toMatchObject({ status: 'succeeded', owner: 'ann' });
  expect(asked).toEqual(['ann']);
  expect(setting.verified(setting.received()[0] as Request).event).toMatchObject({ data: { id: job.id, webhook: { url: forAnn } } });
});
