import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { LocalProcess } from '../support/local-process.ts';
import type { BadInput } from './bad-inputs/bad-input.ts';
import { validSubmission } from './bad-inputs/bad-input.ts';
import { badBodies } from './bad-inputs/bodies.ts';
import { badCalls } from './bad-inputs/calls.ts';
import { badMembers } from './bad-inputs/members.ts';
import { rawRequests } from './bad-inputs/raw-requests.ts';
import { badRequests } from './bad-inputs/requests.ts';
import { badWebhooks } from './bad-inputs/webhooks.ts';

const server = new LocalProcess();
beforeAll(() => server.start());
afterAll(() => server.remove());

/** The words of an engine that its callers need not know. */
const internal = /\bat .+:\d+:\d+|node_modules|\.(ts|js|mjs):\d|\/(work|tmp|var|home|root)\/|dynalite|DynamoDB|SQS|Exception\b/;

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

async function send({
  method = 'POST',
  path = '/v1/jobs',
  headers = {},
  body,
}: Omit<BadInput, 'what' | 'status' | 'code'>): Promise<Answer> {
  const { hostname, port } = new URL(server.url);
  const bytes = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body);
  const typed = body === undefined ? {} : { 'content-type': 'application/json' };
  // As bytes, since Node's client refuses characters beyond Latin-1, and a header may hold any.
  const all = Object.entries({ ...typed, ...headers }).map(([name, value]) => [name, Buffer.from(value, 'utf8').toString('latin1')]);
  // A connection of its own, since one that is kept may be closed at the moment it is used.
  const outgoing = request({
    agent: false,
    hostname,
    port,
    method,
    path: Buffer.from(path, 'utf8').toString('latin1'),
    headers: Object.fromEntries(all),
  });
  outgoing.end(bytes);
  const [response] = (await once(outgoing, 'response')) as [import('node:http').IncomingMessage];
  return { status: response.statusCode ?? 0, headers: response.headers, body: await text(response) };
}

const inputs: readonly BadInput[] = [...badBodies, ...badMembers, ...badRequests, ...badCalls, ...badWebhooks];

it('is asked for more than 300 bad inputs, each of them once', () => {
  expect(inputs.length + rawRequests.length).toBeGreaterThan(300);
  const requests = inputs.map(({ method, path, headers, body }) =>
    JSON.stringify([method, path, headers, body instanceof Uint8Array ? [...body] : body]),
  );
  expect(requests.filter((one, i) => requests.indexOf(one) !== i)).toEqual([]);
});

it.each(inputs.map((input) => [`${input.what} is answered with ${input.status} ${input.code}`, input] as const))('%s', async (_, input) => {
  const { status, headers, body } = await send(input);
  const problem = body.startsWith('{') ? JSON.parse(body) : body;
  expect([status, problem.code ?? problem]).toEqual([input.status, input.code]);
  expect(headers['content-type']).toBe('application/problem+json');
  expect(problem).toMatchObject({ status, title: expect.stringMatching(/./), detail: expect.stringMatching(/./) });
  expect(body.length).toBeLessThan(30_000);
  expect(body).not.toMatch(internal);
  if (input.pointers !== undefined)
    expect(problem.errors.map(({ pointer }: { pointer: string }) => pointer)).toEqual(expect.arrayContaining([...input.pointers]));
});

/** @returns everything that comes until the connection ends */
async function sendRaw(bytes: string): Promise<string> {
  const { hostname, port } = new URL(server.url);
  const socket = connect(Number(port), hostname);
  socket.setTimeout(5_000, () => socket.destroy(new Error('The connection did not end.')));
  socket.end(Buffer.from(bytes, 'latin1'));
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(socket, 'close');
  return Buffer.concat(chunks).toString('latin1');
}

it.each(rawRequests.map((one) => [`${one.what} is answered with ${one.status}, once`, one] as const))(
  '%s',
  async (_, { bytes, status }) => {
    const answers = await sendRaw(bytes);
    expect([...answers.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, found]) => found)).toEqual([String(status)]);
  },
);

it.each(['a b', 'a\tb', '', 'é', 'x'.repeat(129), '<script>', 'a,b', '"a"', "'a'", '\\', '{}', '%0d%0a'])(
  'does not repeat the request id %j',
  async (id) => {
    const { headers } = await send({ method: 'GET', path: '/v1/jobs', headers: { 'x-request-id': id } });
    expect(headers['x-request-id']).toMatch(/^[\w-]{10,}$/);
  },
);

it('accepted none of them, and accepts what is right', async () => {
  const { jobs } = JSON.parse((await send({ method: 'GET', path: '/v1/jobs' })).body) as { jobs: readonly unknown[] };
  expect(jobs).toEqual([]);
  expect((await send({ body: validSubmission })).status).toBe(202);
});

/** The most that the server had in memory, its emulators included. */
const peakMiB = () => Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))?.[1]) / 1024;

it('keeps its memory bounded under the largest of them, many at a time', async () => {
  const largest = inputs.filter(({ body }) => (typeof body === 'string' || body instanceof Uint8Array) && body.length > 500_000);
  const bombs = inputs.filter(({ what }) => what.startsWith('gzip that becomes'));
  const tooLarge: Omit<BadInput, 'what'> = { body: Buffer.alloc(11 * 1_048_576, ' '), status: 413, code: '' };
  const round = () => Promise.all([...largest, ...bombs, ...bombs, ...bombs, tooLarge, tooLarge].map((input) => send(input)));
  const rounds = async (count: number) => {
    for (let i = 0; i < count; i++) expect((await round()).map(({ status }) => status)).not.toContain(500);
    return peakMiB();
  };
  const first = await rounds(8);
  const last = await rounds(16);
  console.log(`memory: at most ${first.toFixed(0)} MiB in 8 rounds, ${last.toFixed(0)} MiB in 24`);
  // What a leak holds would triple.
  expect(last).toBeLessThan(1.4 * first);
  expect(last).toBeLessThan(1_500);
});
