/** A demonstration: submits real work to a local mode of its own, and shows what becomes of it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import { s3Client } from '../../lambdas/adapters/aws-clients.ts';
import { defaultTimes } from '../../lambdas/config.ts';
import { JobDisplay, type ShownJob } from '../job-display.ts';
import { type LocalMode, startLocalMode } from '../local-mode.ts';
import { local } from '../resources.ts';

interface JobAnswer {
  readonly id: string;
  readonly status: string;
  readonly progress: { readonly fraction: number | null; readonly message: string | null } | null;
  readonly reason: { readonly code: string; readonly detail: string | null } | null;
  readonly timeline: readonly { readonly event: string; readonly detail?: string }[];
  readonly result: unknown;
  readonly error: { readonly code: string; readonly message: string } | null;
}

const maxWaitMs = 150_000;
/** Ctrl-C: everything ends as soon as the local mode has. */
let isInterrupted = false;
/** Everything was shown, and the process only stays for the console. */
let isDone = false;
export const bucketUrl = `s3://${local.sourceBucket}`;

/** One submission, and what it is called. */
export interface Submission {
  readonly title: string;
  readonly key: string;
  readonly body: { readonly type: string; readonly input: object };
}

export interface Demo {
  /** What is put into the bucket first. */
  readonly objects: readonly { readonly name: string; readonly sizeBytes: number; readonly body: () => Readable }[];
  readonly submissions: readonly Submission[];
  /** Shows the results, in the order of the submissions. */
  readonly showResults: (results: readonly unknown[]) => Promise<void>;
  /** Goes on until Ctrl-C, for somebody who looks around in the console. */
  readonly isKept?: boolean | undefined;
  /** Called with the address, once it listens. */
  readonly onReady?: ((url: string) => void) | undefined;
}

/** Starts a local mode of its own, submits the jobs, follows them to their ends, shows the results, and ends the process. */
export function runDemo(demo: Demo): void {
  run(demo).catch((error: unknown) => {
    if (isInterrupted) return; // what was under way breaks off
    console.error((error as Error).message);
    process.exit(1);
  });
}

async function run({ objects, submissions, showResults, isKept = false, onReady }: Demo): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'delegation-demo-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const { leaseSeconds, graceSeconds, clockSeconds } = defaultTimes;
  const mode = await startLocalMode({ port: 0, dataFolder: folder, leaseSeconds, graceSeconds, clockSeconds });
  const interrupt = () => {
    isInterrupted = true;
    void mode.stop().finally(() => process.exit(isDone ? 0 : 130));
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  console.log(`Delegation is running on ${mode.url}, with its data in a temporary folder.\nConsole: ${mode.url}/console\n`);
  onReady?.(mode.url);
  await upload(objects);
  const accepted = await Promise.all(submissions.map((submission) => submit(mode, submission)));
  // In the order of the submissions, whichever was answered first.
  for (const { job, ms } of accepted) console.log(`Accepted in ${ms.toFixed(0).padStart(3)} ms  ${job.id}  ${job.title}`);
  const jobs = accepted.map(({ job }) => job);
  await showReplay(mode, submissions[0], jobs[0]);
  const display = new JobDisplay(jobs, process.stdout);
  await Promise.all(jobs.map((job) => follow(mode, job, display)));
  await showResults(jobs.map(({ result }) => result));
  if (isKept) {
    isDone = true;
    console.log(`\nThe console stays at ${mode.url}/console until Ctrl-C.`);
    return;
  }
  await mode.stop();
  const failed = jobs.filter(({ status }) => status !== 'succeeded');
  if (failed.length > 0) throw new Error(`Not everything succeeded: ${failed.map(({ title, note }) => `${title}: ${note}`).join('; ')}`);
  process.exit(0);
}

async function upload(objects: Demo['objects']): Promise<void> {
  for (const { name, sizeBytes, body } of objects) {
    await new Upload({ client: s3Client(), params: { Bucket: local.sourceBucket, Key: name, Body: body() } }).done();
    console.log(`Put ${name} (${(sizeBytes / 1e6).toFixed(1)} MB) into ${bucketUrl}`);
  }
  console.log();
}

interface AcceptedJob {
  readonly job: ShownJob & { result: unknown };
  /** The time until the answer. */
  readonly ms: number;
}

async function submit(mode: LocalMode, submission: Submission): Promise<AcceptedJob> {
  const startedMs = performance.now();
  const { answer, status } = await post(mode, submission);
  const ms = performance.now() - startedMs;
  if (status !== 202) throw new Error(`${submission.title} was not accepted: ${JSON.stringify(answer)}`);
  const { title } = submission;
  const job = { id: answer.id, title, submittedMs: startedMs, status: answer.status, note: '', doneAfterMs: undefined, result: null };
  return { job, ms };
}

async function post(mode: LocalMode, { key, body }: Submission) {
  const headers = { 'content-type': 'application/json', 'idempotency-key': `"${key}"` };
  const response = await fetch(`${mode.url}/v1/jobs`, { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: response.status, replayed: response.headers.get('idempotent-replayed'), answer: (await response.json()) as JobAnswer };
}

async function showReplay(mode: LocalMode, submission: Submission | undefined, first: ShownJob | undefined): Promise<void> {
  if (submission === undefined || first === undefined) return;
  const { answer, replayed } = await post(mode, submission);
  const { jobs } = (await (await fetch(`${mode.url}/v1/jobs?type=${submission.body.type}`)).json()) as { jobs: readonly unknown[] };
  const isSame = answer.id === first.id && replayed === 'true' && jobs.length === 1;
  if (!isSame) throw new Error('The same submission with the same Idempotency-Key made another job.');
  console.log(`\nSubmitted again with the same Idempotency-Key: the same job, ${answer.id}; no second one was made.\n`);
}

async function follow(mode: LocalMode, job: ShownJob & { result: unknown }, display: JobDisplay): Promise<void> {
  while (true) {
    const answer = (await (await fetch(`${mode.url}/v1/jobs/${job.id}`)).json()) as JobAnswer;
    job.status = answer.status;
    job.note = answer.error?.message ?? answer.progress?.message ?? answer.reason?.detail ?? answer.reason?.code ?? lastStep(answer) ?? '';
    if (['succeeded', 'failed', 'cancelled'].includes(answer.status)) {
      job.doneAfterMs = performance.now() - job.submittedMs;
      job.result = answer.result;
      display.update();
      return;
    }
    if (performance.now() - job.submittedMs > maxWaitMs) throw new Error(`${job.title} did not end within ${maxWaitMs / 1000} s.`);
    display.update();
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** What a running job did last. */
function lastStep({ timeline }: JobAnswer): string | undefined {
  const step = timeline.findLast(({ event }) => event === 'step')?.detail;
  return step === undefined ? undefined : `after step ${step}`;
}
