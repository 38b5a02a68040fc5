/** The people of a simulation to whom a job's code mails links. */
import { createHash } from 'node:crypto';
import type { Job } from '../../lambdas/core/job/job.ts';
import type { Callers } from './callers.ts';
import { isEnded } from './checker.ts';
import { apiUrl, linkPayload } from './links.ts';
import type { LinkUse } from './programs.ts';
import type { Simulation } from './simulation.ts';
import { shapeOf } from './values.ts';

export class LinkUsers {
  /** By job and node: the addresses that were mailed. */
  private readonly mailed = new Map<string, readonly string[]>();
  private readonly simulation: Simulation;
  private readonly callers: Callers;

  constructor(simulation: Simulation, callers: Callers) {
    this.simulation = simulation;
    this.callers = callers;
  }

  /** @returns whether a text holds the secret of a link */
  isSecret(text: string): boolean {
    return [...this.mailed.values()].flat().some((url) => text.includes(tokenOf(url)));
  }

  /** The code mails its links; again, if its worker died before that was remembered. */
  receive(jobId: string, name: string, { urls, uses }: { readonly urls: readonly string[]; readonly uses: readonly LinkUse[] }): void {
    const key = `${jobId} ${name}`;
    const before = this.mailed.get(key);
    if (before !== undefined) {
      if (before.join() !== urls.join()) this.violated(`${key} mailed ${before.join(' and ')}, and then ${urls.join(' and ')}`);
      return;
    }
    this.mailed.set(key, urls);
    for (const use of uses)
      this.callers.inBackground(async () => {
        await this.callers.sleep(use.afterMs);
        for (let n = 0; n < use.people; n++) this.callers.inBackground(() => this.use(jobId, urls[use.index] ?? '', use, name));
      });
  }

  private async use(jobId: string, url: string, { index, looks }: LinkUse, name: string): Promise<void> {
    const path = url.replace(apiUrl, '');
    for (let n = 0; n < looks; n++) {
      const answer = await this.callers.request(undefined, 'GET', path);
      if (answer !== undefined && answer.status !== 200) this.checkRefusal(jobId, url, answer.status);
    }
    while (true) {
      const answer = await this.callers.request(undefined, 'POST', path);
      if (answer?.status === 202) return this.checkSent(jobId, url, shapeOf(linkPayload(name, index)));
      if (answer !== undefined && answer.status !== 503) return this.checkRefusal(jobId, url, answer.status);
      await this.callers.sleep(1_000 + 1_000 * looks);
    }
  }

  /** What was answered with 202 is in the record once, as the link says. */
  private checkSent(jobId: string, url: string, shape: string): void {
    const job = this.jobOf(jobId);
    if (job === undefined) return;
    const place = placeOf(job, url);
    const sent = job.signals?.flatMap(({ link }, i) => (link?.index === place ? [this.simulation.checker.view.signalsOf(jobId)[i]] : []));
    if (sent?.length !== 1 || sent[0] !== shape) this.violated(`${url} was used, and ${jobId} has ${sent?.join()} from it`);
  }

  /** A link is refused once it or its alternative was used, after its time, and after the end of its job. */
  private checkRefusal(jobId: string, url: string, status: number): void {
    const job = this.jobOf(jobId);
    if (status === 503 || job === undefined) return;
    const { removed, plan } = this.simulation;
    const place = placeOf(job, url);
    const link = job.links?.[place];
    const isUsed =
      job.signals?.some((signal) => signal.link !== undefined && job.links?.[signal.link.index]?.group === link?.group) === true;
    const isLate = link !== undefined && this.simulation.scheduler.nowMs >= link.expiresAtMs - plan.faults.skewMs;
    const isOver = isEnded(job.status) || removed !== undefined;
    const isRight = status === 410 ? isUsed || isLate : status === 409 && isOver;
    if (!isRight) this.violated(`${url} was answered with ${status}, and its job is ${job.status}`);
  }

  private jobOf(id: string): Job | undefined {
    return this.simulation.store.rows.get(id)?.job;
  }

  private violated(what: string): void {
    this.simulation.checker.violated('I25', what);
  }
}

const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';

function placeOf({ links = [] }: Job, url: string): number {
  const hash = createHash('sha256').update(tokenOf(url)).digest('hex');
  return links.findIndex(({ tokenHash }) => tokenHash === hash);
}
