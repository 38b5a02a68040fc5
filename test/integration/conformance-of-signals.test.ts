/** The conformance suite against a job type that takes a signal, which none of the built-in ones does. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import * as z from 'zod';
import { runConformance } from '../../conformance/run-conformance.ts';
import { ApiCaller } from '../support/api-caller.ts';
import { Engine } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

it('keeps every line about signals', async () => {
  const engine = await Engine.open({ signals: { approve: z.strictObject({ approved: z.boolean() }) } });
  const api = ApiCaller.of(engine);
  const server = createServer(async (request, response) => {
    const sent = Object.entries(request.headers).map(([name, value]) => [name, String(value)]);
    const caller = request.headers['delegation-owner'] === 'other' ? api.as('other') : api;
    const body = await text(request);
    const answer = await caller.request(request.method ?? '', request.url ?? '', {
      headers: Object.fromEntries(sent),
      ...(body === '' ? {} : { body }),
    });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(answer.text);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const results = await runConformance({
      origin: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}`),
      caller: { headers: {} },
      other: { headers: { 'delegation-owner': 'other' } },
      subject: {
        type: engine.contract.name,
        input: { text: 'x' },
        signal: { name: 'approve', payload: { approved: true }, refusedPayload: { approved: 'perhaps' } },
      },
      only: ['signals'],
    });
    expect(results.map(({ id, verdict }) => [id, verdict.kind === 'pass' ? 'pass' : verdict])).toEqual(
      ['unknown', 'strangers', 'kept', 'repeated', 'schema', 'ended'].map((name) => [`signals/${name}`, 'pass']),
    );
  } finally {
    server.close();
  }
});
