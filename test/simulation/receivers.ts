/** Receivers of webhooks of a simulation, and what must hold of what they receive. */
import type { Job } from '../../lambdas/core/job/job.ts';
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

/** What has arrived of one webhook. */
interface Received {
  readonly id: string;
  readonly body: string;
  tries: number;
  isTaken: boolean;
  isGone: boolean;
  /** No try may come before, unless the worker that had the answer forgot it by a fault. */
  quietUntilMs: number;
  answered: Machine | undefined;
}

export class Receivers {
  /** What each ended job's receiver has, by the job's id. */
  private readonly received = new Map<string, Received>();
  private readonly plan: Pick<Plan, 'receiver'>;
  private readonly checker: Checker;

  constructor(plan: Pick<Plan, 'receiver'>, checker: Checker) {
    this.plan = plan;
    this.checker = checker;
  }

  async post(machine: Machine, { id, body }: WebhookMessage): Promise<WebhookOutcome> {
    try {
      const { outcome, jobId } = await machine.call('post a webhook', () => this.receive(machine, id, Buffer.from(body).toString()));
      this.answered(machine, jobId, outcome);
      return outcome;
    } catch {
      return unreachable;
    }
  }

  private receive(machine: Machine, id: string, body: string): { readonly outcome: WebhookOutcome; readonly jobId: string } {
    const event = JSON.parse(body) as { readonly type: string; readonly data: { readonly id: string } };
    const jobId = event.data.id;
    const job = this.checker.jobOf(jobId);
    if (job === undefined || !isEnded(job.status) || event.type !== `job.${job.status}`)
      this.checker.violated('I21', `${jobId} is ${job?.status}, and its receiver was sent ${event.type}`);
    const known: Received = this.received.get(jobId) ?? {
      id,
      body,
      tries: 0,
      isTaken: false,
      isGone: false,
      quietUntilMs: 0,
      answered: undefined,
    };
    this.received.set(jobId, known);
    if (known.id !== id) this.checker.violated('I21', `the end of ${jobId} has the ids ${known.id} and ${id}`);
    if (known.body !== body) this.checker.violated('I21', `two tries of the webhook of ${jobId} differ`);
    // A request may arrive after its sender gave it up.
    const isKnown = known.answered?.hadFault === false && !machine.hadFault;
    if (isKnown && this.checker.view.nowMs() < known.quietUntilMs)
      this.checker.violated('I21', `the webhook of ${jobId} comes ${known.quietUntilMs - this.checker.view.nowMs()} ms too early`);
    const answer = this.plan.receiver?.[known.tries] ?? 'takes';
    known.tries += 1;
    if (answer.startsWith('takes')) known.isTaken = true;
    if (answer === 'is gone') known.isGone = true;
    return { outcome: outcomes[answer], jobId };
  }

  private answered(machine: Machine, jobId: string, outcome: WebhookOutcome): void {
    const known = this.received.get(jobId);
    if (known === undefined || outcome.kind === 'delivered') return;
    const { skewMs } = this.checker.faults;
    known.answered = machine;
    const waitMs = outcome.kind !== 'failed' ? minWaitMs : outcome.isGone ? Number.POSITIVE_INFINITY : (outcome.retryAfterMs ?? minWaitMs);
    known.quietUntilMs = this.checker.view.nowMs() + waitMs - 2 * skewMs - 1_000;
  }

  /** Each end reaches its receiver, unless that is gone. */
  checkEnd(job: Job, deliveries: readonly Job[]): void {
    const known = this.received.get(job.id);
    const [delivery, ...more] = deliveries;
    if (delivery === undefined || more.length > 0)
      this.checker.violated('I21', `the end of ${job.id} made ${deliveries.length} deliveries`);
    if (delivery?.error?.code === 'worker_crashed' || delivery?.error?.code?.startsWith('payload_') === true) return;
    if (known?.isTaken !== true && known?.isGone !== true)
      this.checker.violated(
        'I21',
        `the end of ${job.id} never reached its receiver: ${JSON.stringify(delivery?.error ?? delivery?.status)}`,
      );
    if (delivery?.status === 'failed' && known?.isGone !== true)
      this.checker.violated('I21', `the delivery of ${job.id} failed with ${JSON.stringify(delivery.error)}`);
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
