/** A cursor is one text: every other is refused, also one that the decoders of Base64 and JSON take for the same. */
import fc from 'fast-check';
import type { ApiAnswer } from '../../support/api-caller.ts';
import { memoryApi } from '../../support/memory-api.ts';
import { ScheduleBench } from '../../support/schedule-bench.ts';

interface Page {
  readonly nextCursor: string;
  readonly code?: string;
}

const bench = new ScheduleBench();
const get = (path: string): Promise<ApiAnswer<Page>> => memoryApi(bench).get<Page>(path);

beforeAll(async () => {
  const job = { type: 'greet', input: { text: 'hello' } };
  for (const name of ['a', 'b', 'c']) {
    await memoryApi(bench).post('/v1/jobs', job);
    await memoryApi(bench).request('PUT', `/v1/schedules/${name}`, { body: { cron: '0 0 1 1 *', job } });
  }
});

/** @returns other texts that mean the same to a decoder that is not strict */
function respelt(cursor: string): readonly string[] {
  const json = Buffer.from(cursor, 'base64url').toString();
  const spelt = [json.replace(',', ', '), ` ${json}`, json.replace(/\d/, (digit) => `${digit}.0`), json.replace(']', ',1]')];
  return [
    ...['=', '==', '%0A', '%20', '!', '%00'].map((end) => cursor + end),
    `%0A${cursor}`,
    `${cursor.slice(0, 9)}%20${cursor.slice(9)}`,
    Buffer.from(`${json}\n`).toString('base64url'),
    ...spelt.filter((text) => text !== json).map((text) => Buffer.from(text).toString('base64url')),
  ];
}

it.each(['/v1/jobs', '/v1/schedules'])('%s refuses a cursor in any other spelling', async (path) => {
  const { nextCursor } = (await get(`${path}?limit=2`)).body;
  expect((await get(`${path}?limit=2&cursor=${nextCursor}`)).status).toBe(200);
  for (const cursor of respelt(nextCursor)) {
    const { status, body } = await get(`${path}?limit=2&cursor=${cursor}`);
    expect([cursor, status, body.code]).toEqual([cursor, 400, 'invalid-cursor']);
  }
});

it.each(['/v1/jobs', '/v1/schedules'])('%s refuses a cursor of which any letter is another', async (path) => {
  const { nextCursor } = (await get(`${path}?limit=2`)).body;
  await fc.assert(
    fc.asyncProperty(fc.nat(nextCursor.length - 1), fc.constantFrom(...'ABYZaz09-_'), async (at, letter) => {
      fc.pre(nextCursor[at] !== letter);
      const { status } = await get(`${path}?limit=2&cursor=${nextCursor.slice(0, at)}${letter}${nextCursor.slice(at + 1)}`);
      expect(status).toBe(400);
    }),
  );
});
