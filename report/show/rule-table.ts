/** The rules behind a verdict, so that a reader can add the points up. */
import type { EndpointReport, RuleResult } from '../delegation-report.ts';
import { counted, html, type Markup, tied } from './html-text.ts';
import { signed } from './page-number.ts';
import { type CardColumn, cardTable } from './plot-figure.ts';

const columns: readonly CardColumn<RuleResult>[] = [
  { title: 'Rule', name: 'id', isRowHeader: true, cell: ({ id }) => id },
  { title: 'Side', name: 'side', cell: ({ side }) => side },
  { title: 'Points', name: 'number', cell: ({ side, fired, weight }) => signed(fired ? (side === 'for' ? weight : -weight) : 0) },
  {
    title: 'What was measured',
    name: 'words',
    cell: ({ text, reason }) => [tied(text), reason === '' ? null : html` <small>${reason}</small>`],
  },
  { title: 'What it may be instead', name: 'words', cell: ({ counter }) => counter || '–' },
];

export function ruleTable({ rank, endpoint, rules, gate, score }: EndpointReport): Markup {
  const fired = rules.filter((rule) => rule.fired);
  const quiet = rules.filter((rule) => !rule.fired);
  return html`<section class="rules" aria-labelledby="rules-${rank}">
<h4 id="rules-${rank}">Why this verdict: score ${signed(score)}</h4>
${gate === null ? null : html`<p>Decided before the rules, by <b>${gate.id}</b>: ${gate.text}</p>`}
${fired.length === 0 ? html`<p>No rule fired.</p>` : cardTable(`Rules that fired for ${endpoint}`, columns, sides(fired))}
${
  quiet.length === 0
    ? null
    : html`<details class="numbers"><summary>${counted(quiet.length, 'rule')} that did not fire for ${endpoint}</summary>
${cardTable(`Rules that did not fire for ${endpoint}`, columns, sides(quiet))}</details>`
}
</section>`;
}

function sides(rules: readonly RuleResult[]) {
  return [
    { className: 'above', rows: rules.filter(({ side }) => side === 'for') },
    { className: 'kept', rows: rules.filter(({ side }) => side === 'against') },
  ];
}
