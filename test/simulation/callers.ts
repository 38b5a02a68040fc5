/** The callers of the API: they submit the plan's jobs, repeat what was not answered, read, cancel, and try what they may not do. */
import { createApi } from '../../lambdas/api/app.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import { checkAnswers } from './check-answers.ts';
import { type Answer, isEnded } from './checker.ts';
import { checkJob } from './final-state.ts';
import { GroupCallers } from './group-callers.ts';
import type { Machine } from './machine.ts';
import type { BulkPlan, JobPlan } from './plan.ts';
import type { Random } from './random.ts';
import { receiverUrl } from './receivers.ts';
import { type SchedulePlan, scheduleBody } from './schedule-plans.ts';
import { signalName, signalPayload } from './signals.ts';
import type { Simulation } from './simulation.ts';
import { clockPeriodMs } from './times.ts';
import { shapeOf } from './values.ts';
import { shaped, tidyWork, typeFor } from './workload.ts';

export class Callers {
  private readonly simulation: Simulation;
  private readonly random: Random;
  private readonly apis: { readonly machine: Machine; readonly app: ReturnType<typeof createApi> }[] = [];
  /** Plans whose first submission is over: accepted, or refused. */
  private readonly submitted = new Set<JobPlan>();
  private readonly groups: GroupCallers;
  /** Number of callers that are not done. */
  private busy = 0;

  constructor(simulation: Simulation, random: Random) {
    this.simulation = simulation;
    this.random = random;
    this.groups = new GroupCallers({
      simulation,
      random,
      request: (...request) => this.request(...request),
      sleep: (ms) => this.sleep(ms),
      inBackground: (act) => this.inBackground(act),
      isSubmitted: (job) => this.submitted.has(job),
    });
  }

  get areDone(): boolean {
    return this.busy === 0;
  }

  /** Submits a job of the plan, by all of its callers. */
  start(job: JobPlan, index: number): void {
    const { receiver, webhookEvents } = this.simulation.plan;
    const webhook = receiver === undefined ? {} : { webhookUrl: receiverUrl, webhookEvents };
    const body = { ...submissionOf(job, index), ...webhook };
    this.simulation.submittedAtMs.set(job, this.simulation.scheduler.nowMs);
    for (let i = 0; i < job.callers; i++) {
      // Without a key each caller would create its own job.
      if (i > 0 && job.key === null) return;
      this.inBackground(async () => {
        const after = await this.predecessorsOf(job);
        await this.submit(job, after.length === 0 ? body : { ...body, after, afterFailure: job.after?.onFailure }, i === 0);
      });
    }
  }

  /** @returns the ids of the jobs that it starts after, once their submissions are over; those that were refused are left out */
  private async predecessorsOf({ after }: JobPlan): Promise<readonly string[]> {
    const { plan, accepted } = this.simulation;
    const before = (after?.jobs ?? []).flatMap((index) => plan.jobs[index] ?? []);
    while (before.some((one) => !this.submitted.has(one))) await this.sleep(50);
    const ids = before.flatMap((one) => [...accepted].find(([, job]) => job === one)?.[0] ?? []);
    return [...new Set(ids)];
  }

  /** Sets a schedule of the plan, by all of its callers, and changes it later. @param index of the plan of its jobs */
  setSchedule(plan: SchedulePlan, index: number): void {
    const { scheduler, scheduleChecker } = this.simulation;
    const endMs = scheduler.nowMs + plan.endAfterMs;
    scheduleChecker.planned(plan, endMs);
    const body = scheduleBody(plan, index, endMs);
    // A caller that repeats its request would undo the change of another one.
    const callers = plan.change === null ? plan.callers : 1;
    for (let i = 0; i < callers; i++)
      this.inBackground(async () => {
        if ((await this.putSchedule(plan, body)) && i === 0) await this.changeSchedule(plan, body);
      });
  }

