/** What a reader sees first: whether there is anything, where to begin, and what it would free. */
import type { DelegationReport, EndpointReport } from '../delegation-report.ts';
import { amount, duration, percent } from '../shown-number.ts';
import { isReopened } from './answers-summary.ts';

/**
 * Chooses the endpoint to discuss first: one that need not answer at once, then one that probably need not, then what these logs cannot say. What its
 * owners answered is settled, unless a review is due or callers contradict it.
 * @returns undefined where there is nothing to discuss
 */
export function firstToDiscuss({ endpoints }: DelegationReport): EndpointReport | undefined {
  const open = endpoints.filter(
    (row) => row.question !== '' && (row.answered === null ? row.verdict !== 'keep' : isReopened(row.answered)),
  );
  const ofVerdict = (wanted: EndpointReport['verdict']) => open.find(({ verdict }) => verdict === wanted);
  return (
    ofVerdict('delegate') ?? ofVerdict('probably') ?? open.find(({ freed, gate }) => freed.peak > 0 && gate?.id !== 'too little') ?? open[0]
  );
}

/** @returns one to three sentences */
export function firstSentence(report: DelegationReport): string {
  const { endpoints, service, input } = report;
  if (input.requests === 0) return 'These logs hold no requests.';
  if (endpoints.length === 0) return 'These logs hold requests, and none of them is work of an endpoint.';
  const count = (verdict: EndpointReport['verdict']) => endpoints.filter((one) => one.verdict === verdict).length;
  const [certain, likely, open] = [count('delegate'), count('probably'), count('cannot tell')];
  const named = (verdict: EndpointReport['verdict']) =>
    count(verdict) === 1 ? `: ${endpoints.find((one) => one.verdict === verdict)?.endpoint}` : '';
  const sentences = [];
  if (certain > 0) sentences.push(`${endpointsHave(certain, '')} to answer at once${named('delegate')}.`);
  if (likely > 0) sentences.push(`${endpointsHave(likely, 'probably ')} to${certain > 0 ? '' : ' answer at once'}${named('probably')}.`);
  const share = percent(service.delegableShareOfBusyMinutes);
  if (certain + likely > 0)
    sentences.push(
      `Delegating ${certain + likely === 1 ? 'it' : 'them'} would free ${share} of what is in progress in the busiest minutes.`,
    );
  else sentences.push('Nothing here shows that an endpoint does not have to answer at once.');
  if (open > 0)
    sentences.push(`For ${amount(open)} ${certain + likely > 0 ? plural(open, 'other') : plural(open, 'endpoint')} the logs cannot tell.`);
  return sentences.join(' ');
}

const words = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];
const plural = (count: number, word: string) => (count === 1 ? word : `${word}s`);
const endpointsHave = (count: number, adverb: string) =>
  `${words[count] ?? amount(count)} ${plural(count, 'endpoint')} ${adverb}${count === 1 ? 'does' : 'do'} not have`;

/** @returns the busiest minutes before and after, in words; undefined without a capacity */
export function beforeAndAfter({ service: { replay } }: DelegationReport): string | undefined {
  if (replay === null) return undefined;
  const { capacity, before, after } = replay;
  return `With room for ${amount(capacity)}: ${percent(before.busy)} busy in the busiest minutes, others wait ${duration(before.waitMs)}; delegated, ${percent(after.busy)} busy, ${duration(after.waitMs)}.`;
}
