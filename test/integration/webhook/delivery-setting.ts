/** The engine with a receiver over TLS: deliveries are worked off one by one, and what arrives is kept. */
import type { Socket } from 'node:net';
import type { WorkerDefinition } from '../../../lambdas/core/contract/context.ts';
import type { JobTypeContract } from '../../../lambdas/core/contract/contract.ts';
import type { Job } from '../../../lambdas/core/job/job.ts';
import { handleWakeUp } from '../../../lambdas/core/run/handle-wake-up.ts';
import { RunningJobs } from '../../../lambdas/core/run/running-jobs.ts';
import { contract } from '../../../lambdas/jobs/deliver-webhook/contract.ts';
import { type DeliveryDeps, deliver } from '../../../lambdas/jobs/deliver-webhook/deliver.ts';
import { postWebhook } from '../../../lambdas/webhook/post-webhook.ts';
import { verifyWebhook } from '../../../lambdas/webhook/verify-webhook.ts';
import { ApiCaller } from '../../support/api-caller.ts';
import { Engine, type TestSubmission, type TestWork } from '../../support/test-engine.ts';
import { answering, networkTo, type Receiver, receiverName, startReceiver } from './receivers.ts';

export const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
export const newSecret = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
export const webhookUrl = `https://${receiverName}/hook?key=hidden`;
export const marker = 'words of the receiver';
export const answer = (status: string, headers = '') =>
  `HTTP/1.1 ${status}\r\n${headers}content-length: ${marker.length}\r\nx-note: ${marker}\r\n\r\n${marker}`;
export const succeed: TestWork = { run: async ({ text }) => ({ echo: text }) };
/** The receivers of the test that runs. */
export const started: Receiver[] = [];

export interface Request {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export class Setting {
  readonly engine: Engine;
  readonly api: ApiCaller;
  readonly requests: string[] = [];
  /** What the receiver answers, one after the other; 204 after the last. */
  answers: string[] = [];
  secrets: readonly string[] = [secret];
  private port = 0;

  private constructor(engine: Engine) {
    this.engine = engine;
    this.api = ApiCaller.of(engine);
  }

  static async open(changes: Partial<JobTypeContract> = {}, allowedHosts: readonly string[] = []): Promise<Setting> {
    const engine = await Engine.open(changes);
    Object.assign(engine.ports, { settings: { ...engine.ports.settings, webhooks: { allowedHosts } } });
    const setting = new Setting(engine);
    const talk = (socket: Socket) => answering(setting.answers.shift() ?? answer('204 No Content'), setting.requests)(socket);
    const receiver = await startReceiver(talk);
    started.push(receiver);
    setting.port = receiver.port;
    return setting;
  }

  async ended(submission: TestSubmission = {}, work = succeed): Promise<Job> {
    const job = await this.engine.accept({ webhookUrl, ...submission });
    await this.engine.wake(job, work);
    return this.engine.read(job);
  }

  /** Delivers a wake-up of a delivery to its worker. */
  async work(id: string, changes: Partial<DeliveryDeps> = {}): Promise<Job> {
    const { ports } = this.engine;
    const deps: DeliveryDeps = {
      ...ports,
      secrets: async () => this.secrets,
      post: (message, options) => postWebhook(message, { ...options, network: networkTo(this.port) }),
      ...changes,
    };
    const definition: WorkerDefinition<typeof contract> = { run: (input, ctx) => deliver(input, ctx, deps) };
    const worker = {
      contract: contract as unknown as JobTypeContract,
      definition: definition as unknown as WorkerDefinition<JobTypeContract>,
    };
    const body = JSON.stringify({ v: 1, id });
    const delivery = { body, receiveCount: 1, remainingMs: () => 60_000, extendVisibility: async () => undefined };
    await handleWakeUp(worker, delivery, { ...ports, runningJobs: new RunningJobs() });
    return this.engine.read({ id });
  }

  /** Lets the time pass that a delivery waits, and delivers its next wake-up. @returns the wait, in milliseconds, and the delivery after it */
  async next(delivery: Job): Promise<{ readonly waitMs: number; readonly delivery: Job }> {
    const waitMs = delivery.notBeforeMs - this.engine.runtime.nowMs();
    this.engine.runtime.skip(waitMs);
    return { waitMs, delivery: await this.work(delivery.id) };
  }

  received(): readonly Request[] {
    return this.requests.map((text) => {
      const [head = '', body = ''] = text.split('\r\n\r\n');
      const lines = head.split('\r\n').slice(1);
      return { headers: Object.fromEntries(lines.map((line) => line.split(': ') as [string, string])), body };
    });
  }

  verified({ headers, body }: Request, secrets: string | readonly string[] = secret) {
    return verifyWebhook({ headers, body }, { secrets, now: new Date(Number(headers['webhook-timestamp']) * 1_000) });
  }
}

export async function closeReceivers(): Promise<void> {
  await Promise.all(started.splice(0).map((receiver) => receiver.close()));
}
