/** `GET /v1/jobs/{id}/children`, and what a job shows of the jobs that it runs. */
import * as z from 'zod';
import { jobListSchema, jobSchema } from '../../../../lambdas/api/openapi/resource-schemas.ts';
import type { JobContext } from '../../../../lambdas/core/contract/context.ts';
import { defineJobType, type JobTypeContract } from '../../../../lambdas/core/contract/contract.ts';
import { MemoryDeployment } from '../../../../testing/memory-deployment.ts';
import { everythingAllowed } from '../../../../testing/test-kit.ts';
import { contractLimits } from '../../../support/contract-limits.ts';

const base = { ...contractLimits, description: 'Is described.', input: z.unknown(), output: z.unknown() } as const;
const child = defineJobType({ ...base, name: 'child-work' }) as unknown as JobTypeContract;
const parent = defineJobType({ ...base, name: 'parent-work', delegatesTo: ['child-work'] }) as unknown as JobTypeContract;

async function openFamily(children: number) {
  const run = (_: unknown, ctx: JobContext) =>
    ctx.runAll(Array.from({ length: children }, (_one, i) => ({ name: `c${i}`, type: 'child-work', input: { i } })));
  const deployment = new MemoryDeployment({
    jobTypes: [{ contract: parent, worker: { run } }, { contract: child }],
    settings: { ...everythingAllowed, admins: ['olga'] },
    startMs: Date.parse('2026-03-01T12:00:00Z'),
    patienceMs: 3_000,
    random: () => 0.5,
    onTimeMoved: () => undefined,
  });
  const ask = async (path: string, owner = 'ann', method = 'GET', body?: object) => {
    const { status, text } = await deployment.request({ method, path, owner, ...(body === undefined ? {} : { body }) });
    return { status, body: JSON.parse(text) };
  };
  const { body } = await ask('/v1/jobs', 'ann', 'POST', { type: 'parent-work', input: {} });
  await deployment.time.runUntil(deployment.scheduler.nowMs, 'reject');
  return { ask, id: String(body.id) };
}

it('shows why a job waits, and the jobs that it waits for', async () => {
  const { ask, id } = await openFamily(3);
  const { body: job } = await ask(`/v1/jobs/${id}`);
  expect(jobSchema.parse(job)).toEqual(job);
  expect(job).toMatchObject({ status: 'waiting', parent: null, links: { children: `/v1/jobs/${id}/children` } });
  expect(job.reason).toMatchObject({ code: 'waiting_for_child', detail: `3 jobs, such as ${job.children[0]}` });
  const { status, body: page } = await ask(job.links.children);
  expect(status).toBe(200);
  expect(jobListSchema.parse(page)).toEqual(page);
  expect(page.nextCursor).toBeNull();
  expect(page.jobs.map((one: { id: string }) => one.id)).toEqual(job.children);
  expect(page.jobs[0]).toMatchObject({ parent: id, children: [], status: 'queued', input: { i: 0 }, links: { children: null } });
});

it('lists 45 of them on three pages, each once, and in order', async () => {
  const { ask, id } = await openFamily(45);
  const seen: string[] = [];
  const sizes: number[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await ask(`/v1/jobs/${id}/children${cursor}`);
    seen.push(...body.jobs.map((one: { id: string }) => one.id));
    sizes.push(body.jobs.length);
    if (body.nextCursor === null) break;
    cursor = `?cursor=${body.nextCursor}`;
  }
  expect(sizes).toEqual([20, 20, 5]);
  expect(seen).toEqual((await ask(`/v1/jobs/${id}`)).body.children);
  expect((await ask(`/v1/jobs/${id}/children?limit=1000`)).body).toMatchObject({ nextCursor: null, jobs: { length: 45 } });
});

it('answers an empty page for a job that runs none', async () => {
  const { ask, id } = await openFamily(0);
  expect((await ask(`/v1/jobs/${id}/children`)).body).toEqual({ jobs: [], nextCursor: null });
});

it.each([
  ['?limit=many', 400, 'invalid-parameter'],
  ['?limit=', 400, 'invalid-parameter'],
  ['?cursor=x', 400, 'invalid-cursor'],
  ['?cursor=job_00000000000000000000000000', 400, 'invalid-cursor'],
  ['?status=failed', 400, 'invalid-parameter'],
  ['?cursor=a&cursor=b', 400, 'invalid-parameter'],
])('refuses %s with %d %s', async (query, status, code) => {
  const { ask, id } = await openFamily(1);
  expect(await ask(`/v1/jobs/${id}/children${query}`)).toMatchObject({ status, body: { code } });
});

it('is hidden from other owners, and shown to admins', async () => {
  const { ask, id } = await openFamily(1);
  expect((await ask(`/v1/jobs/${id}/children`, 'bob')).status).toBe(404);
  expect((await ask('/v1/jobs/job_00000000000000000000000000/children')).body.code).toBe('job-not-found');
  expect((await ask(`/v1/jobs/${id}/children`, 'olga')).body.jobs).toHaveLength(1);
});
