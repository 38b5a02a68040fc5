/** The gates: what decides before the rules do. */
import type { Verdict } from '../delegation-report.ts';
import { duration, percent } from '../shown-number.ts';
import type { AnswerEntry } from './answers-file.ts';
import { type Evidence, timeOf } from './evidence.ts';
import { thresholds as limit } from './thresholds.ts';

export interface JudgeOptions {
  readonly timing: 'held' | 'waited' | 'none';
  /** Requests were sampled, so that what follows them may be missing; `tail`: slow and failed ones are more frequent than in life. */
  readonly sampling?: 'request' | 'tail' | undefined;
  readonly answer?: AnswerEntry | undefined;
}

interface Gate {
  readonly id: string;
  readonly text: string;
  readonly verdict: Verdict;
  readonly advice?: readonly string[];
}

/** @returns the first gate that matches, which decides; undefined where the rules do */
export function gateOf(evidence: Evidence, { timing, sampling, answer }: JudgeOptions): Gate | undefined {
  const { measured, requests, held, wait, freed, isSafe } = evidence;
  const { tally } = measured;
  if (answer !== undefined) return answered(answer);
  if (tally.template.source === 'function')
    return {
      id: 'function',
      verdict: 'cannot tell',
      text: "a function's own log does not say whether somebody waited: add the gateway's log",
    };
  if (timing === 'none' || tally.timed < tally.requests / 2)
    return { id: 'no timing', verdict: 'cannot tell', text: 'the log has no durations of it' };
  if (sampling === 'tail')
    return { id: 'sampled', verdict: 'cannot tell', text: 'slow and failed requests were kept, the others dropped: shares say nothing' };
  if (tally.streams >= tally.requests / 2) return { id: 'stream', verdict: 'keep', text: 'it is open on purpose: a stream or a WebSocket' };
  const isFast = (wait.p50?.[2] ?? 0) < limit.noticeableWaitMs;
  if (isFast && tally.outcomes.ok > 0 && tally.accepted >= limit.alreadyAccepted * tally.outcomes.ok)
    return {
      id: 'asynchronous',
      verdict: 'keep',
      advice: ['already delegated'],
      text: `${percent(tally.accepted / tally.outcomes.ok)} of its answers are 202 already`,
    };
  const p95 = held.p95?.[2];
  if (p95 !== undefined && p95 < limit.shortHeldMs && freed.mean < limit.worthFreed) {
    const isSlowLine = (wait.p50?.[1] ?? 0) >= 10 * Math.max(1, held.p50?.[1] ?? 0) && (wait.p50?.[1] ?? 0) >= limit.noticeableWaitMs;
    return {
      id: 'nothing to free',
      verdict: 'keep',
      text: isSlowLine
        ? `slow networks or large uploads, not slow work: the application is done after ${duration(held.p50?.[1] ?? 0)}`
        : `it is done in ${duration(p95)} nearly always`,
    };
  }
  if (p95 !== undefined && p95 < limit.noticeableWaitMs && freed.mean >= limit.worthFreed)
    return {
      id: 'short and frequent',
      verdict: 'keep',
      advice: ['gather'],
      text: 'short and very frequent: one job for many, at the caller, and not one job each',
    };
  if (isSafe) return readGate(evidence);
  return (
    tooLittle(evidence, sampling) ??
    (requests > 0 ? undefined : { id: 'too little', verdict: 'cannot tell', text: 'there are no requests' })
  );
}

function answered({ answer, because }: AnswerEntry): Gate {
  const verdicts = { keep: 'keep', delegate: 'delegate', hybrid: 'probably' } as const;
  return {
    id: 'answered',
    verdict: verdicts[answer],
    advice: answer === 'keep' ? [] : [answer === 'hybrid' ? 'hybrid' : 'job'],
    text: `answered: ${answer}. ${because}`,
  };
}

/** A slow read is cached, precomputed or narrowed; it becomes a job only when each one is unique and long (RFC 9110, 9.2.1: it is safe to repeat). */
function readGate(evidence: Evidence): Gate {
  const { measured, wait, limited } = evidence;
  const { distinctReads } = measured.behaviour;
  if (distinctReads !== undefined && distinctReads < 0.5)
    return {
      id: 'read',
      verdict: 'keep',
      advice: ['cache or precompute'],
      text: `a read, and ${percent(1 - distinctReads)} are repeats of the same request`,
    };
  const isLong = (timeOf(evidence).p50?.[0] ?? 0) >= limit.longWaitMs || limited[0] >= limit.limited;
  if (distinctReads !== undefined && isLong && evidence.requests >= limit.requests)
    return {
      id: 'read',
      verdict: 'probably',
      advice: ['query job'],
      text: `a read, nearly always another one, that takes ${duration(wait.p50?.[1] ?? 0)}`,
    };
  return { id: 'read', verdict: 'keep', advice: ['make faster'], text: 'a read: its answer is what was asked for' };
}

function tooLittle(
  { requests, observedHours, behaviour, callers, blocks, callersKnownBy, isByPrograms }: Evidence,
  sampling: JudgeOptions['sampling'],
): Gate | undefined {
  const gate = (text: string): Gate => ({ id: 'too little', verdict: 'cannot tell', text });
  if (requests < limit.requests) return gate(`${requests} requests are too few: ${limit.requests} are needed`);
  if (observedHours < limit.hours) return gate(`${Math.floor(observedHours)} hours are too few: ${limit.hours} are needed`);
  if (sampling === 'request') return gate('requests were sampled: what callers did next may be missing. Sample callers instead');
  if (behaviour !== undefined) return undefined;
  if (callersKnownBy === 'none' || callersKnownBy === 'address')
    return gate('the log does not distinguish callers: log the user, or the user agent');
  return gate(
    isByPrograms
      ? `programs called it in ${blocks} stretches of six hours: ${limit.blocks} are needed`
      : `${callers} callers are too few: ${limit.callers} are needed`,
  );
}
