import { readJsonBody } from '../../../lambdas/api/read-body.ts';

const request = (body: string | Uint8Array<ArrayBuffer>) => ({
  header: () => 'application/json',
  arrayBuffer: () => new Response(body).arrayBuffer(),
});

it('reads every character of UTF-8', async () =>
  expect(await readJsonBody(request('{"a":"ü – 𝄞 – \\u0000"}'))).toEqual({ a: 'ü – 𝄞 – \0' }));

it('refuses bytes that are no UTF-8, which would be kept as other characters', () =>
  expect(readJsonBody(request(Buffer.from('7b2261223a22ff227d', 'hex')))).rejects.toMatchObject({
    problem: 'malformed-json',
    options: { detail: expect.stringContaining('not UTF-8') },
  }));
