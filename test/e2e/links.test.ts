/** A link that a job's code mails, over HTTP, as programs, browsers and people use it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const root = join(__dirname, '..', '..');
const app = mkdtempSync(join(tmpdir(), 'delegation-links-'));
const mails = join(app, 'mails');
const jobType = {
  'contract.ts': `import { defineJobType } from 'delegation-aws/contract';
import * as z from 'zod';
export const contract = defineJobType({
  name: 'delete-tables', description: 'Deletes tables, once somebody has approved it.', version: 1,
  input: z.strictObject({}), output: z.strictObject({ approved: z.boolean() }),
  signals: { approval: z.strictObject({ approved: z.boolean() }) },
  timeoutSeconds: 30, deadline: { hours: 1 }, maxAttempts: 2, backoff: { baseMs: 100, capMs: 100 },
  typicalSeconds: 1, concurrency: 2, batchSize: 1, memoryMiB: 128, permissions: () => [],
});
`,
  'worker.ts': `import { writeFileSync } from 'node:fs';
import { worker } from 'delegation-aws/worker';
import { contract } from './contract.ts';
export const handler = worker(contract, { async run(_: object, ctx) {
  const link = (label: string, approved: boolean) => ctx.signalUrl('approval', { expiresIn: { minutes: 30 }, label, payload: { approved } });
  const links = [await link('Delete them', true), await link('Keep them', false)];
  ctx.log.info('The links are ' + links.join(' and '));
  await ctx.step('mail', async () => writeFileSync(${JSON.stringify(`${mails}/`)} + ctx.job.id, JSON.stringify(links)));
  return ctx.waitForSignal('approval', { timeout: { minutes: 30 } });
} });
`,
};

interface JobAnswer {
  readonly id: string;
  readonly status: string;
  readonly result: unknown;
  readonly timeline: readonly { readonly event: string; readonly by?: string }[];
}

let url = '';
const started = () => {
  const times = { DELEGATION_CLOCK_SECONDS: '0.5', DELEGATION_LEASE_SECONDS: '3', DELEGATION_GRACE_SECONDS: '1' };
  return spawn(process.execPath, [join(root, 'bin', 'cli.ts'), 'dev', '--port', '0'], {
    cwd: app,
    env: { PATH: process.env['PATH'], ...times },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
};
let dev: ReturnType<typeof started>;

beforeAll(async () => {
  writeFileSync(join(app, 'package.json'), '{ "type": "module" }');
  mkdirSync(join(app, 'node_modules'));
  mkdirSync(mails);
  mkdirSync(join(app, 'jobs', 'delete-tables'), { recursive: true });
  symlinkSync(join(root, 'node_modules', 'zod'), join(app, 'node_modules', 'zod'), 'junction');
  for (const [name, text] of Object.entries(jobType)) writeFileSync(join(app, 'jobs', 'delete-tables', name), text);
  dev = started();
  let output = '';
  dev.stdout?.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  for (const endsAtMs = Date.now() + 50_000; url === '' && Date.now() < endsAtMs; await sleep(50))
    url = /listening on (http:\S+)/.exec(output)?.[1] ?? '';
  expect([url, output]).toEqual([expect.stringMatching(/^http:/), output]);
});

afterAll(async () => {
  const end = once(dev, 'exit');
  dev.kill('SIGINT');
  await end;
  rmSync(app, { recursive: true, force: true });
});

async function read(id: string): Promise<JobAnswer> {
  return (await (await fetch(`${url}/v1/jobs/${id}`)).json()) as JobAnswer;
}

async function until(id: string, status: string): Promise<JobAnswer> {
  for (const endsAtMs = Date.now() + 20_000; Date.now() < endsAtMs; await sleep(50)) {
    const job = await read(id);
    if (job.status === status) return job;
  }
  throw new Error(`${id} is not ${status}: ${JSON.stringify(await read(id))}`);
}

/** Starts a job, and returns it with the links of its mail once it waits. */
async function mailed(): Promise<{ readonly id: string; readonly links: readonly [string, string] }> {
  const body = JSON.stringify({ type: 'delete-tables', input: {} });
  const answer = await fetch(`${url}/v1/jobs`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  const { id } = (await answer.json()) as JobAnswer;
  await until(id, 'waiting');
  return { id, links: JSON.parse(readFileSync(join(mails, id), 'utf8')) as [string, string] };
}

/** Sends a form as a browser does from the page of a link, which names its address to no site: with the origin `null`, which `fetch` cannot send. */
async function pressButton(link: string, origin = 'null'): Promise<number> {
  const headers = { origin, accept: 'text/html', 'content-type': 'application/x-www-form-urlencoded', 'content-length': '0' };
  const [answer] = (await once(request(link, { method: 'POST', headers }).end(), 'response')) as [{ statusCode: number; resume(): void }];
  answer.resume();
  return answer.statusCode;
}

it('shows its page to browsers, however often, and sends its signal by the button of the page alone', async () => {
  const { id, links } = await mailed();
  expect(links[0]).toMatch(new RegExp(`^${url}/v1/links/${id}\\?token=\\w{40,}$`));
  for (const method of ['HEAD', 'GET', 'GET']) {
    const page = await fetch(links[0], { method, headers: { accept: 'text/html' } });
    expect([page.status, page.headers.get('content-type'), page.headers.get('referrer-policy')]).toEqual([
      200,
      'text/html; charset=UTF-8',
      'no-referrer',
    ]);
    if (method === 'GET') expect(await page.text()).toContain('<form method="post"><button>Delete them</button></form>');
  }
  expect((await read(id)).status).toBe('waiting');
  expect(await pressButton(links[0])).toBe(202);
  const job = await until(id, 'succeeded');
  expect(job.result).toEqual({ approved: true });
  expect(job.timeline.find(({ event }) => event === 'signalled')).toMatchObject({ by: 'link' });
  expect([await pressButton(links[0]), await pressButton(links[1])]).toEqual([202, 410]);
});

it('lets one of two at the same moment decide', async () => {
  const { id, links } = await mailed();
  const statuses = await Promise.all([...links, ...links].map((link) => pressButton(link)));
  expect(new Set(statuses)).toEqual(new Set([202, 410]));
  const { result, timeline } = await until(id, 'succeeded');
  expect(result).toEqual({ approved: statuses[0] === 202 });
  expect(timeline.filter(({ event }) => event === 'signalled')).toHaveLength(1);
});

it('has a token that is in no log, answer or event of its job', async () => {
  const { id, links } = await mailed();
  const wrong = await fetch(`${links[0]}x`);
  await pressButton(links[1]);
  await until(id, 'succeeded');
  const seen = [
    readFileSync(join(app, '.delegation', 'delegation.log'), 'utf8'),
    JSON.stringify(await read(id)),
    await (await fetch(`${url}/v1/jobs`)).text(),
    await wrong.text(),
  ].join('\n');
  expect(seen).toContain('The links are');
  expect(wrong.status).toBe(404);
  for (const link of links) expect(seen).not.toContain(new URL(link).searchParams.get('token'));
});

it('takes the origin of a private page on its own path alone', async () => {
  const { links } = await mailed();
  expect(await pressButton(links[0], 'https://evil.example')).toBe(403);
  expect(await pressButton(`${url}/v1/jobs`)).toBe(403);
  expect(await pressButton(links[0])).toBe(202);
});
