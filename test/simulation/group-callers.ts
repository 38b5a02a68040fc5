/** Callers whose jobs are members of a group: they make it, add each job in a batch of its own, seal it, and may cancel it. */
import type { Answer } from './checker.ts';
import type { JobPlan } from './plan.ts';
import type { Random } from './random.ts';
import type { Simulation } from './simulation.ts';

type Request = (
  owner: string,
  method: string,
  path: string,
  headers?: Readonly<Record<string, string>>,
  body?: object,
) => Promise<Answer | undefined>;

export interface GroupCallersDeps {
  readonly simulation: Simulation;
  readonly random: Random;
  readonly request: Request;
  readonly sleep: (ms: number) => Promise<void>;
  readonly inBackground: (act: () => Promise<void>) => void;
  /** Whether the submission of a job is over. */
  readonly isSubmitted: (job: JobPlan) => boolean;
}

export class GroupCallers {
  private readonly deps: GroupCallersDeps;
  private readonly groups = new Map<string, Promise<string>>();

  constructor(deps: GroupCallersDeps) {
    this.deps = deps;
  }

  /** Adds a job to the group of its owner. @returns the answer that the job alone would have had */
  async submit(job: JobPlan, body: object): Promise<Answer | undefined> {
    const { simulation, request } = this.deps;
    const group = await this.groupOf(job.owner);
    // In every third plan each batch has an item that is refused.
    const refused = simulation.plan.randomSeed % 3 === 0 ? [{ type: 'nothing' }] : [];
    const headers = { 'idempotency-key': `batch-${simulation.plan.jobs.indexOf(job)}` };
    const answer = await request(job.owner, 'POST', '/v1/jobs/batch', { ...headers }, { group, jobs: [body, ...refused] });
    if (answer?.status !== 200) return answer;
    const [result] = answer.body.results;
    const own = { ...answer, status: result.status, body: result.job ?? result.problem };
    simulation.checker.answered(own);
    return own;
  }

  private groupOf(owner: string): Promise<string> {
    const known = this.groups.get(owner);
    if (known !== undefined) return known;
    const made = this.make(owner);
    this.groups.set(owner, made);
    this.deps.inBackground(async () => this.seal(owner, await made));
    const cancelAfterMs = this.deps.simulation.plan.groups?.cancelAfterMs ?? null;
    if (cancelAfterMs !== null) this.deps.inBackground(async () => this.cancel(owner, await made, cancelAfterMs));
    return made;
  }

  private async make(owner: string): Promise<string> {
    const answer = await this.untilAnswered(() => this.deps.request(owner, 'POST', '/v1/groups', { 'idempotency-key': 'group' }, {}));
    if (answer.status === 202 || answer.status === 200) return answer.body.id;
    this.deps.simulation.checker.violated('I26', `a group was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
    return '';
  }

  private async seal(owner: string, id: string): Promise<void> {
    const { simulation, sleep, isSubmitted, request } = this.deps;
    const jobs = simulation.plan.jobs.filter((job) => job.owner === owner);
    while (!jobs.every(isSubmitted)) await sleep(1_000);
    const answer = await this.untilAnswered(() => request(owner, 'POST', `/v1/groups/${id}/seal`));
    if (answer.status <= 202) simulation.groupsSealedMs.set(id, simulation.scheduler.nowMs);
    const isCancelled = simulation.plan.groups?.cancelAfterMs !== null;
    if (answer.status > 202 && !isCancelled)
      simulation.checker.violated('I26', `a seal was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
  }

  private async cancel(owner: string, id: string, afterMs: number): Promise<void> {
    await this.deps.sleep(afterMs);
    await this.untilAnswered(() => this.deps.request(owner, 'POST', `/v1/groups/${id}/cancel`));
  }

  private async untilAnswered(send: () => Promise<Answer | undefined>): Promise<Answer> {
    while (true) {
      const answer = await send();
      if (answer !== undefined && answer.status !== 503) return answer;
      await this.deps.sleep(this.deps.random.int(1_000, 5_000));
    }
  }
}
