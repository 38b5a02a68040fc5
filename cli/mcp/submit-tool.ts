/** The tool that submits a job, or only checks a submission. */
import type { z } from 'zod';
import { keyHeader } from '../../client/job-handle.ts';
import type { Job } from '../../client/shown-job.ts';
import { type EstimatedCost, usdOf } from './cost-budget.ts';
import { factsOf, sentenceOf } from './job-facts.ts';
import type { McpSession } from './mcp-session.ts';
import { type Submission, submissionInput, submissionOf } from './submission-arguments.ts';
import { defineTool, writingHints } from './tool.ts';
import type { ToolAnswer } from './tool-answer.ts';
import { ToolRefusal } from './tool-error.ts';
import { canSubmit, submissionsOf } from './type-tools.ts';

/** The answer of `POST /v1/jobs?validateOnly=true`. */
interface Validation {
  readonly startAt: string;
  readonly deadline: string;
  /** The job that the key has made already. */
  readonly replayOf: string | null;
  readonly estimatedCost: EstimatedCost | null;
}

export interface Submitted {
  readonly job: Job;
  /** Whether the job was there before. */
  readonly isReplay: boolean;
  readonly usd: number;
}

export const submitJob = defineTool({
  name: 'submit_job',
  title: 'Submit a job',
  description:
    'Submits a background job, which runs even if this conversation ends, and answers with its id at once; wait_for_job and get_result follow it. Calling it again with the same arguments gives the same job and starts nothing. Use dryRun first where the effects are serious: launching machines, writing data, sending messages.',
  input: submissionInput,
  needs: 'submit',
  hints: writingHints,
  async run(session, args, { signal }) {
    if (args.dryRun) return dryRun(session, submissionOf(args), signal);
    const { job, isReplay, usd } = await submit(session, args, signal);
    const outcome = isReplay
      ? 'this was submitted before, so nothing new was started. Give a new idempotencyKey to do the work again.'
      : 'the job was accepted.';
    return {
      says: `${session.label}: ${outcome} ${sentenceOf(job)}`,
      facts: { ...factsOf(job), deployment: session.label, isReplay, estimatedUsd: usd },
    };
  },
});

/**
 * Submits a job once the guards agree.
 * @throws ToolRefusal for a type or a cost that is not allowed; as `Client.submit`
 */
export async function submit(session: McpSession, args: z.output<typeof submissionInput>, signal: AbortSignal): Promise<Submitted> {
  const submission = submissionOf(args);
  const { replayOf, estimatedCost } = await validate(session, submission, signal);
  const isReplay = replayOf !== null;
  const usd = isReplay || estimatedCost === null ? 0 : usdOf(estimatedCost);
  const { budget } = session;
  if (budget?.take(usd) === false) throw overBudget(session, usd);
  try {
    return { job: await send<Job>(session, '/v1/jobs', submission, signal), isReplay, usd };
  } catch (error) {
    budget?.giveBack(usd);
    throw error;
  }
}

async function dryRun(session: McpSession, submission: Submission, signal: AbortSignal): Promise<ToolAnswer> {
  const { startAt, deadline, replayOf, estimatedCost } = await validate(session, submission, signal);
  const usd = estimatedCost && usdOf(estimatedCost);
  const cost =
    usd === null
      ? ''
      : ` It costs about ${usd.toFixed(8)} USD in AWS if it succeeds at its first attempt, without what the work itself uses.`;
  const replay = replayOf === null ? '' : ` These arguments have made ${replayOf} already, so a submission would start nothing new.`;
  return {
    says: `${session.label}: nothing was submitted. The submission would be accepted, start at ${startAt} at the earliest and fail at ${deadline} if it has not ended.${cost}${replay}`,
    facts: {
      deployment: session.label,
      type: submission.body.type,
      startAt,
      deadline,
      replayOf,
      estimatedUsd: usd,
      estimatedCost,
      idempotencyKey: submission.key,
    },
  };
}

async function validate(session: McpSession, submission: Submission, signal: AbortSignal): Promise<Validation> {
  const { type } = submission.body;
  if (!canSubmit(session, type)) throw new ToolRefusal('type-not-allowed', `${type} may not be submitted. ${submissionsOf(session)}`);
  return send<Validation>(session, '/v1/jobs?validateOnly=true', submission, signal);
}

async function send<Answer>({ client }: McpSession, path: string, { body, key }: Submission, signal: AbortSignal): Promise<Answer> {
  return (await client.request({ method: 'POST', path, body, headers: keyHeader(key), signal })) as Answer;
}

function overBudget({ budget }: McpSession, usd: number): ToolRefusal {
  return new ToolRefusal(
    'over-budget',
    `The job is estimated at ${usd.toFixed(8)} USD, and ${(budget?.spentUsd ?? 0).toFixed(8)} of ${budget?.maxUsd} USD are used up. A person can start this server with a higher --max-cost.`,
  );
}