  /** @returns whether the schedule was set; not if its end had passed by then, or its type was removed */
  private async putSchedule({ owner, name }: SchedulePlan, body: object): Promise<boolean> {
    while (true) {
      const answer = await this.request(owner, 'PUT', `/v1/schedules/${name}`, {}, body);
      if (answer?.status === 200 || answer?.status === 201) return true;
      if (answer?.status === 422) return false;
      if (answer !== undefined && answer.status !== 503)
        this.simulation.checker.violated('I16', `a schedule was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
      await this.sleep(this.random.int(1_000, 5_000));
    }
  }

  /** Pauses a schedule: by setting it again, or by its state alone. @returns whether it was there to be paused */
  private async pauseSchedule(plan: SchedulePlan, body: object): Promise<boolean> {
    if (this.simulation.plan.randomSeed % 2 === 0) return this.putSchedule(plan, { ...body, paused: true });
    while (true) {
      const answer = await this.request(plan.owner, 'PUT', `/v1/schedules/${plan.name}/state`, {}, { state: 'paused' });
      if (answer?.status === 200) return true;
      if (answer?.status === 404) return false;
      if (answer !== undefined && answer.status !== 503)
        this.simulation.checker.violated(
          'I16',
          `the pause of a schedule was answered with ${answer.status}: ${JSON.stringify(answer.body)}`,
        );
      await this.sleep(this.random.int(1_000, 5_000));
    }
  }

  private async changeSchedule(plan: SchedulePlan, body: object): Promise<void> {
    const { change, owner, name } = plan;
    if (change === null) return;
    await this.sleep(change.afterMs);
    const known = this.simulation.scheduleChecker.known.get(name);
    if (known === undefined) return;
    known.changeAskedMs = this.simulation.scheduler.nowMs;
    if (change.what === 'replace job') {
      await this.putSchedule(plan, { ...body, job: { ...(body as { job: object }).job, maxAttempts: 2 } });
      return;
    }
    if (change.what === 'pause') {
      if (await this.pauseSchedule(plan, body)) known.stoppedMs = this.simulation.scheduler.nowMs;
      return;
    }
    let isDeleted = false;
    while (!isDeleted) {
      const answer = await this.request(owner, 'DELETE', `/v1/schedules/${name}`);
      isDeleted = answer?.status === 204 || answer?.status === 404;
      if (!isDeleted) await this.sleep(this.random.int(1_000, 5_000));
    }
    known.stoppedMs = this.simulation.scheduler.nowMs;
    if (change.what === 'delete and make again') await this.putSchedule(plan, body);
  }

  private async submit(job: JobPlan, body: object, isFirst: boolean): Promise<void> {
    await this.submitUntilAnswered(job, body, isFirst);
    this.submitted.add(job);
  }

  private async submitUntilAnswered(job: JobPlan, body: object, isFirst: boolean): Promise<void> {
    while (true) {
      const headers = job.key === null ? {} : { 'idempotency-key': job.key };
      const isMember = this.simulation.plan.groups !== undefined;
      const answer = isMember ? await this.groups.submit(job, body) : await this.request(job.owner, 'POST', '/v1/jobs', headers, body);
      if (isMember && answer?.status === 409 && /(group-closed|member-refused)$/.test(answer.body.type)) return;
      // 200 is the replay of a job that has ended.
      if (answer?.status === 202 || answer?.status === 200) {
        const { id } = answer.body;
        // A submission that joined another one's job is answered with it.
        if (job.unique === undefined || !this.simulation.accepted.has(id)) this.simulation.accepted.set(id, job);
        if (isFirst) this.afterAcceptance(job, id);
        return;
      }
      if (answer?.status === 422 && answer.body.type.endsWith('idempotency-key-reused')) {
        const same = this.simulation.plan.jobs.filter(({ owner, key }) => owner === job.owner && key === job.key);
        if (same.length < 2)
          this.simulation.checker.violated('I11', `${job.owner}'s key ${job.key} is refused, and no other plan of that owner uses it`);
        return;
      }
      if (answer?.status === 409 && answer.body.type.endsWith('job-type-draining')) {
        const { may } = this.simulation.checker.typeStates.during(typeFor(job), 'draining', answer.askedMs, answer.answeredMs);
        if (!may) this.simulation.checker.violated('drain', `a submission of ${typeFor(job)} is refused, which is not draining`);
        return;
      }
      if (answer?.status === 422 && (this.simulation.removed?.type === typeFor(job) || this.isOverdue(body))) return;
      if (answer !== undefined && answer.status !== 503)
        return this.simulation.checker.violated('I1', `a submission was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
      if (job.key === null && !isMember) return;
      await this.sleep(this.random.int(1_000, 5_000));
    }
  }

  /** A submission that finds no answer until its job would start after its deadline is refused for that. */
  private isOverdue({ deadline, delaySeconds = 0 }: { readonly deadline?: string; readonly delaySeconds?: number }): boolean {
    const { scheduler, plan } = this.simulation;
    return deadline !== undefined && Date.parse(deadline) <= scheduler.nowMs + delaySeconds * 1_000 + plan.faults.skewMs;
  }

  private afterAcceptance(job: JobPlan, id: string): void {
    for (const afterMs of job.readAfterMs) {
      this.inBackground(async () => {
        await this.sleep(afterMs);
        await this.request(job.owner, 'GET', `/v1/jobs/${id}`);
      });
    }
    this.inBackground(async () => {
      await this.sleep(this.random.int(0, 10_000));
      const answer = await this.request(job.owner === 'ann' ? 'bob' : 'ann', 'GET', `/v1/jobs/${id}`);
      if (answer !== undefined && answer.status !== 404 && answer.status !== 503)
        this.simulation.checker.violated('I11', `another owner's GET of ${id} was answered with ${answer.status}`);
    });
    const { plan } = this.simulation;
    const next = plan.jobs.find(({ isAfterExpiry, key }) => isAfterExpiry && key === job.key);
    if (next !== undefined && next !== job) {
      this.inBackground(async () => {
        const { skewMs } = plan.faults;
        while (
          this.simulation.scheduler.nowMs <
          (this.simulation.store.rows.get(id)?.job.expiresAtMs ?? Number.POSITIVE_INFINITY) + 2 * skewMs + 1_000
        )
          await this.sleep(clockPeriodMs);
        this.expire(id);
        this.start(next, plan.jobs.indexOf(next));
      });
    }
    for (const [i, { afterMs, callers }] of job.signals.entries())
      this.inBackground(async () => {
        await this.sleep(afterMs);
        for (let n = 0; n < callers; n++) this.inBackground(() => this.sendSignal(job, id, i));
      });
    const { cancelAfterMs, retryAfterEndMs } = job;
    if (retryAfterEndMs !== null) this.inBackground(() => this.retry(job, id, retryAfterEndMs));
    if (cancelAfterMs !== null) {
      this.inBackground(async () => {
        await this.sleep(cancelAfterMs);
        this.simulation.cancelled.add(id);
        await this.request(job.owner, 'POST', `/v1/jobs/${id}/cancel`);
      });
    }
  }

