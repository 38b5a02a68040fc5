/** The report as one file for a browser: no script, no request to anywhere, the same bytes for the same report. */
import { createHash } from 'node:crypto';
import type { DelegationReport } from '../delegation-report.ts';
import { endpointSection } from './endpoint-section.ts';
import { counted, html, type Markup, trusted } from './html-text.ts';
import { mapPlot } from './map-plot.ts';
import { count, moment, percent } from './page-number.ts';
import { rankingTable } from './ranking-table.ts';
import { list, reportMethod } from './report-method.ts';
import { reportOpening } from './report-opening.ts';
import { reportStyle } from './report-style.ts';
import { weekPlots } from './week-plot.ts';

/**
 * Draws a report as an HTML page that is complete on its own and is well-formed XML, too.
 * @returns the whole file; its policy lets a browser load nothing and run nothing, regardless of what the logs hold
 */
export function htmlReport(report: DelegationReport): string {
  const hash = createHash('sha256').update(reportStyle).digest('base64');
  const policy = `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
${
  html`<html lang="en">
<head>
<meta charset="utf-8"/>
<meta http-equiv="Content-Security-Policy" content="${policy}"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta name="color-scheme" content="light dark"/>
<meta name="referrer" content="no-referrer"/>
<title>${`Delegation report${spanOf(report)}`}</title>
<link rel="icon" href="data:,"/>
<style>${trusted(reportStyle)}</style>
</head>
<body>
${pageHead(report)}<main id="main">
${reportOpening(report)}${rankingTable(report)}${warnings(report)}${pictures(report)}${endpoints(report)}${reportMethod(report)}</main>
<footer><p>Written by <code>delegation report</code>. Nothing left the machine: callers, addresses and query strings are not in this file.</p></footer>
</body>
</html>
`.text
}`;
}

function spanOf({ input: { from, to } }: DelegationReport): string {
  return from === null || to === null ? '' : `, ${moment(from)} to ${moment(to)} UTC`;
}

function pageHead(report: DelegationReport): Markup {
  const { input, endpoints: all } = report;
  return html`<a class="skip" href="#main">Skip to the report</a>
<header>
<p class="product">Delegation report</p>
<h1>Does this need to answer at once?</h1>
<p class="input">${[
    spanOf(report).slice(2),
    counted(input.requests, 'request', 'requests', count(input.requests)),
    counted(all.length, 'endpoint'),
    `${percent(input.unparsedShare)} of lines not understood`,
  ]
    .filter((part) => part !== '')
    .join(' · ')}</p>
<nav aria-label="Parts of this report"><ul>
${all.length === 0 ? null : html`<li><a href="#ranking">The ranking</a></li><li><a href="#week">The week</a></li><li><a href="#map-title">The map</a></li><li><a href="#endpoints">Endpoint by endpoint</a></li>`}
<li><a href="#method">How this was read</a></li><li><a href="#cannot-know">What these logs cannot say</a></li>
</ul></nav>
</header>
`;
}

function warnings({ warnings: all }: DelegationReport): Markup | null {
  if (all.length === 0) return null;
  return html`<section class="warnings" aria-labelledby="warnings"><h2 id="warnings">What weakens this report</h2>${list(all.map(({ text }) => text))}</section>
`;
}

function pictures(report: DelegationReport): Markup | null {
  if (report.endpoints.length === 0) return null;
  return html`<section aria-labelledby="week"><h2 id="week">The ${spanIsLong(report) ? 'weeks' : 'week'}</h2>
${weekPlots(report)}</section>
<section aria-labelledby="map-title"><h2 id="map-title">The map</h2>
${mapPlot(report)}</section>
`;
}

function spanIsLong({ input }: DelegationReport): boolean {
  return input.observedSeconds > 8 * 86_400;
}

function endpoints(report: DelegationReport): Markup | null {
  if (report.endpoints.length === 0) return null;
  return html`<section aria-labelledby="endpoints"><h2 id="endpoints">Endpoint by endpoint</h2>
${report.endpoints.map(endpointSection)}</section>
`;
}
