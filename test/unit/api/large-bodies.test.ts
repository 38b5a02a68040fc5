/** The largest wrong batches: each is answered with its faults, in time that grows with its size. Work that grows with the square of it takes minutes. */
import * as z from 'zod';
import { maxBodyBytes } from '../../../lambdas/api/request/read-body.ts';
import { maxBatchBytes } from '../../../lambdas/api/routes/submit-batch.ts';
import { catalogue } from '../../../lambdas/jobs/catalogue.ts';
import { memoryApi } from '../../support/memory-api.ts';
import { greetings, ScheduleBench } from '../../support/schedule-bench.ts';

const numbers = {
  ...greetings,
  name: 'numbers',
  input: z.strictObject({
    list: z.array(z.int()),
    map: z.record(z.string(), z.number()).optional(),
    either: z.union([z.strictObject({ a: z.array(z.number()) }), z.strictObject({ b: z.array(z.string()) })]).optional(),
  }),
};

const itemBytes = Math.floor(Math.min(maxBodyBytes, maxBatchBytes / 3)) - 200;
/** @returns the copies of a text that fit into an item, with commas between */
const many = (text: string, bytes = itemBytes) => `${text},`.repeat(Math.floor(bytes / (text.length + 1))).slice(0, -1);
const numbered = (member: (i: number) => string, bytes = itemBytes) => {
  const members: string[] = [];
  let length = 0;
  while (length < bytes - 40) {
    const next = member(members.length);
    members.push(next);
    length += next.length + 1;
  }
  return members.join(',');
};
const job = (input: string, { type = 'numbers', more = '' } = {}) => `{"type":"${type}","input":${input}${more}}`;
/** Three items of nearly a megabyte, which is as much as a batch takes. */
const three = (item: string) => `{"jobs":[${[item, item, item].join(',')}]}`;

const bodies: readonly (readonly [what: string, status: number, body: string])[] = [
  ['empty items', 422, `{"jobs":[${many('{}', maxBatchBytes - 20)}]}`],
  ['a hundred items of unknown members', 200, `{"jobs":[${many(`{${numbered((i) => `"k${i}":1`, 29_900)}}`, maxBatchBytes - 20)}]}`],
  ['texts in place of numbers', 200, three(job(`{"list":[${many('"x"')}]}`))],
  ['numbers with a fraction', 200, three(job(`{"list":[${many('1e-400')}]}`))],
  ['numbers by name', 200, three(job(`{"list":[],"map":{${numbered((i) => `"k${i}":1e-400`)}}}`))],
  ['a union of which no form fits', 200, three(job(`{"list":[],"either":{"a":[${many('"x"')}]}}`))],
  ['tags', 200, three(job('{"list":[]}', { more: `,"tags":{${numbered((i) => `"k${i}":1`)}}` }))],
  ['halves of surrogate pairs', 200, three(job(`{"list":[${many('"\\ud800"')}]}`))],
  ['lists within lists', 200, three(job(`[${many(`${'['.repeat(90)}${']'.repeat(90)}`)}]`))],
  ['members that parsing would lose', 200, three(job(`{"list":[],"map":{${numbered((i) => `"k${i}":{"__proto__":1}`)}}}`))],
  ['members that are given twice', 400, `{${many('"a":1', maxBatchBytes - 20)}}`],
  ['rows that are numbers', 200, three(job(`{"table":"t","operation":"put","rows":[${many('1')}]}`, { type: 'write-batch' }))],
];

it.each(bodies)('a batch of %s is answered with %d, and its faults', async (_, status, body) => {
  expect(body.length).toBeGreaterThan(maxBatchBytes * 0.9);
  const bench = new ScheduleBench();
  bench.catalogue = [...catalogue, numbers];
  const startedAt = process.cpuUsage();
  const answer = await memoryApi(bench).request<{ results?: readonly { status: number }[] }>('POST', '/v1/jobs/batch', { body });
  expect(answer.status).toBe(status);
  for (const result of answer.body.results ?? []) expect([202, 422]).toContain(result.status);
  expect(answer.text.length).toBeLessThan(1_000_000);
  expect(process.cpuUsage(startedAt).user / 1_000_000).toBeLessThan(30);
});
