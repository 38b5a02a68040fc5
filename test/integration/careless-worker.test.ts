import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { writeConfig } from '../../lambdas/config.ts';
import { local } from '../../local/resources.ts';
import { Engine } from '../support/test-engine.ts';
import { useEmulators } from '../support/use-emulators.ts';

useEmulators();

/** Runs a job in a process of its own, with nothing in it that keeps it alive but the worker. */
async function runInProcess(act: 'leave-errors' | 'hang') {
  const engine = await Engine.open();
  // Its clock is the machine's, so the job must be due by that.
  const job = await engine.accept();
  await engine.ports.store.write(job, { kind: 'revision', revision: 1 }, { notBeforeMs: 0, deadlineMs: Date.now() + 3_600_000 });
  const config = writeConfig({
    tableName: engine.tableName,
    bucketName: local.payloadBucket,
    queues: { [engine.contract.name]: { url: engine.queueUrl } },
    leaseSeconds: 120,
    graceSeconds: 120,
    clockSeconds: 60,
    retentionDays: 30,
    settings: engine.ports.settings,
  });
  const script = join(__dirname, '..', 'support', 'careless-worker.ts');
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--disable-warning=ExperimentalWarning', script, engine.contract.name, job.id, act],
    { env: { ...process.env, ...config } },
  );
  return { engine, job, stdout };
}

it('code that waits for nothing ends by the time limit of its attempt: its process stays alive as long', async () => {
  const { engine, job } = await runInProcess('hang');
  expect((await engine.read(job)).timeline.at(-1)).toMatchObject({
    event: 'attempt_failed',
    detail: expect.stringContaining('invocation_timed_out'),
  });
});

it('an error that worker code leaves unhandled is logged with the jobs that ran, and outside of Lambda the process goes on', async () => {
  const { engine, job, stdout } = await runInProcess('leave-errors');
  expect((await engine.read(job)).status).toBe('succeeded');
  const lines = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { code?: string; jobs?: string[]; error?: { message: string; cause?: object } });
  const unhandled = lines.filter(({ code }) => code === 'unhandled_error');
  expect(unhandled.map(({ jobs, error }) => [jobs, error?.message])).toEqual([
    [[job.id], 'left behind'],
    [[job.id], 'thrown in a timer'],
  ]);
  expect(unhandled[0]?.error?.cause).toMatchObject({ message: 'its cause' });
});
