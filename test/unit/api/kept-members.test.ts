/** A member named `__proto__` is easily lost between parsing and storing. No body may lose one silently, at any place. */
import { memoryApi } from '../../support/memory-api.ts';
import { ScheduleBench } from '../../support/schedule-bench.ts';

type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** @returns the value once for each object in it, with a member `__proto__` there */
function* withProto(value: Json): Generator<Json> {
  if (typeof value !== 'object' || value === null) return;
  if (!Array.isArray(value)) {
    const changed = { ...value };
    Object.defineProperty(changed, '__proto__', { value: 'lost?', enumerable: true });
    yield changed;
  }
  for (const [name, member] of Object.entries(value))
    for (const changed of withProto(member))
      yield Array.isArray(value) ? value.with(Number(name), changed) : { ...(value as object), [name]: changed };
}

const submission = { type: 'greet', input: { text: 'hello' }, tags: { a: 'b' } };
const schedule = { every: { hours: 1 }, job: { ...submission, maxAttempts: 2 } };
const filter = { status: ['failed'] };
const bodies: readonly (readonly [string, string, Json])[] = [
  ['POST', '/v1/jobs', submission],
  ['POST', '/v1/jobs?validateOnly=true', submission],
  ['POST', '/v1/jobs/batch', { jobs: [submission, { ...submission, idempotencyKey: 'k' }] }],
  ['POST', '/v1/jobs/:failed/retry', { input: { text: 'again' }, tags: { a: 'c' } }],
  ['POST', '/v1/jobs/:queued/cancel', { reason: 'why' }],
  ['POST', '/v1/jobs/redrive', { filter }],
  ['POST', '/v1/jobs/cancel', { filter: { status: ['queued'] }, reason: 'why' }],
  ['PUT', '/v1/schedules/often', schedule],
  ['PUT', '/v1/job-types/greet/state', { state: 'paused' }],
  ['POST', '/v1/uploads', { sizeBytes: 13, sha256: '9NQ2vlp0B0k7KrkhXIbVAlzqqFZVMYSgFCp+xAqpnx4=', contentType: 'text/csv' }],
];
const changed = bodies.flatMap(([method, path, body]) => [...withProto(body)].map((one) => [method, path, JSON.stringify(one)] as const));

async function send(method: string, path: string, body: Json) {
  const bench = new ScheduleBench();
  const api = memoryApi(bench).as('olga');
  const { body: failed } = await api.post('/v1/jobs', submission);
  await bench.endAll('failed');
  const { body: queued } = await api.post('/v1/jobs', submission);
  const address = path.replace(':failed', failed.id).replace(':queued', queued.id);
  return api.request<Record<string, unknown>>(method, address, { body });
}

it.each(changed)('%s %s refuses %s', async (method, path, body) => {
  const { text } = await send(method, path, body);
  // As the whole answer, or as the result of an item.
  expect(text).toMatch(/"status":422/);
  expect(text).toContain('/__proto__"');
});

it.each(bodies)('%s %s takes the body without such a member', async (method, path, body) =>
  expect((await send(method, path, JSON.stringify(body))).status).toBeLessThan(300),
);
