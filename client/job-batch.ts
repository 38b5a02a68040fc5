/** Batches: up to 100 submissions in one request, alone or as members of a group. */
import { type Problem, ProblemError } from './client-errors.ts';
import { JobHandle, keyHeader } from './job-handle.ts';
import { type GroupMembers, membersOf, type SubmitOptions } from './job-members.ts';
import type { Job } from './shown-job.ts';
import type { Transport } from './transport.ts';
import type { InputOf, JobTypes } from './typed-jobs.ts';

/** One submission of a batch. */
export type BatchItem<Types extends JobTypes> = {
  [Type in keyof Types & string]: Omit<SubmitOptions, 'signal'> & { readonly type: Type; readonly input: InputOf<Types, Type> };
}[keyof Types & string];

type AnyBatchItem = Omit<SubmitOptions, 'signal'> & { readonly type: string; readonly input: unknown };

/** What became of it. */
export type BatchResult<Types extends JobTypes> =
  | { readonly job: JobHandle<Types>; readonly isReplay: boolean; readonly problem: undefined }
  | { readonly job: undefined; readonly isReplay: false; readonly problem: ProblemError };

export interface BatchOptions extends Pick<SubmitOptions, 'key' | 'signal'> {
  /** The id of an open group that the jobs become members of; or true, or what it has, for a new group of exactly these jobs. @default none */
  readonly group?: string | true | GroupMembers;
}

/** A batch whose jobs are members of a group. */
export interface GroupBatch<Types extends JobTypes> {
  /** The id of the group, which `job(id)` follows to its end. */
  readonly group: string;
  /** One for each submission, in order. */
  readonly results: readonly BatchResult<Types>[];
}

/** @returns one result for each submission, in order, and the group where there is one @throws ProblemError */
export async function sendBatch<Types extends JobTypes>(
  transport: Transport,
  items: readonly BatchItem<Types>[],
  { group, key, signal }: BatchOptions,
): Promise<Omit<GroupBatch<Types>, 'group'> & { readonly group: string | null }> {
  const jobs = (items as readonly AnyBatchItem[]).map(({ type, input, key: own, ...members }) => ({
    type,
    input,
    ...membersOf(members),
    ...(own === undefined ? {} : { idempotencyKey: own }),
  }));
  const about = typeof group === 'object' ? membersOf(group) : group;
  const body = { ...(about === undefined ? {} : { group: about }), jobs };
  const answer = await transport.send({ method: 'POST', path: '/v1/jobs/batch', headers: keyHeader(key), body, signal });
  const { group: id, results } = answer.body as {
    readonly group: string | null;
    readonly results: readonly { readonly isReplay: boolean; readonly job: Job | null; readonly problem: Problem | null }[];
  };
  const toResult = ({ job, isReplay, problem }: (typeof results)[number]): BatchResult<Types> => {
    if (problem !== null) return { job: undefined, isReplay: false, problem: new ProblemError(problem, undefined) };
    return { job: new JobHandle(transport, job as Job), isReplay, problem: undefined };
  };
  return { group: id, results: results.map(toResult) };
}
