/** The question to ask the people who own the requirement: filled from the strongest evidence on both sides. */

import { limitsOf } from '../measure/endpoint-tally.ts';
import { amount, duration, percent } from '../shown-number.ts';
import type { Evidence } from './evidence.ts';
import type { JudgedRule } from './rules.ts';
import type { Judgement } from './verdict.ts';

/** @returns the fired rules of a side, the strongest first, in the order of the table */
export const strongest = (judged: readonly JudgedRule[], side: 'for' | 'against') =>
  judged.filter((rule) => rule.side === side && rule.fired).toSorted((a, b) => b.weight - a.weight);

/** @returns one or two sentences of facts and a question in words */
export function questionOf(evidence: Evidence, judged: readonly JudgedRule[], judgement: Judgement): string {
  const question = asked(evidence, judged, judgement);
  return question === '' ? '' : [...factsOf(evidence, judged), question].join(' ');
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

function factsOf({ wait, limited, requests, measured: { behaviour, tally } }: Evidence, judged: readonly JudgedRule[]): readonly string[] {
  const fired = new Map(judged.filter((rule) => rule.fired).map((rule) => [rule.id, rule]));
  const facts = [];
  if (wait.p50 !== null) facts.push(`It takes ${duration(wait.p50[1])}.`);
  if (fired.has('T3')) {
    const [most] = limitsOf(tally);
    facts.push(
      `${amount(Math.round(limited[1] * requests))} requests got no answer at all: they ended at ${most?.limit.name ?? 'a limit'}.`,
    );
  }
  if (fired.has('C1')) facts.push(`${percent(fired.get('C1')?.estimate ?? 0)} hang up before the answer.`);
  if (fired.has('C3') && (fired.get('C3')?.weight ?? 0) === 2) facts.push('Its callers are senders of webhooks.');
  if (fired.has('C5')) facts.push(`${percent(fired.get('C5')?.estimate ?? 0)} come in long runs, one after the other.`);
  if (fired.has('C2a'))
    facts.push(
      `${percent(fired.get('C2a')?.estimate ?? 0)} come back for the result later, half of them after ${duration(behaviour.slack.quantile(0.5) ?? 0)}, one in twenty within ${duration(behaviour.slack.quantile(0.05) ?? 0)}.`,
    );
  const [against] = strongest(judged, 'against');
  if (against !== undefined) facts.push(facts.length === 0 ? `${capital(against.text)}.` : `But ${against.text}.`);
  return facts;
}

function asked(evidence: Evidence, judged: readonly JudgedRule[], { verdict, gate, advice }: Judgement): string {
  const ready = duration(evidence.held.p50?.[1] ?? evidence.wait.p50?.[1] ?? 0);
  if (gate?.id === 'read' && advice.includes('query job'))
    return `If the answer were "accepted, ready in about ${ready}", could the reader fetch it then?`;
  if (gate?.id === 'read')
    return advice.includes('cache or precompute')
      ? 'How old may the answer be?'
      : 'Which part of the answer is read, and could the rest come later?';
  if (gate?.id === 'short and frequent') return 'Could the caller send many at once?';
  if (gate?.id === 'asynchronous') return 'How soon is the result needed? (delegation report --jobs looks at it.)';
  if (gate?.id === 'no timing' || gate?.id === 'function') return 'Who waits for it, and for how long?';
  if (gate?.id === 'nothing to free' || gate?.id === 'stream') return '';
  const against = strongest(judged, 'against').map(({ id }) => id);
  if (verdict === 'delegate' || verdict === 'probably')
    return `If the answer were "accepted, ready in about ${ready}", who could not go on?`;
  if (against.includes('K1')) return 'Could the page that reads it at once say "being prepared"?';
  if (against.includes('K5')) return 'What does the caller do next, and could it begin before this is done?';
  if (against.includes('K3')) return 'Who reads the content, and must it be complete at once?';
  if (against.includes('K4')) return 'Can a request be checked, and rejected, before the slow part begins?';
  return `What does the caller do with the answer, and what would it do with "accepted, ready in about ${ready}"?`;
}
