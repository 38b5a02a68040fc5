/** `delegation submit` and `delegation run`. */
import { is } from '../../client/client-errors.ts';
import { type JobHandle, keyHeader } from '../../client/job-handle.ts';
import type { SubmitOptions } from '../../client/job-members.ts';
import { type ApiSession, openSession } from '../api-session.ts';
import { type CommandInput, flag, type RunCommand, text, texts, UsageError } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { rememberId } from '../job-id.ts';
import { printJson, wantsJson } from '../pick-fields.ts';
import { readInput } from '../read-input.ts';
import { printResult } from '../result-output.ts';
import { readTags } from '../tag-words.ts';
import { instantOf, optionalDurationMs } from '../times.ts';
import { watchJobs } from '../watch-jobs.ts';
import { wholeNumber } from '../whole-number.ts';

/** Submits a job and prints its id; with `--wait`, follows it to its end. */
export const submit: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  const timeoutMs = optionalDurationMs(input, 'timeout');
  if (timeoutMs !== undefined && !flag(input, 'wait')) throw new UsageError('--timeout is for --wait.');
  if (flag(input, 'dry-run')) return validate(session, input, io);
  const job = await submitJob(session, input, io);
  const print = () => (wantsJson(input) ? printJson(job.job, input, io.out) : io.out.write(`${job.id}\n`));
  if (!flag(input, 'wait')) {
    await print();
    return 0;
  }
  if (!wantsJson(input)) await print();
  const code = await watchJobs([job], io, { timeoutMs, out: io.messages });
  if (wantsJson(input)) await print();
  return code;
};

/** Submits a job, follows it, and prints its result. The exit code is that of the job. */
export const run: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  // Read before the submission: an option that cannot be read must not leave a job behind.
  const timeoutMs = optionalDurationMs(input, 'timeout');
  const job = await submitJob(session, input, io);
  const code = await watchJobs([job], io, { timeoutMs, out: io.messages });
  if (code !== 0) return code;
  await printResult(session, job.id, { io });
  return 0;
};

async function submitJob(session: ApiSession, input: CommandInput, io: CommandIo): Promise<JobHandle> {
  const { type, given, options } = await readSubmission(input, io);
  try {
    const job = await session.client.submit(type, given, { ...options, signal: io.signal });
    rememberId(job.id, session, io);
    return job as JobHandle;
  } catch (error) {
    throw withHint(error, input);
  }
}

async function validate({ client }: ApiSession, input: CommandInput, io: CommandIo): Promise<number> {
  const { type, given, options } = await readSubmission(input, io);
  const { key, ...members } = options;
  try {
    const answer = await client.request({
      method: 'POST',
      path: '/v1/jobs?validateOnly=true',
      headers: key === undefined ? {} : keyHeader(key),
      body: { type, input: given, ...members },
      signal: io.signal,
    });
    await printJson(answer, input, io.out);
    await io.messages.write('Nothing was submitted: this is what a submission would become, and what AWS bills for it.\n');
    return 0;
  } catch (error) {
    throw withHint(error, input);
  }
}

interface Submission {
  readonly type: string;
  readonly given: unknown;
  readonly options: SubmitOptions;
}

async function readSubmission(input: CommandInput, io: CommandIo): Promise<Submission> {
  const words = [...texts(input, 'input'), ...texts(input, 'members')];
  const given = await readInput(words, io);
  const at = text(input, 'at');
  const delayMs = optionalDurationMs(input, 'delay');
  const deadline = text(input, 'deadline');
  if (at !== undefined && delayMs !== undefined) throw new UsageError('--at and --delay exclude each other.');
  const attempts = text(input, 'attempts');
  const options = {
    key: text(input, 'key'),
    tags: readTags(texts(input, 'tag')),
    startAt: at === undefined ? undefined : instantOf(at, '--at', io.nowMs(), 'future'),
    delaySeconds: delayMs === undefined ? undefined : Math.round(delayMs / 1000),
    deadline: deadline === undefined ? undefined : instantOf(deadline, '--deadline', io.nowMs(), 'future'),
    maxAttempts: attempts === undefined ? undefined : wholeNumber(attempts, '--attempts', 1),
    after: texts(input, 'after').length === 0 ? undefined : texts(input, 'after'),
    concurrencyKey: text(input, 'concurrency-key'),
    priority: text(input, 'priority') as SubmitOptions['priority'],
    uniqueKey: text(input, 'unique-key'),
    onDuplicate: text(input, 'on-duplicate') as SubmitOptions['onDuplicate'],
    webhookUrl: text(input, 'webhook'),
  };
  const stated = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  return { type: text(input, 'type') ?? '', given: given ?? {}, options: stated as SubmitOptions };
}

/** A number that was written as a text is the usual fault of an input in words. */
function withHint(error: unknown, input: CommandInput): unknown {
  if (!is(error, 'problem')) return error;
  if (error.code === 'unknown-job-type') return new HintedProblem(error, 'delegation types lists those that there are.');
  const words = [...texts(input, 'input'), ...texts(input, 'members')];
  const texted = error.errors.filter(
    ({ pointer, detail }) =>
      /expected (number|int|boolean|array|object)/i.test(detail) &&
      words.some((word) => word.startsWith(`${pointer.slice('#/input/'.length).replaceAll('/', '.')}=`)),
  );
  const [first] = texted;
  if (first === undefined) return error;
  const name = first.pointer.slice('#/input/'.length).replaceAll('/', '.');
  return new HintedProblem(error, `NAME=TEXT is a text; write ${name}:=… for a number, true, false, a list or an object.`);
}

/** The problem itself, with what to do about it on this command line. */
class HintedProblem extends Error {
  readonly kind = 'problem';
  readonly code: string;
  readonly status: number;

  constructor(problem: Error & { readonly code: string; readonly status: number }, hint: string) {
    super(`${problem.message}\n${hint}`, { cause: problem });
    this.code = problem.code;
    this.status = problem.status;
  }
}
