/** What the answers file says of this log: what is missing, what is due, and what the behaviour contradicts. */
import type { AnswersSummary, EndpointReport } from '../delegation-report.ts';
import { duration } from '../shown-number.ts';
import type { AnswerEntry } from './answers-file.ts';
import type { Evidence } from './evidence.ts';
import type { JudgedRule } from './rules.ts';
import { thresholds } from './thresholds.ts';

/** @returns sentences that say what callers do that does not fit the answer */
export function contradictionsOf(
  { answer, neededWithinSeconds }: AnswerEntry,
  { wait, measured }: Evidence,
  rules: readonly JudgedRule[],
): readonly string[] {
  const fired = (id: string) => rules.find((rule) => rule.id === id && rule.fired);
  const found: string[] = [];
  const p95 = wait.p95?.[1];
  if (neededWithinSeconds !== undefined && p95 !== undefined && p95 > neededWithinSeconds * 1_000)
    found.push(`it is needed within ${duration(neededWithinSeconds * 1_000)}, and one in twenty waits ${duration(p95)} or longer`);
  if (answer === 'keep') {
    const [limited, hungUp, later] = [fired('T3'), fired('C1'), fired('C2a')];
    if (limited !== undefined) found.push(`it has to answer at once, and ${limited.text}`);
    if (hungUp?.weight === 2) found.push(`it has to answer at once, and ${hungUp.text}`);
    if (later?.weight === 2) found.push(`it has to answer at once, and ${later.text}`);
  } else {
    const [used, resumes, data] = [fired('K1'), fired('K5'), fired('K3')];
    if (used?.weight === 2) found.push(`it may be delegated, and ${used.text}`);
    if (resumes !== undefined) found.push(`it may be delegated, and ${resumes.text}`);
    if (data !== undefined) found.push(`it may be delegated, and ${data.text}`);
  }
  const sooner = measured.behaviour.slack.quantile(0.05);
  if (
    neededWithinSeconds !== undefined &&
    answer !== 'keep' &&
    sooner !== undefined &&
    measured.behaviour.slack.count >= 20 &&
    sooner > neededWithinSeconds * 10_000
  )
    found.push(
      `it is needed within ${duration(neededWithinSeconds * 1_000)}, and only one in twenty comes back within ${duration(sooner)}`,
    );
  return found;
}

/** @returns whether an answer is to be asked for again: its review is due, or callers contradict it */
export const isReopened = ({ isDue, contradictions }: NonNullable<EndpointReport['answered']>) => isDue || contradictions.length > 0;

const isOpen = ({ answered, verdict, question, gate, freed }: EndpointReport) =>
  answered === null && verdict !== 'keep' && question !== '' && (gate?.id !== 'too little' || freed.peak >= thresholds.worthAsking);

export function summaryOfAnswers(
  endpoints: readonly EndpointReport[],
  answers: { readonly file: string; readonly entries: readonly AnswerEntry[] } | undefined,
): AnswersSummary {
  const names = new Set(endpoints.map(({ endpoint }) => endpoint));
  const answered = endpoints.filter((one) => one.answered !== null);
  return {
    file: answers?.file ?? null,
    answered: answered.length,
    unanswered: endpoints.filter(isOpen).map(({ endpoint }) => endpoint),
    due: answered.filter((one) => one.answered?.isDue === true).map(({ endpoint }) => endpoint),
    contradicted: answered.filter((one) => (one.answered?.contradictions.length ?? 0) > 0).map(({ endpoint }) => endpoint),
    unknown: (answers?.entries ?? []).map(({ endpoint }) => endpoint).filter((endpoint) => !names.has(endpoint)),
  };
}
