/** How the logs were read: what was grouped, left out and not understood, what is assumed, and what cannot be concluded. */
import type { DelegationReport, InputFacts } from '../delegation-report.ts';
import { counted, html, type Markup } from './html-text.ts';
import { count, duration, moment, percent } from './page-number.ts';
import { dataTable } from './plot-figure.ts';

const timings = {
  held: 'How long the application was occupied is logged.',
  waited: 'Only how long callers waited is logged; it counts as the time held, which is too much where networks are slow.',
  none: 'No durations are logged, so nothing can be judged.',
} as const;

export function reportMethod(report: DelegationReport): Markup {
  const { input, inferredRoutes, assumptions, cannotKnow } = report;
  return html`<section id="method" aria-labelledby="method-title">
<h2 id="method-title">How this was read</h2>
<h3>What was read</h3>
${files(input)}
${list(input.notes)}
<h3>How paths were grouped</h3>
${
  inferredRoutes.length === 0
    ? html`<p>No path had to be grouped by guessing.</p>`
    : dataTable({
        caption: 'Templates that this report inferred, with forms of their paths',
        columns: ['Template', 'Forms of paths'],
        rows: inferredRoutes.map(({ method, path, shapes }) => [`${method} ${path}`, codes(shapes)]),
      })
}
<h3>What was left out</h3>
${leftOut(input)}
<h3>What was not understood</h3>
${notUnderstood(input)}
${answersFile(report)}${assumptions.length === 0 ? null : html`<h3>What is assumed</h3>`}
${list(assumptions)}
</section>
<section id="cannot-know" aria-labelledby="cannot-know-title">
<h2 id="cannot-know-title">What these logs cannot say</h2>
${list(cannotKnow)}
</section>
`;
}

/** Lists texts; nothing where there are none. */
export function list(texts: readonly string[]): Markup {
  return texts.length === 0 ? html`` : html`<ul>${texts.map((text) => html`<li>${text}</li>`)}</ul>`;
}

function codes(texts: readonly string[]): readonly Markup[] {
  return texts.map((text) => html`<code>${text}</code> `);
}

function files({ formats, callersKnownBy, timing, observedSeconds, followedCallers }: InputFacts): Markup {
  const known = callersKnownBy === 'none' ? 'Callers cannot be distinguished.' : `Most callers are known by ${callersKnownBy}.`;
  const followed = followedCallers < 1 ? ` The behaviour of ${percent(followedCallers)} of them was followed.` : '';
  return html`<p>${observedSeconds > 0 ? `The logs cover ${duration(observedSeconds * 1000)}. ` : ''}${timings[timing]} ${known}${followed}</p>
${
  formats.length === 0
    ? null
    : dataTable({
        caption: 'Formats that were recognised',
        columns: ['Format', 'Files', 'Requests', 'Lines not understood'],
        rows: formats.map(({ title, files: amount, requests, unparsed }) => [title, count(amount), count(requests), count(unparsed)]),
      })
}`;
}

function leftOut({ leftOut: kinds, gaps }: InputFacts): Markup {
  return html`${
    kinds.length === 0
      ? html`<p>No request was left out.</p>`
      : dataTable({
          caption: 'Requests that are not work of endpoints',
          columns: ['What', 'Requests'],
          rows: kinds.map(({ what, requests }) => [what, count(requests)]),
        })
  }
${gaps.length === 0 ? null : html`<p>${counted(gaps.length, 'gap')} without any request, taken for missing files:</p>${list(gaps.map(({ from, to }) => `${moment(from)} to ${moment(to)}`))}`}`;
}

function notUnderstood({ unparsedLines, unparsedShare, unparsedForms, skippedFiles }: InputFacts): Markup {
  return html`<p>${unparsedLines === 0 ? 'Every line was understood.' : `${counted(unparsedLines, 'line', 'lines', count(unparsedLines))} (${percent(unparsedShare)}) ${unparsedLines === 1 ? 'was' : 'were'} not understood.`}</p>
${unparsedForms.length === 0 ? null : html`<p>The form of some, letters as <code>a</code>, digits as <code>9</code>:</p><ul>${unparsedForms.map((form) => html`<li><code>${form}</code></li>`)}</ul>`}
${skippedFiles.length === 0 ? null : html`<p>${counted(skippedFiles.length, 'file')} not read:</p><ul>${skippedFiles.map(({ file, reason }) => html`<li><code>${file}</code>: ${reason}</li>`)}</ul>`}`;
}

function answersFile({ answers: { file, answered, unanswered, due, contradicted, unknown } }: DelegationReport): Markup {
  const groups = [
    ['Without an answer', unanswered],
    ['To be asked again', due],
    ['Contradicted by what callers do', contradicted],
    ['In the file, and not in these logs', unknown],
  ] as const;
  const intro = file === null ? 'No file of answers was given.' : `${counted(answered, 'answer')} in ${file}.`;
  return html`<h3>What was answered</h3>
<p>${intro}</p>
${list(groups.filter(([, endpoints]) => endpoints.length > 0).map(([name, endpoints]) => `${name}: ${endpoints.join(', ')}`))}
`;
}
