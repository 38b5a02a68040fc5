/** One endpoint with every number, and the questions alone. */
import type { DelegationReport, EndpointReport, RuleResult } from '../../report/delegation-report.ts';
import { answersTemplate } from '../../report/judge/parse-answers.ts';
import { amount, percent } from '../../report/shown-number.ts';
import type { Output } from '../command-io.ts';
import { plain, styled } from '../text-style.ts';
import { wrap } from './report-table.ts';

/** @returns all rules of one endpoint with their numbers, fired or not, and what would change the verdict */
export function endpointText(row: EndpointReport, out: Output): string {
  const fired = (side: RuleResult['side']) => row.rules.filter((rule) => rule.side === side && rule.fired);
  const silent = row.rules.filter((rule) => !rule.fired);
  const line = (rule: RuleResult) => {
    const why = rule.fired ? ` ${rule.reason}${rule.counter === '' ? '' : ` It may be instead: ${rule.counter}.`}  [${rule.weight}]` : '';
    return wrap(`  ${rule.id.padEnd(4)} ${plain(rule.text)}${neededText(rule)}.${why}`, out, '       ');
  };
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', styled(title, 'bold', out), ...lines]);
  return [
    `${styled(plain(row.endpoint), 'bold', out)}  ·  template from ${templateText(row)}  ·  ${amount(row.requests)} requests${row.callers === 0 ? '' : ` by ${amount(row.callers)} callers, known by ${row.callersKnownBy}`}`,
    '',
    `${row.verdict}${row.answered === null ? '' : ' (answered)'}${row.isContradictory ? ' (contradictory)' : ''}: ${plain(row.gate?.text ?? row.because)}`,
    ...(row.gate === null ? [`points: ${row.score}${row.withheld === '' ? '' : `; not delegate, since ${row.withheld}`}`] : []),
    ...section('for', fired('for').map(line)),
    ...section('against', fired('against').map(line)),
    ...section('did not fire', silent.map(line)),
    ...section('would change it', [wrap(`  ${plain(row.wouldChange)}`, out, '  ')]),
    ...section('question', row.question === '' ? [] : [wrap(`  ${plain(row.question)}`, out, '  ')]),
    ...section('proposal', row.proposal === null ? [] : [wrap(`  ${plain(row.proposal.text)}`, out, '  ')]),
    ...section('cost', row.cost === null ? [] : [wrap(`  ${row.cost.text}`, out, '  ')]),
    ...section('answer', row.answered === null ? [] : answerLines(row.answered, out)),
    '',
  ].join('\n');
}

const templateTexts = {
  log: 'the log',
  routes: 'the given routes',
  inferred: 'the paths (inferred)',
  function: 'the name of the function',
} as const;
const templateText = ({ templateFrom }: EndpointReport) => templateTexts[templateFrom];

function neededText({ needs, bound, fired }: RuleResult): string {
  if (needs === null || bound === null || fired) return '';
  return needs < 1 ? ` (the bound is ${percent(bound)}, and ${percent(needs)} decides)` : ` (${needs} s decides)`;
}

function answerLines({ entry, isDue, contradictions }: NonNullable<EndpointReport['answered']>, out: Output): readonly string[] {
  return [
    wrap(
      `  ${entry.answer}: ${plain(entry.because)}${entry.by === undefined ? '' : ` (${plain(entry.by)}${entry.on === undefined ? '' : `, ${entry.on}`})`}${isDue ? ' The review is due.' : ''}`,
      out,
      '  ',
    ),
    ...contradictions.map((text) => wrap(`  contradicted: ${plain(text)}`, out, '  ')),
  ];
}

/** @returns the open questions, as entries to add to an answers file */
export function questionsText({ endpoints, answers }: DelegationReport): string {
  const open = new Set([...answers.unanswered, ...answers.due, ...answers.contradicted]);
  const rows = endpoints.filter(({ endpoint, question }) => open.has(endpoint) && question !== '');
  return answersTemplate(
    rows.map(({ endpoint, question, verdict, answered }) => ({ endpoint, question, verdict, isAnswered: answered !== null })),
  );
}
