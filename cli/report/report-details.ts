/** One endpoint with every number, and the questions alone. */
import type { DelegationReport, EndpointReport, RuleResult } from '../../report/delegation-report.ts';
import { answersTemplate } from '../../report/judge/parse-answers.ts';
import { amount, percent } from '../../report/judge/shown-number.ts';
import type { Output } from '../command-io.ts';
import { plain, styled } from '../text-style.ts';
import { wrap } from './report-table.ts';

/** @returns all rules of one endpoint with their numbers, fired or not, and what would change the verdict */
export function endpointText(row: EndpointReport, out: Output): string {
  const fired = (side: RuleResult['side']) => row.rules.filter((rule) => rule.side === side && rule.fired);
  const silent = row.rules.filter((rule) => !rule.fired);
  const line = (rule: RuleResult) =>
    wrap(
      `  ${rule.id.padEnd(4)} ${plain(rule.text)}${neededText(rule)}. ${rule.reason}${rule.counter === '' ? '' : ` May be: ${rule.counter}.`}  [${rule.weight}]`,
      out,
      '       ',
    );
  const section = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : ['', styled(title, 'bold', out), ...lines]);
  return [
    `${styled(plain(row.endpoint), 'bold', out)}  ·  template from ${templateText(row)}  ·  ${amount(row.requests)} requests${row.callers === 0 ? '' : ` by ${amount(row.callers)} callers, known by ${row.callersKnownBy}`}`,
    '',
    `${row.verdict}${row.isContradictory ? ' (contradictory)' : ''}: ${plain(row.gate?.text ?? row.because)}`,
    ...(row.gate === null ? [`points: ${row.score}; delegate needs 4 with T1 or T3, evidence of callers, and nothing strong against`] : []),
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

function neededText({ needs, bound }: RuleResult): string {
  if (needs === null || bound === null) return '';
  return needs < 1 ? ` (bound ${percent(bound)}, needs ${percent(needs)})` : ` (needs ${needs} s)`;
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

/** @returns the unanswered questions, as the beginning of an answers file */
export function questionsText({ endpoints, answers }: DelegationReport): string {
  const open = new Set([...answers.unanswered, ...answers.due]);
  return answersTemplate(
    endpoints
      .filter(({ endpoint, question }) => open.has(endpoint) && question !== '')
      .map(({ endpoint, question, verdict }) => ({ endpoint, question, verdict })),
  );
}
