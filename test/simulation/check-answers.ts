/** What callers were answered: later answers never contradict earlier ones, and each reason was true at some moment of its request. */
import { type Answer, type Checker, isEnded } from './checker.ts';
import { type JobReason, trueReasons } from './reasons.ts';

/** @param onlyId checks the answers about this job alone */
export function checkAnswers(checker: Checker, onlyId?: string): void {
  const byJob = new Map<string, Answer[]>();
  for (const answer of checker.answers) {
    if (answer.status >= 300 || typeof answer.body?.id !== 'string') continue;
    if (onlyId !== undefined && answer.body.id !== onlyId) continue;
    byJob.set(answer.body.id, [...(byJob.get(answer.body.id) ?? []), answer]);
  }
  for (const [id, answers] of byJob) {
    for (const earlier of answers) {
      for (const later of answers) {
        if (later.askedMs <= earlier.answeredMs) continue;
        const [a, b] = [earlier.body, later.body];
        if (isEnded(a.status) && b.status !== a.status) checker.violated('I6', `${id} was ${a.status} and is ${b.status} later`);
        if (isEnded(a.status) && a.cost.recordWrites !== b.cost.recordWrites)
          checker.violated('I6', `${id} had ended after ${a.cost.recordWrites} writes, and shows ${b.cost.recordWrites} later`);
        if (b.attempt < a.attempt) checker.violated('I6', `${id} goes from attempt ${a.attempt} to ${b.attempt}`);
        const isSummarised = b.timeline.some(({ event }: { event: string }) => event === 'summarised');
        if (!isSummarised && JSON.stringify(b.timeline.slice(0, a.timeline.length)) !== JSON.stringify(a.timeline)) {
          checker.violated('I6', `the timeline of ${id} is rewritten: ${JSON.stringify(a.timeline)} and ${JSON.stringify(b.timeline)}`);
        }
      }
    }
    for (const answer of answers) checkAnswer(id, answer, checker);
  }
}

function checkAnswer(id: string, answer: Answer, checker: Checker): void {
  const { body } = answer;
  checkReason(id, answer, checker);
  if (isEnded(body.status) !== (body.expiresAt !== null))
    checker.violated('I12', `${id} is ${body.status} and expires at ${body.expiresAt}`);
  if ((body.status === 'failed') !== (body.error !== null))
    checker.violated('I6', `${id} is ${body.status} with the error ${JSON.stringify(body.error)}`);
  const times = body.timeline.map(({ at }: { at: string }) => at);
  if (times.some((at: string, i: number) => i > 0 && at < times[i - 1]))
    checker.violated('I6', `the timeline of ${id} goes back in time: ${times.join(', ')}`);
}

/** The reason must be true of the job as it was at some moment between request and answer. */
function checkReason(id: string, { body, askedMs, answeredMs }: Answer, checker: Checker): void {
  const { skewMs } = checker.faults;
  const paused = checker.typeStates.during(body.type, 'paused', askedMs, answeredMs);
  const context = { fromMs: askedMs - skewMs, toMs: answeredMs + skewMs, mayBePaused: paused.may, mayBeActive: paused.mayNot };
  const versions = checker.versions.get(id) ?? [];
  const isTrue = versions.some((version, i) => {
    const wasSeen = version.fromMs <= answeredMs && (versions[i + 1]?.fromMs ?? Number.POSITIVE_INFINITY) >= askedMs;
    return wasSeen && version.job.status === body.status && trueReasons(version, context).some((reason) => isSame(reason, body.reason));
  });
  if (!isTrue) checker.violated('I10', `${id} is ${body.status} with the reason ${JSON.stringify(body.reason)}`);
}

function isSame(reason: JobReason | null, shown: JobReason | null): boolean {
  return reason === null || shown === null ? reason === shown : reason.code === shown.code && reason.until === shown.until;
}
