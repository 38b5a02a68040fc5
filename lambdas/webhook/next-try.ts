/** When a webhook is tried again. */
import type { WebhookOutcome } from './post-webhook.ts';

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;

/** The wait after each failed try, counted from its end: the example of Standard Webhooks 1.0.0. Ten tries take 75 hours and 35 minutes, without jitter. */
const waitsMs = [5_000, 5 * minuteMs, 30 * minuteMs, 2 * hourMs, 5 * hourMs, 10 * hourMs, 14 * hourMs, 20 * hourMs, 24 * hourMs];
export const maxWebhookTries = waitsMs.length + 1;
/** Jitter adds up to a fifth, and never takes anything away: `Retry-After` stays a lower bound. */
const jitter = 0.2;
/** The receiver or what is before it is overloaded. It gets twice the time. */
const overloaded: ReadonlySet<number> = new Set([429, 502, 503, 504]);

/**
 * The wait before the next try.
 * @param tries   how many were made, the last one with this outcome; from 1
 * @param random  in [0, 1), handed in so that a test can choose it
 * @returns whole milliseconds, at most 28.8 hours, or nothing if there is no next try: it was delivered, gone (410), refused for a reason that
 *   does not pass, or the last
 * @see https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#deliverability-and-reliability
 */
export function nextTryMs(tries: number, outcome: WebhookOutcome, random: number): number | undefined {
  const scheduledMs = waitsMs[tries - 1];
  if (scheduledMs === undefined || outcome.kind === 'delivered') return undefined;
  if (outcome.kind === 'refused' && outcome.code !== 'resolved_not_public') return undefined;
  const waitMs = outcome.kind === 'failed' ? waitAfterAnswerMs(scheduledMs, outcome) : scheduledMs;
  return waitMs === undefined ? undefined : Math.round(waitMs * (1 + jitter * random));
}

function waitAfterAnswerMs(scheduledMs: number, answer: Extract<WebhookOutcome, { kind: 'failed' }>): number | undefined {
  if (answer.isGone) return undefined;
  const slowedMs = overloaded.has(answer.status) ? Math.min(scheduledMs * 2, 24 * hourMs) : scheduledMs;
  return Math.max(slowedMs, answer.retryAfterMs ?? 0);
}
