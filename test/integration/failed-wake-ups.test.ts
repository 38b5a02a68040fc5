/** Wake-ups that cannot be sent: the jobs are left to the clock, and the log says so. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SQSClient } from '@aws-sdk/client-sqs';
import { sqsWakeUpQueues } from '../../lambdas/adapters/sqs-wake-up-queues.ts';

interface SentRequest {
  readonly QueueUrl: string;
  readonly Entries?: readonly { readonly Id: string }[];
}

/** The queue of `closed` refuses every request, that of `picky` every second message of a batch, and that of `open` nothing. */
const server = createServer((request, response) => {
  const parts: Buffer[] = [];
  request.on('data', (part: Buffer) => parts.push(part));
  request.once('end', () => {
    const body = JSON.parse(Buffer.concat(parts).toString()) as SentRequest;
    requests.push(body);
    const { QueueUrl, Entries = [] } = body;
    const isRefused = ({ Id }: { Id: string }) => QueueUrl.endsWith('picky') && Number(Id) % 2 === 1;
    const answer = QueueUrl.endsWith('closed')
      ? { __type: 'com.amazonaws.sqs#AccessDenied', message: 'No.' }
      : {
          Successful: Entries.filter((entry) => !isRefused(entry)).map(({ Id }) => ({ Id, MessageId: Id })),
          Failed: Entries.filter(isRefused).map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })),
        };
    response.writeHead('__type' in answer ? 400 : 200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(answer));
  });
});
const requests: SentRequest[] = [];
const lines: object[] = [];
beforeAll(() => new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve)));
afterAll(() => new Promise((resolve) => server.close(resolve)));
beforeEach(() => {
  requests.length = 0;
  lines.length = 0;
});

const open = () => {
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const credentials = { accessKeyId: 'a', secretAccessKey: 's' };
  const client = new SQSClient({ endpoint, region: 'us-east-1', credentials, maxAttempts: 1, md5: false });
  const other = () => {
    throw new Error('A line of another level.');
  };
  const warn = (message: string, fields: object = {}) => void lines.push({ message, ...fields });
  const urls = Object.fromEntries(['open', 'picky', 'closed'].map((type) => [type, { url: `${endpoint}/1/${type}` }]));
  return sqsWakeUpQueues(client, urls, { info: other, warn, error: other });
};
const job = (type: string, n = 0) => ({ id: `job_${n}`, type, owner: 'ann', input: 'private', tags: { team: 'private' } });
const message = 'A wake-up could not be sent; the clock will wake the job.';

it('says nothing of those that are sent', async () => {
  await open().wake(job('open'), 0);
  await open().wakeAll([1, 2].map((n) => ({ job: job('open', n), delaySeconds: 0 })));
  expect([requests.length, lines]).toEqual([2, []]);
});

it.each([
  ['unknown', 'This function knows no queue for job type unknown.'],
  ['closed', 'No.'],
])('names the job and its type where the queue is %s, and nothing that a caller wrote', async (type, why) => {
  await expect(open().wake(job(type), 0)).rejects.toThrow(why);
  await expect(open().wakeAll([{ job: job(type), delaySeconds: 0 }])).rejects.toThrow(why);
  const line = { message, job: 'job_0', type, error: expect.stringContaining(why) };
  expect(lines).toEqual([line, line]);
});

it('sends those of the other queues, and names the jobs of one request once', async () => {
  const types = [...Array.from({ length: 11 }, () => 'unknown'), 'closed', 'open', 'picky', 'picky', 'picky', 'picky'];
  const wakeUps = types.map((type, n) => ({ job: job(type, n), delaySeconds: 0 }));
  await expect(open().wakeAll(wakeUps)).rejects.toThrow('This function knows no queue for job type unknown.');
  expect(requests.map(({ QueueUrl }) => QueueUrl.replace(/.*\//, '')).toSorted()).toEqual(['closed', 'open', 'picky']);
  expect(lines).toHaveLength(4);
  expect(lines).toEqual(
    expect.arrayContaining([
      { message, jobs: Array.from({ length: 10 }, (_, n) => `job_${n}`), type: 'unknown', error: expect.stringContaining('no queue') },
      { message, job: 'job_10', type: 'unknown', error: expect.stringContaining('no queue') },
      { message, job: 'job_11', type: 'closed', error: expect.stringContaining('No.') },
      { message, jobs: ['job_14', 'job_16'], type: 'picky', error: 'SQS refused it: InternalError' },
    ]),
  );
});
