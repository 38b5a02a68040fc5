/** Groups: many jobs, one outcome. A group's end is that of its job, which has the same id. */
import { is } from './client-errors.ts';
import { JobHandle, keyHeader } from './job-handle.ts';
import { type List, listOf } from './job-list.ts';
import { type GroupMembers, membersOf, type SubmitOptions } from './job-members.ts';
import type { Group, Job } from './shown-job.ts';
import type { ApiRequest, Transport } from './transport.ts';
import type { JobTypes } from './typed-jobs.ts';

type Signalled = Pick<SubmitOptions, 'signal'>;

/** The calls of groups. */
export class GroupCalls<Types extends JobTypes> {
  private readonly transport: Transport;

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Makes an open group, to which `batch(items, { group: id })` adds jobs until it is sealed. @throws ProblemError */
  async open({ key, signal, ...members }: GroupMembers & Pick<SubmitOptions, 'key' | 'signal'> = {}): Promise<Group> {
    return this.ask({ method: 'POST', path: '/v1/groups', headers: keyHeader(key), body: membersOf(members), signal });
  }

  /** @returns the group with the counts of its members @throws ProblemError `group-not-found` */
  async get(id: string, { signal }: Signalled = {}): Promise<Group> {
    return this.ask({ method: 'GET', path: pathOf(id), signal });
  }

  /** Lets no more jobs be added, so that the group ends with its last member. Repeating it changes nothing. @throws ProblemError `group-closed` where it ended unsealed */
  async seal(id: string, { signal }: Signalled = {}): Promise<Group> {
    return this.ask({ method: 'POST', path: `${pathOf(id)}/seal`, signal });
  }

  /** Cancels the group and its members that have not ended. One that has ended stays as it is. @param options reason: for people, at most 500 characters */
  async cancel(id: string, { reason, signal }: Signalled & { readonly reason?: string } = {}): Promise<Group> {
    try {
      return await this.ask({ method: 'POST', path: `${pathOf(id)}/cancel`, body: reason === undefined ? undefined : { reason }, signal });
    } catch (error) {
      if (!is(error, 'job-already-ended')) throw error;
      return this.get(id, { ...(signal === undefined ? {} : { signal }) });
    }
  }

  /** The members in the order of their submission: awaited, the first page; iterated, all of them. @param options limit: jobs of one page, 1 to 100 */
  jobs(id: string, { limit, signal }: Signalled & { readonly limit?: number } = {}): List<JobHandle<Types>> {
    const path = `${pathOf(id)}/jobs${limit === undefined ? '' : `?limit=${limit}`}`;
    return listOf(this.transport, { path, name: 'jobs', signal }, (job: Job) => new JobHandle<Types>(this.transport, job));
  }

  private async ask(request: ApiRequest): Promise<Group> {
    return (await this.transport.send(request)).body as Group;
  }
}

function pathOf(id: string): string {
  return `/v1/groups/${encodeURIComponent(id)}`;
}
