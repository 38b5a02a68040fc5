/** Receivers of webhooks of a simulation, and what must hold of what they receive. */
import type { WebhookEvent } from '../../lambdas/core/contract/webhook-events.ts';
import type { Job } from '../../lambdas/core/job/job.ts';
import type { DeliveryInput } from '../../lambdas/jobs/deliver-webhook/contract.ts';
import type { WebhookMessage, WebhookOutcome } from '../../lambdas/webhook/post-webhook.ts';
import type { Checker } from './checker.ts';
import { isEnded } from './checker.ts';
import type { Machine } from './machine.ts';
import type { Plan } from './plan.ts';
import type { Random } from './random.ts';

export const receiverUrl = 'https://receiver.example.com/hook';

export type ReceiverAnswer =
  | 'takes'
  /** It has acted, and its answer is lost. */
  | 'takes silently'
  | 'is down'
  | 'fails'
  | 'is busy'
  /** It wants nothing more. */
  | 'is gone';

/** What the receiver answers to the tries of each webhook, one after the other; it takes the webhook after the last. */
export type ReceiverPlan = readonly ReceiverAnswer[];

/** What a busy receiver asks for. */
const retryAfterMs = 900_000;
/** The shortest wait of Standard Webhooks. */
const minWaitMs = 5_000;

export function drawReceiver(random: Random): ReceiverPlan {
  // More failures would take longer than a simulation.
  const kinds: readonly ReceiverAnswer[] = ['takes silently', 'is down', 'fails', 'is busy', 'is busy'];
  const drawn = Array.from({ length: random.int(0, 3) }, () => kinds[random.int(0, kinds.length - 1)] ?? 'takes');
  return random.chance(0.1) ? [...drawn, 'is gone'] : drawn;
}

/** What has arrived of one event. */
interface Received {
  readonly id: string;
  readonly body: string;
  readonly sequence: number;
  readonly jobId: string;
  tries: number;
  isTaken: boolean;
  isGone: boolean;
  /** No try may come before, unless the worker that had the answer forgot it by a fault. */
  quietUntilMs: number;
  answered: Machine | undefined;
}

interface SentEvent {
  readonly type: string;
  readonly sequence: number;
  readonly data: { readonly id: string; readonly status: string; readonly result: unknown; readonly progress: unknown };
}

type ReceivedPlan = Pick<Plan, 'receiver' | 'webhookEvents'>;

export class Receivers {
  /** What the receiver has of each job's start and end, by the job's id and the event, and of its progress, by the webhook's id as well. */
  private readonly received = new Map<string, Received>();
  private readonly plan: ReceivedPlan;
  private readonly checker: Checker;

  constructor(plan: ReceivedPlan, checker: Checker) {
    this.plan = plan;
    this.checker = checker;
  }

  async post(machine: Machine, { id, body }: WebhookMessage): Promise<WebhookOutcome> {
    try {
      const { outcome, key } = await machine.call('post a webhook', () => this.receive(machine, id, Buffer.from(body).toString()));
      this.answered(machine, key, outcome);
      return outcome;
    } catch {
      return unreachable;
    }
  }

  private receive(machine: Machine, id: string, body: string): { readonly outcome: WebhookOutcome; readonly key: string } {
    const event = JSON.parse(body) as SentEvent;
    const jobId = event.data.id;
    const kind = this.kindOf(event);
    const key = kind === 'progress' ? `${jobId} ${kind} ${id}` : `${jobId} ${kind}`;
    const known: Received = this.received.get(key) ?? {
      id,
      body,
      sequence: event.sequence,
      jobId,
      tries: 0,
      isTaken: false,
      isGone: false,
      quietUntilMs: 0,
      answered: undefined,
    };
    this.received.set(key, known);
    if (known.id !== id) this.checker.violated('I21', `the event ${key} has the ids ${known.id} and ${id}`);
    if (known.body !== body) this.checker.violated('I21', `two tries of the webhook of ${key} differ`);
    // A request may arrive after its sender gave it up.
    const isKnown = known.answered?.hadFault === false && !machine.hadFault;
    if (isKnown && this.checker.view.nowMs() < known.quietUntilMs)
      this.checker.violated('I21', `the webhook of ${key} comes ${known.quietUntilMs - this.checker.view.nowMs()} ms too early`);
    const answer = this.plan.receiver?.[known.tries] ?? 'takes';
    known.tries += 1;
    if (answer.startsWith('takes')) known.isTaken = true;
    if (answer === 'is gone') known.isGone = true;
    return { outcome: outcomes[answer], key };
  }

