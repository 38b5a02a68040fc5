/** The table of endpoints: at most ten rows at first sight, those to keep below a line, all others behind a summary. */
import type { DelegationReport, EndpointReport } from '../delegation-report.ts';
import { counted, html, type Markup, tied } from './html-text.ts';
import { decimal, duration, orDash, percent, shortCount } from './page-number.ts';
import { type CardColumn, cardTable } from './plot-figure.ts';
import { verdictMark } from './verdict-mark.ts';

const firstRows = 10;

const columns: readonly CardColumn<EndpointReport>[] = [
  { title: '#', name: 'place', cell: ({ rank }) => rank },
  { title: 'Verdict', name: 'says', cell: (endpoint) => [verdictMark(endpoint), advice(endpoint)] },
  {
    title: 'Endpoint',
    name: 'path',
    isRowHeader: true,
    cell: ({ rank, endpoint }) => html`<a href="#endpoint-${rank}">${endpoint}</a>`,
  },
  { title: 'Frees', name: 'number', cell: ({ freed }) => decimal(freed.peak) },
  { title: 'Of peak', name: 'number', cell: ({ freed }) => percent(freed.shareOfBusyMinutes) },
  { title: 'p50', name: 'number', cell: ({ waitMs }) => orDash(waitMs.p50?.[1], duration) },
  { title: 'p95', name: 'number', cell: ({ waitMs }) => orDash(waitMs.p95?.[1], duration) },
  { title: 'A day', name: 'number', cell: ({ requestsPerDay }) => shortCount(requestsPerDay) },
  { title: 'Because', name: 'words', cell: ({ because }) => tied(because) || '–' },
  { title: 'But', name: 'words', cell: ({ but }) => tied(but) || '–' },
];

export function rankingTable({ endpoints }: DelegationReport): Markup {
  if (endpoints.length === 0) return html``;
  const more = endpoints.slice(firstRows);
  return html`<section aria-labelledby="ranking">
<h2 id="ranking">What delegating would free</h2>
${table('Endpoints by what delegating them would free; those to keep are below the line', endpoints.slice(0, firstRows))}
<p class="basis"><b>Frees</b>: requests no longer in progress, in the mean of the endpoint’s busiest 1 % of minutes. <b>Of peak</b>: its share of all that is in progress in the service’s busiest minutes. <b>p50</b>, <b>p95</b>: half, and 95 %, of its callers wait no longer.</p>
${more.length === 0 ? null : html`<details class="numbers"><summary>${counted(more.length, 'more endpoint')}</summary>${table('The other endpoints', more)}</details>`}
</section>
`;
}

function table(caption: string, endpoints: readonly EndpointReport[]): Markup {
  return cardTable(caption, columns, [
    { className: 'above', rows: endpoints.filter(({ verdict }) => verdict !== 'keep') },
    { className: 'kept', rows: endpoints.filter(({ verdict }) => verdict === 'keep') },
  ]);
}

function advice({ verdict, advice: texts, answered }: EndpointReport): Markup | null {
  const notes = [...texts.filter((text) => verdict === 'keep' || text !== 'job'), ...(answered === null ? [] : ['answered'])];
  return notes.length === 0 ? null : html`<small>${notes.join(', ')}</small>`;
}
