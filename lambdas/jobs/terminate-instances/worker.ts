import type { JobContext, WorkerDefinition } from '../../core/contract/context.ts';
import { PermanentError } from '../../core/contract/errors.ts';
import { withFullStop } from '../../core/job/error-text.ts';
import { truncate } from '../../text/truncate.ts';
import { worker } from '../../worker/handler.ts';
import { describeRefusal } from '../ec2/ec2-advice.ts';
import { findInstances, isTerminated } from '../ec2/ec2-client.ts';
import { callEc2 } from '../ec2/ec2-errors.ts';
import { pollThenWait } from '../ec2/poll-then-wait.ts';
import { isOwnedBy } from '../ec2/tags.ts';
import { type RefusedTermination, terminateEach } from '../ec2/terminate-each.ts';
import { contract } from './contract.ts';

export const definition = {
  async run({ instanceIds, unknownIds }, ctx) {
    // Recorded before the effect, so that a repetition does not report what this job did as done before.
    const alive = await ctx.step('find-alive', async () => {
      const instances = await findByIds(instanceIds, ctx);
      const notYours = instanceIds.filter((id) => {
        const instance = instances.get(id);
        return instance === undefined ? unknownIds === 'fail' : !isOwnedBy(instance, ctx.job.owner, ctx.settings);
      });
      if (notYours.length > 0) throw notYoursError(notYours);
      return instanceIds.filter((id) => {
        const instance = instances.get(id);
        return instance !== undefined && !isTerminated(instance);
      });
    });
    await pollThenWait('terminated', ctx, {
      poll: () => terminate(alive, ctx),
      every: () => pauseSeconds(loadCheckpoint(ctx).tries, msUntilLastTry(ctx)),
      reason: () => ({ detail: truncate(loadCheckpoint(ctx).refusal, 300) }),
    });
    return { terminated: alive, alreadyTerminated: instanceIds.filter((id) => !alive.includes(id)) };
  },
} satisfies WorkerDefinition<typeof contract>;

export const handler = worker(contract, definition);

/** The job's checkpoint. */
interface TerminateCheckpoint {
  /** Number of attempts that EC2 refused. */
  readonly tries: number;
  /** EC2's last refusal. */
  readonly refusal: string;
}

function loadCheckpoint({ checkpoint }: Pick<JobContext, 'checkpoint'>): TerminateCheckpoint {
  return checkpoint.load<TerminateCheckpoint>() ?? { tries: 0, refusal: '' };
}

/**
 * Terminates what is still alive. A refusal means a protected instance or a missing permission, which somebody may correct, and the instance
 * costs money until then: so it is tried until the deadline.
 * @returns undefined while EC2 refuses some; the others are terminated
 * @throws PermanentError with EC2's message, shortly before the deadline
 */
async function terminate(ids: readonly string[], ctx: JobContext): Promise<true | undefined> {
  const { tries } = loadCheckpoint(ctx);
  const left = tries === 0 ? ids : await stillAlive(ids, ctx);
  const refused = await callEc2(ctx.signal, () => terminateEach(left, ctx.signal));
  if (refused.length === 0) return true;
  const refusal = refusalText(refused);
  if (msUntilLastTry(ctx) <= 0) throw refusedError(refused, ids);
  ctx.log.warn('EC2 refuses to terminate instances; they are tried again.', { refusal, tries: tries + 1 });
  // Truncated to the length that the wait's reason shows.
  await ctx.checkpoint.save({ tries: tries + 1, refusal: truncate(refusal, 300) } satisfies TerminateCheckpoint);
  return undefined;
}

async function stillAlive(ids: readonly string[], ctx: JobContext): Promise<readonly string[]> {
  const instances = await findByIds(ids, ctx);
  return ids.filter((id) => {
    const instance = instances.get(id);
    return instance !== undefined && !isTerminated(instance);
  });
}

async function findByIds(ids: readonly string[], { signal }: JobContext) {
  const found = await callEc2(signal, () => findInstances([{ name: 'instance-id', values: ids }], signal));
  return new Map(found.map((instance) => [instance.InstanceId, instance]));
}

/** Leaves the job time to report why it failed. */
const lastTryBeforeDeadlineMs = 30_000;

function msUntilLastTry({ job }: Pick<JobContext, 'job'>): number {
  return Date.parse(job.deadline) - lastTryBeforeDeadlineMs - Date.now();
}

/** @returns 5 seconds to 15 minutes, and never beyond the last try */
function pauseSeconds(tries: number, leftMs: number): number {
  const pause = Math.min(900, 5 * 2 ** Math.min(10, Math.max(0, tries - 1)));
  return Math.max(1, Math.min(pause, Math.ceil(leftMs / 1000)));
}

function refusalText(refused: readonly RefusedTermination[]): string {
  const ids = refused.flatMap(({ instanceIds }) => instanceIds);
  const error = refused[0]?.error ?? new Error('EC2 gave no reason.');
  const { name } = error;
  const { message } = describeRefusal(error);
  return `EC2 refuses to terminate ${ids.slice(0, 5).join(', ')}${ids.length > 5 ? ` and ${ids.length - 5} more` : ''}: ${name}: ${message}`;
}

function refusedError(refused: readonly RefusedTermination[], ids: readonly string[]): PermanentError {
  const instanceIds = refused.flatMap((one) => one.instanceIds);
  const error = refused[0]?.error;
  const { encodedMessage } = describeRefusal(error ?? new Error('EC2 gave no reason.'));
  return new PermanentError(`${withFullStop(refusalText(refused))} It was tried until the deadline.`, {
    code: error?.name ?? 'refused',
    cause: error,
    details: {
      instanceIds,
      terminated: ids.filter((id) => !instanceIds.includes(id)),
      ...(encodedMessage === undefined ? {} : { encodedMessage }),
    },
  });
}

/** Says the same about the instances of others and about ids that do not exist, so that a caller cannot learn which ids exist. */
function notYoursError(instanceIds: readonly string[]): PermanentError {
  const message = `Not launched by one of your jobs, or unknown: ${instanceIds.join(', ')}. Nothing was terminated.`;
  return new PermanentError(message, { code: 'not_yours', details: { instanceIds } });
}