  /** An event was asked for, is true of the job, and shows it as it was then. */
  private kindOf(event: SentEvent): WebhookEvent {
    const { type, data } = event;
    const job = this.checker.jobOf(data.id);
    const kind = type === 'job.started' ? 'started' : type === 'job.progress' ? 'progress' : 'ended';
    const isTrue = {
      started: job?.startedAtMs !== undefined && data.status === 'running' && data.result === null,
      progress: !isEnded(data.status) && data.progress !== null,
      ended: job !== undefined && isEnded(job.status) && type === `job.${job.status}`,
    }[kind];
    if (!isTrue) this.checker.violated('I21', `${data.id} is ${job?.status}, and its receiver was sent ${type}, ${data.status}`);
    if (!(this.plan.webhookEvents ?? ['ended']).includes(kind)) this.checker.violated('I21', `${type} of ${data.id} was not asked for`);
    if (this.checker.view.isSecret(JSON.stringify(event))) this.checker.violated('S7', `${type} of ${data.id} holds a secret`);
    return kind;
  }

  private answered(machine: Machine, key: string, outcome: WebhookOutcome): void {
    const known = this.received.get(key);
    if (known === undefined || outcome.kind === 'delivered') return;
    const { skewMs } = this.checker.faults;
    known.answered = machine;
    const waitMs = outcome.kind !== 'failed' ? minWaitMs : outcome.isGone ? Number.POSITIVE_INFINITY : (outcome.retryAfterMs ?? minWaitMs);
    known.quietUntilMs = this.checker.view.nowMs() + waitMs - 2 * skewMs - 1_000;
  }

  /** The start and the end of a job reach its receiver once each, where they are asked for, unless that is gone; progress keeps its rate and its place. */
  checkJob(job: Job, deliveries: readonly { readonly delivery: Job; readonly input: DeliveryInput }[]): void {
    const kinds = Map.groupBy(deliveries, ({ input: { event } }) =>
      event === 'job.started' ? 'started' : event === 'job.progress' ? 'progress' : 'ended',
    );
    const of = (kind: WebhookEvent) => (kinds.get(kind) ?? []).map(({ delivery }) => delivery);
    const asked = this.plan.webhookEvents ?? ['ended'];
    if (asked.includes('ended')) this.checkReached(job, 'ended', of('ended'));
    if (asked.includes('started') && job.startedAtMs !== undefined) this.checkReached(job, 'started', of('started'));
    else if (of('started').length > 0)
      this.checker.violated('I21', `${job.id} has a delivery of a start that was not asked for, or that was not`);
    this.checkProgress(job, of('progress'));
    this.checkSequences(job);
  }

  private checkReached(job: Job, kind: 'started' | 'ended', [delivery, ...more]: readonly Job[]): void {
    const known = this.received.get(`${job.id} ${kind}`);
    const found = (delivery === undefined ? 0 : 1) + more.length;
    if (found !== 1) this.checker.violated('I21', `${job.id} has ${found} deliveries that say it ${kind}`);
    if (delivery?.error?.code === 'worker_crashed' || delivery?.error?.code?.startsWith('payload_') === true) return;
    if (known?.isTaken !== true && known?.isGone !== true)
      this.checker.violated(
        'I21',
        `that ${job.id} ${kind} never reached its receiver: ${JSON.stringify(delivery?.error ?? delivery?.status)}`,
      );
    if (delivery?.status === 'failed' && known?.isGone !== true)
      this.checker.violated('I21', `the delivery that ${job.id} ${kind} failed with ${JSON.stringify(delivery.error)}`);
  }

  private checkProgress(job: Job, deliveries: readonly Job[]): void {
    // By the clock of whoever submitted it.
    const minutes = deliveries.map(({ createdAtMs }) => Math.floor(createdAtMs / 60_000));
    if (new Set(minutes).size < minutes.length)
      this.checker.violated('I21', `${job.id} has ${minutes.length} deliveries of progress in the minutes ${minutes.join()}`);
    for (const { status, error } of deliveries)
      if (status === 'failed' && error?.code.startsWith('webhook_') === true)
        this.checker.violated('I21', `a delivery of the progress of ${job.id} failed with ${error.code}`);
  }

  /** A receiver that goes by the largest number has the end last, and the start first. */
  private checkSequences({ id }: Job): void {
    const numbers = [...this.received].filter(([, { jobId }]) => jobId === id);
    const [start, end] = ['started', 'ended'].map((kind) => this.received.get(`${id} ${kind}`)?.sequence);
    for (const [key, { sequence }] of numbers)
      if (
        (!key.endsWith(' ended') && sequence >= (end ?? Number.POSITIVE_INFINITY)) ||
        (!key.endsWith(' started') && sequence <= (start ?? 0))
      )
        this.checker.violated('I21', `${key} has the number ${sequence}, the start ${start}, and the end ${end}`);
  }
}

const unreachable: WebhookOutcome = { kind: 'unreachable', code: 'connection_closed', detail: 'ECONNRESET' };
const failed = (status: number): WebhookOutcome => ({ kind: 'failed', status, isGone: status === 410, retryAfterMs: undefined });

const outcomes: Readonly<Record<ReceiverAnswer, WebhookOutcome>> = {
  takes: { kind: 'delivered', status: 204 },
  'takes silently': unreachable,
  'is down': { kind: 'unreachable', code: 'connect_failed', detail: 'ECONNREFUSED' },
  fails: failed(500),
  'is busy': { kind: 'failed', status: 429, isGone: false, retryAfterMs },
  'is gone': failed(410),
};
