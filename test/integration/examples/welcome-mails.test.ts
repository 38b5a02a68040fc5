import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { contract } from '../../../examples/welcome-mails/contract.ts';
import { definition } from '../../../examples/welcome-mails/worker.ts';
import { resultOf, WorkerRun } from '../../support/worker-run.ts';

interface Mail {
  readonly template: string;
  readonly key: string;
}

const mails: Mail[] = [];
let status = 204;
const mailService = createServer(async (request, response) => {
  const { template } = (await json(request)) as { template: string };
  mails.push({ template, key: String(request.headers['idempotency-key']) });
  response.writeHead(status).end();
});

beforeAll(async () => {
  await once(mailService.listen(0, '127.0.0.1'), 'listening');
  process.env['MAIL_URL'] = `http://127.0.0.1:${(mailService.address() as AddressInfo).port}`;
});
afterAll(() => mailService.close());
beforeEach(() => {
  mails.length = 0;
  status = 204;
});

const input = { to: 'ann@example.com' };

it('sends one mail, sleeps for three days, and sends the other', async () => {
  const run = await new WorkerRun(contract, definition).submit(input);
  const startMs = run.kit.now.getTime();
  expect(await run.result()).toEqual({ mails: 2 });
  expect(mails.map(({ template }) => template)).toEqual(['welcome', 'tips']);
  expect(new Set(mails.map(({ key }) => key)).size).toBe(2);
  expect(Math.round((run.kit.now.getTime() - startMs) / 86_400_000)).toBe(3);
});

it('repeats a mail with the same key when its worker dies before the step is remembered, and repeats no step that is', async () => {
  const run = await new WorkerRun(contract, definition).submit(input);
  run.kit.kill({ before: 'step welcome' });
  run.kit.kill({ after: 'step welcome' });
  await run.result();
  expect(run.kit.deaths).toEqual(['before step welcome', 'after step welcome']);
  const [first, again, tips] = mails;
  expect(mails).toHaveLength(3);
  expect(again).toEqual(first);
  expect(tips?.template).toBe('tips');
});

it('fails in a way that is retried when the mail service is down', async () => {
  status = 503;
  await expect(resultOf(contract, definition, input)).rejects.toMatchObject({
    retryable: true,
    message: 'The mail service answered 503.',
  });
});
