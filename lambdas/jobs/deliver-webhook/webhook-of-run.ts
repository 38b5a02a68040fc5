/** Follows the runs of jobs whose webhook is sent more than their end. */
import type { Log } from '../../core/contract/log.ts';
import { jobFields } from '../../core/control/metrics.ts';
import type { Job } from '../../core/job/job.ts';
import type { FollowRun, RunFollower } from '../../core/job/ports.ts';
import { isTerminal } from '../../core/job/states.ts';
import { sendsWebhook } from '../../core/submit/webhook-delivery.ts';
import type { submitDelivery } from './announce-end.ts';
import type { LoadDeliveries } from './webhook-of-end.ts';

/** Progress is sent at most once in this time. */
const minuteMs = 60_000;

type FollowDeps = Parameters<typeof submitDelivery>[2] & { readonly log: Log };

/**
 * A start is delivered with the first claim. A claim after a lost worker looks whether it was, and so does the announcement of the end, so nothing is
 * written for it. Progress is delivered when a write has shown it, and the last before the end may be left out.
 */
export function webhookOfRun(deps: FollowDeps, load: LoadDeliveries): FollowRun {
  return (job, origin) => {
    if (job.webhookEvents === undefined) return undefined;
    const submitting: Promise<void>[] = [];
    const submitLater = (submit: () => Promise<void>) => submitting.push(submit().catch((error: unknown) => logFailure(job, error, deps)));
    if (sendsWebhook(job, 'started') && origin === 'first') submitLater(async () => (await load()).submitDelivery(job, 'started', deps));
    if (sendsWebhook(job, 'started') && origin === 'takeover') submitLater(async () => (await load()).makeUpForStart(job, deps));
    return { written: submitProgress(job, submitLater, { deps, load }), settled: async () => void (await Promise.all(submitting)) };
  };
}

function submitProgress(
  job: Job,
  submitLater: (submit: () => Promise<void>) => void,
  { deps, load }: { readonly deps: FollowDeps; readonly load: LoadDeliveries },
): RunFollower['written'] {
  let sentAtMs: number | undefined;
  let sent = JSON.stringify(job.progress);
  return (written) => {
    const shown = JSON.stringify(written.progress);
    if (!sendsWebhook(job, 'progress') || isTerminal(written.status) || shown === undefined || shown === sent) return;
    const nowMs = deps.runtime.nowMs();
    if (sentAtMs !== undefined && Math.abs(nowMs - sentAtMs) < minuteMs) return;
    [sentAtMs, sent] = [nowMs, shown];
    submitLater(async () => (await load()).submitDelivery(written, `progress ${Math.floor(nowMs / minuteMs)}`, deps));
  };
}

function logFailure(job: Job, error: unknown, { log }: FollowDeps): void {
  log.warn('The delivery of a start or of progress could not be submitted.', { ...jobFields(job), error: String(error) });
}
