import * as z from 'zod';
import { publicRoutes, routes } from '../../../lambdas/api/app.ts';
import { operations } from '../../../lambdas/api/openapi/api-operations.ts';
import { parametersOf } from '../../../lambdas/api/request/query-parameters.ts';
import { memoryApi } from '../../support/memory-api.ts';
import { ScheduleBench } from '../../support/schedule-bench.ts';

const calls = Object.entries({ ...publicRoutes, ...routes }).flatMap(([path, methods]) =>
  Object.keys(methods).map((method) => [method, path] as const),
);
const addressOf = (path: string) => path.replaceAll(/:\w+/g, 'x');
const described = (method: string, path: string) => operations[path]?.[method]?.query ?? {};
const valid = { type: 'greet', input: { text: 'hello' } };

// Links are sent by mail, to which other programs add parameters of their own: a test of theirs says so.
const strictCalls = calls.filter(([, path]) => path !== '/v1/links/:id');

it.each(strictCalls)('%s %s refuses a parameter that it does not know, before it does anything', async (method, path) => {
  const bench = new ScheduleBench();
  const bodies = method === 'GET' ? [undefined] : [undefined, valid, { jobs: [valid] }, { filter: { status: ['failed'] }, dryRun: false }];
  const names = ['colour', 'dryRun', 'ValidateOnly', '__proto__', 'constructor', 'toString', '', 'x'.repeat(4_000)];
  for (const query of [...names.map((name) => `${name}=1`), ...Object.keys(described(method, path)).map((name) => `${name}s=a&${name}=a`)])
    for (const body of bodies) {
      const answer = await memoryApi(bench).request(method, `${addressOf(path)}?${query}`, { body });
      expect([query, answer.status, answer.body['code']]).toEqual([query, 400, 'invalid-parameter']);
      expect(answer.body.detail).toMatch(/^There is no parameter ".*" here\. (This request takes none|There (is|are): [\w, ]+)\.$/);
    }
  expect([bench.jobs.rows.size, bench.schedules.rows.size]).toEqual([0, 0]);
});

it.each(calls)('%s %s takes the parameters that the document describes, and no others', (method, path) =>
  expect([...parametersOf(method, path)].sort()).toEqual(Object.keys(described(method, path)).sort()),
);

const parameters = calls.flatMap(([method, path]) =>
  Object.entries(described(method, path)).map(([name, { schema }]) => {
    const isList = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }).type === 'array';
    return [method, path, name, isList] as const;
  }),
);
it.each(parameters)('%s %s: %s is not taken empty, and repeated only if it is a list (%s)', async (method, path, name, isList) => {
  const body = method === 'POST' ? { body: valid } : {};
  const ask = (query: string) => memoryApi(new ScheduleBench()).request(method, `${addressOf(path)}?${query}`, body);
  const [empty, repeated] = [await ask(`${name}=`), await ask(`${name}=queued&${name}=failed`)];
  expect(empty.body).toMatchObject({ code: 'invalid-parameter', detail: `${name} is empty. Give it a value, or leave it out.` });
  expect([repeated.status, repeated.body.detail]).toEqual(isList ? [200, undefined] : [400, `${name} is given 2 times.`]);
});

it('passes over the parameters by which a request is signed', async () => {
  const signature = 'X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Date=c&X-Amz-Expires=9&X-Amz-SignedHeaders=host&X-Amz-Signature=d';
  const api = memoryApi(new ScheduleBench());
  expect((await api.get(`/v1/me?${signature}&X-Amz-Security-Token=e`)).status).toBe(200);
  expect((await api.get(`/v1/jobs?limit=1&${signature}`)).status).toBe(200);
  expect((await api.get('/v1/me?X-Amz-Other=a')).status).toBe(400);
});

it('takes several statuses and types by comma, repeated, or both', async () => {
  const bench = new ScheduleBench();
  bench.catalogue = [...bench.catalogue, ...bench.catalogue.map((contract) => ({ ...contract, name: 'wave' }))];
  const api = memoryApi(bench);
  for (const type of ['greet', 'wave']) await api.post('/v1/jobs', { ...valid, type });
  await api.post('/v1/jobs', { ...valid, delaySeconds: 3_600 });
  const found = async (query: string) => (await api.get<{ jobs: readonly object[] }>(`/v1/jobs?${query}`)).body.jobs.length;
  for (const query of ['status=queued,scheduled', 'status=queued&status=scheduled', 'status=failed,queued&status=scheduled'])
    expect([query, await found(query)]).toEqual([query, 3]);
  for (const query of ['type=greet,wave', 'type=greet&type=wave']) expect([query, await found(query)]).toEqual([query, 3]);
  expect(await found('type=wave&type=wave')).toBe(1);
});