  private async sendSignal(job: JobPlan, id: string, index: number): Promise<void> {
    const headers = { 'idempotency-key': `signal-${index}` };
    while (true) {
      const answer = await this.request(job.owner, 'POST', `/v1/jobs/${id}/signals/${signalName}`, headers, signalPayload(index));
      if (answer?.status === 202) return this.simulation.checker.signalAccepted(id, shapeOf(signalPayload(index)));
      if (
        answer?.status === 409 &&
        (isEnded(this.simulation.store.rows.get(id)?.job.status ?? 'queued') || this.simulation.removed?.type === typeFor(job))
      )
        return;
      if (answer !== undefined && answer.status !== 503)
        return this.simulation.checker.violated(
          'I18',
          `a signal to ${id} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`,
        );
      await this.sleep(this.random.int(1_000, 5_000));
    }
  }

  /** Redrives or cancels by a filter. Repeating the request makes no second job, since it has a key. */
  async actOnMany({ action, owner, jobsPerSecond }: BulkPlan): Promise<void> {
    const filter = { status: action === 'redrive' ? ['failed', 'cancelled'] : ['scheduled', 'queued', 'running', 'waiting'] };
    const body = { filter, dryRun: false, jobsPerSecond };
    while (true) {
      const answer = await this.request(owner, 'POST', `/v1/jobs/${action}`, { 'idempotency-key': 'bulk' }, body);
      if (answer?.status === 202 || answer?.status === 200) {
        this.simulation.bulkJobs.add(answer.body.id);
        return;
      }
      if (answer !== undefined && answer.status !== 503)
        return this.simulation.checker.violated('I17', `a ${action} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
      await this.sleep(this.random.int(1_000, 5_000));
    }
  }

  /** Retries a job once it has ended, by several callers at the same moment; a third one asks for something else. */
  private async retry(job: JobPlan, id: string, afterEndMs: number): Promise<void> {
    const record = () => this.simulation.store.rows.get(id)?.job;
    while (!isEnded(record()?.status ?? 'queued')) await this.sleep(this.random.int(1_000, 10_000));
    await this.sleep(afterEndMs);
    for (let i = 0; i < job.retryCallers; i++)
      this.inBackground(() => this.sendRetry(job, id, i === 2 ? { tags: { round: 'other' } } : undefined));
  }

  private async sendRetry(job: JobPlan, id: string, body: object | undefined): Promise<void> {
    const { checker } = this.simulation;
    while (true) {
      const answer = await this.request(job.owner, 'POST', `/v1/jobs/${id}/retry`, {}, body);
      if (answer?.status === 202 || answer?.status === 200) {
        checker.retried(id, answer.body.id);
        const ended = await this.request(job.owner, 'GET', `/v1/jobs/${id}`);
        if (ended?.status === 200 && ended.body.retriedBy !== answer.body.id)
          checker.violated('I15', `${id} says that ${ended.body.retriedBy} retried it, and that was ${answer.body.id}`);
        return;
      }
      if (answer !== undefined && answer.status !== 503) {
        if (!this.mayRefuseRetry(job, id, answer))
          checker.violated('I15', `a retry of ${id} was answered with ${answer.status}: ${JSON.stringify(answer.body)}`);
        return;
      }
      await this.sleep(this.random.int(1_000, 5_000));
    }
  }

  private mayRefuseRetry(job: JobPlan, id: string, { body, askedMs, answeredMs }: Answer): boolean {
    const { checker, store, plan, removed } = this.simulation;
    switch (String(body.type).replace(/.*[:/]/, '')) {
      case 'not-retryable':
        return store.rows.get(id)?.job.status === 'succeeded';
      case 'already-retried':
        return job.retryCallers > 2 || job.key !== null || plan.bulk !== undefined;
      case 'job-type-draining':
        return checker.typeStates.during(typeFor(job), 'draining', askedMs, answeredMs).may;
      case 'job-type-removed':
        return removed?.type === typeFor(job);
      case 'input-lost':
        return plan.faults.damageObject > 0;
      default:
        return false;
    }
  }

  /** The job has expired, and the next job of its id is another one. */
  private expire(id: string): void {
    const job = this.simulation.store.rows.get(id)?.job as Job;
    checkJob(job, this.simulation);
    this.simulation.expired.add(job);
    this.simulation.cancelled.delete(id);
    checkAnswers(this.simulation.checker, id);
    for (const keeper of [this.simulation.checker, this.simulation.external, this.simulation.replay]) keeper.forget(id);
  }

  inBackground(act: () => Promise<void>): void {
    this.busy += 1;
    void act()
      .catch((error: unknown) => this.simulation.checker.violated('simulation', String(error instanceof Error ? error.stack : error)))
      .finally(() => {
        this.busy -= 1;
      });
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => this.simulation.scheduler.after(ms, resolve));
  }

  /** Sends a request to one of the API's machines. @param owner undefined: somebody without credentials @returns undefined if the connection broke */
  async request(
    owner: string | undefined,
    method: string,
    path: string,
    headers: Readonly<Record<string, string>> = {},
    body?: object,
  ): Promise<Answer | undefined> {
    const askedMs = this.simulation.scheduler.nowMs;
    const { machine, app } = this.api();
    const init = {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    };
    const event = { requestContext: owner === undefined ? {} : { authorizer: { lambda: { owner } } } };
    const response = await Promise.race([app.request(path, init, { event: event as never }), machine.died]);
    if (response === undefined) return undefined;
    const answer: Answer = {
      method,
      path,
      askedMs,
      answeredMs: this.simulation.scheduler.nowMs,
      status: response.status,
      body: JSON.parse((await response.text()) || 'null'),
    };
    this.simulation.traceEvent(
      owner ?? 'a person',
      `${method} ${path} → ${answer.status} ${answer.body?.id ?? ''} ${answer.body?.status ?? ''}`,
    );
    if (!path.startsWith('/v1/groups')) this.simulation.checker.answered(answer);
    return answer;
  }

  /** New requests go to new machines; the machines of the old code finish their requests. */
  replaceApis(): void {
    this.apis.splice(0);
  }

  private api() {
    const alive = this.apis.filter(({ machine }) => !machine.isDead);
    if (alive.length < 2) {
      const machine = this.simulation.machine('api');
      const api = { machine, app: createApi(this.simulation.portsOn(machine)) };
      this.apis.push(api);
      return api;
    }
    return alive[this.random.int(0, alive.length - 1)] as (typeof alive)[number];
  }
}

/** @returns the body of a submission; its password contains the plan's index, by which a record is traced to its plan */
function submissionOf(job: JobPlan, index: number): object {
  const { concurrencyKey = null, priority = null, unique } = job;
  const { operations, program, isShaped, ignoresSignal, cleanUpRefusals, cleanUpDeaths, delaySeconds, deadlineSeconds, maxAttempts } = job;
  const deadlineMs = Date.UTC(2026, 10, 24, 12) + job.submitAfterMs + (delaySeconds + (deadlineSeconds ?? 0)) * 1000 + 300_000;
  return {
    type: typeFor(job),
    input: {
      operations,
      program,
      ignoresSignal,
      password: `s3cr3t-${index}`,
      padding: 'p'.repeat(job.inputBytes),
      cleanUpRefusals,
      cleanUpDeaths,
      ...(isShaped ? shaped : {}),
    },
    ...(concurrencyKey === null ? {} : { concurrencyKey }),
    ...(priority === null || typeFor(job) !== tidyWork.name ? {} : { priority }),
    ...(unique === undefined ? {} : { uniqueKey: unique.key, onDuplicate: unique.onDuplicate, maxDelaySeconds: unique.maxDelaySeconds }),
    ...(delaySeconds > 0 ? { delaySeconds } : {}),
    ...(deadlineSeconds === null ? {} : { deadline: new Date(deadlineMs).toISOString() }),
    maxAttempts,
  };
}
