import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Place, Session } from './commands.ts';

interface JobAnswer {
  readonly id: string;
  readonly status: string;
  readonly result: { readonly greeting?: string } | null;
}

const secret = 's3cr.t';

/**
 * Runs `delegation dev ./jobs` in an app, and works on a job type as its author does: submits a job, changes the code, breaks it.
 * @throws Error that says what was not as it must be
 */
export async function workWithDev(command: readonly string[], place: Place, worker: string): Promise<void> {
  const session = new Session([...command, 'dev', './jobs', '--port', '0'], place);
  try {
    const [, url = ''] = await session.printed(/listening on (http:\S+)/);
    await expectGreeting(url, 'Hello, Ada.', session);
    const file = join(place.cwd, worker);
    const source = readFileSync(file, 'utf8');

    writeFileSync(file, source.replace('Hello', 'Good morning'));
    await session.printed(/loaded in \d+ ms/);
    await expectGreeting(url, 'Good morning, Ada.', session);

    writeFileSync(file, `${source}\nexport const broken = {;\n`);
    await session.printed(/its last good code stays in use/);
    await expectGreeting(url, 'Good morning, Ada.', session);

    writeFileSync(file, source.replace('Hello', 'Good night'));
    await session.printed(/loaded in \d+ ms[\s\S]*loaded in \d+ ms/);
    await expectGreeting(url, 'Good night, Ada.', session);

    const log = readFileSync(join(place.cwd, '.delegation', 'delegation.log'), 'utf8');
    for (const text of [session.output(), log]) if (text.includes(secret)) throw new Error(`The secret is shown:\n${text}`);
    await session.interrupt();
  } finally {
    session.kill();
  }
}

async function expectGreeting(url: string, greeting: string, session: Session): Promise<void> {
  const job = await finishedJob(url, { type: 'send-greeting', input: { name: 'Ada', secret } });
  if (job.status !== 'succeeded' || job.result?.greeting !== greeting)
    throw new Error(`Expected ${greeting} from a job that succeeded: ${JSON.stringify(job)}\n${session.output()}`);
  await session.printed(new RegExp(`${job.id} .*succeeded`), 5_000);
}

/** Submits a job and waits for its end. While the job types are being built, it asks again. */
export async function finishedJob(url: string, submission: { readonly type: string; readonly input: object }): Promise<JobAnswer> {
  const headers = { 'content-type': 'application/json', 'idempotency-key': `"${crypto.randomUUID()}"` };
  const submit = () => fetch(`${url}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify(submission) });
  let submitted = await submit();
  for (const endsAtMs = performance.now() + 300_000; submitted.status === 503 && performance.now() < endsAtMs; submitted = await submit())
    await sleep(500);
  if (submitted.status !== 202) throw new Error(`The job was answered with ${submitted.status}: ${await submitted.text()}`);
  const { id } = (await submitted.json()) as JobAnswer;
  return ended(`${url}/v1/jobs/${id}`);
}

async function ended(address: string): Promise<JobAnswer> {
  const endsAtMs = performance.now() + 300_000;
  while (true) {
    const job = (await (await fetch(address)).json()) as JobAnswer;
    if (['succeeded', 'failed', 'cancelled'].includes(job.status) || performance.now() > endsAtMs) return job;
    await sleep(100);
  }
}
