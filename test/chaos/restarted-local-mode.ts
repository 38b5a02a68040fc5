/** The local mode in a process of its own, over the backends' proxies: killed, and started until it runs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalProcess } from '../support/local-process.ts';
import type { Service } from './error-responses.ts';

/** Lease and grace are short, so that what takes minutes in production takes seconds here. */
const times = { DELEGATION_LEASE_SECONDS: '6', DELEGATION_GRACE_SECONDS: '3', DELEGATION_CLOCK_SECONDS: '1' };

export class Delegation {
  kills = 0;
  /** Starts that failed since a backend did not answer. */
  failedStarts = 0;
  readonly process = new LocalProcess(process.cwd());
  private readonly endpoints: Readonly<Record<Service, string>>;
  private isStopped = false;
  private restarting: Promise<void> | undefined;

  constructor(endpoints: Readonly<Record<Service, string>>) {
    this.endpoints = endpoints;
  }

  get url(): string {
    return this.process.url;
  }

  /** Resolves when it runs. */
  start(): Promise<void> {
    this.restarting ??= this.startUntilItRuns().finally(() => {
      this.restarting = undefined;
    });
    return this.restarting;
  }

  async killAndRestart(): Promise<void> {
    this.kills += 1;
    await this.process.end('SIGKILL');
    await this.start();
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    await this.process.remove();
  }

  private async startUntilItRuns(): Promise<void> {
    const DELEGATION_ENDPOINTS = JSON.stringify(this.endpoints);
    while (!this.isStopped) {
      try {
        return await this.process.start({ ...times, DELEGATION_ENDPOINTS });
      } catch {
        this.failedStarts += 1;
        await sleep(300);
      }
    }
  }
}
