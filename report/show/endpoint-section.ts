/** All that is known of one endpoint. */
import type { EndpointReport } from '../delegation-report.ts';
import { counted, html, type Markup } from './html-text.ts';
import { between, count, decimal, dollars, duration, orDash, percent } from './page-number.ts';
import { patiencePlot } from './patience-plot.ts';
import { question } from './report-opening.ts';
import { returnPlot } from './return-plot.ts';
import { ruleTable } from './rule-table.ts';
import { verdictMark } from './verdict-mark.ts';
import { waitPlot } from './wait-plot.ts';

const sources = {
  log: 'from the log',
  routes: 'from the given routes',
  inferred: 'grouped by this report',
  function: 'a Lambda function',
} as const;

export function endpointSection(endpoint: EndpointReport): Markup {
  const { rank, question: text, because, but, isContradictory, wouldChange, advice } = endpoint;
  const plots = [waitPlot(endpoint), patiencePlot(endpoint), returnPlot(endpoint)].filter((plot) => plot !== null);
  return html`<section class="endpoint" id="endpoint-${rank}" aria-labelledby="name-${rank}">
<h3 id="name-${rank}"><span class="rank">${rank}</span> ${endpoint.endpoint} ${verdictMark(endpoint)}</h3>
<p class="why">${because === '' ? null : html`<b>Because</b> ${because}. `}${but === '' ? null : html`<b>But</b> ${but}. `}${isContradictory ? 'The evidence is contradictory: something strong speaks for each side.' : null}</p>
${text === '' ? null : question(endpoint, 'Ask')}${answer(endpoint)}${facts(endpoint)}
${plots.length === 0 ? null : html`<div class="plots">${plots}</div>`}
${ruleTable(endpoint)}
<dl class="next">${[
    ['What to do', advice.map((text) => (text === 'job' ? 'make it a job' : text)).join(', ')],
    ['What would change it', wouldChange],
    ['A job type to start from', proposal(endpoint)],
    ['What it costs', cost(endpoint)],
  ]
    .filter(([, value]) => value !== '' && value !== null)
    .map(([name = '', value = '']) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
<p class="up"><a href="#ranking">Back to all endpoints</a></p>
</section>
`;
}

function facts(endpoint: EndpointReport): Markup {
  const { requests, requestsPerDay, callers, callersKnownBy, largestCallerShare, freed, held, waitMs, heldMs, followUps } = endpoint;
  const known =
    callersKnownBy === 'none' ? 'callers unknown' : `${counted(callers, 'caller', 'callers', count(callers))} (by ${callersKnownBy})`;
  const values: readonly (readonly [string, string])[] = [
    ['Wait', `p50 ${between(waitMs.p50, duration)}, p95 ${between(waitMs.p95, duration)}, p99 ${between(waitMs.p99, duration)}`],
    ['Held', `p50 ${between(heldMs.p50, duration)}, p95 ${between(heldMs.p95, duration)}; ${percent(held.shareOfAll)} of all time held`],
    [
      'Would free',
      `${decimal(freed.peak)} at its peak, ${decimal(freed.mean)} in the mean${freed.peakRatio === null ? '' : ` (peak ${decimal(freed.peakRatio)} times the mean)`}`,
    ],
    [
      'Requests',
      `${count(requests)}, ${count(requestsPerDay)} a day; ${known}${largestCallerShare > 0.5 ? `, ${percent(largestCallerShare)} from one of them` : ''}`,
    ],
    ['Outcomes', shares(endpoint.outcomes)],
    ['Sent by', shares(endpoint.agents)],
    [
      'Answers',
      `${endpoint.answer.text || endpoint.answer.kind}${endpoint.answer.p50Bytes === null ? '' : `, p50 ${count(endpoint.answer.p50Bytes)} bytes`}`,
    ],
    ...(followUps === null
      ? []
      : [
          [
            'Followed',
            `read within 5 s ${between(followUps.usedWithin5, percent)}, within 60 s ${between(followUps.usedWithin60, percent)}; first read later ${between(followUps.comesBackLater, percent)}; goes on at once ${between(followUps.resumes, percent)}`,
          ] as const,
        ]),
    ['Template', sources[endpoint.templateFrom]],
  ];
  return html`<dl class="facts">${values.map(([name, value]) => (value === '' ? null : html`<div><dt>${name}</dt><dd>${value}</dd></div>`))}</dl>`;
}

/** Lists shares or amounts from the largest, as shares of their sum, without those that are zero. */
function shares(amounts: Readonly<Record<string, number>>): string {
  const entries = Object.entries(amounts).filter(([, amount]) => amount > 0);
  const sum = entries.reduce((all, [, amount]) => all + amount, 0);
  return entries
    .toSorted(([a, one], [b, other]) => other - one || (a < b ? -1 : 1))
    .map(([name, amount]) => `${name} ${percent(amount / sum)}`)
    .join(', ');
}

function answer({ answered }: EndpointReport): Markup | null {
  if (answered === null) return null;
  const { entry, isDue, contradictions } = answered;
  const needs = [
    entry.needs,
    entry.neededWithinSeconds === undefined ? undefined : `needed within ${duration(entry.neededWithinSeconds * 1000)}`,
  ];
  const record = [...needs, entry.by, entry.on, entry.review === undefined ? undefined : `review ${entry.review}`].filter(
    (part) => part !== undefined,
  );
  return html`<div class="answer"><p><b>Answered: ${entry.answer}.</b> ${entry.because} <small>${record.join(' · ')}</small></p>
${isDue ? html`<p><b>Ask again:</b> its review date has passed.</p>` : null}${
  contradictions.length === 0
    ? null
    : html`<p><b>What callers do says otherwise:</b></p><ul>${contradictions.map((text) => html`<li>${text}</li>`)}</ul>`
}</div>
`;
}

function proposal({ proposal: job }: EndpointReport): Markup | null {
  if (job === null) return null;
  const values = [
    `typically ${duration(job.typicalSeconds * 1000)}`,
    job.timeoutSeconds === null ? 'time-out unknown, since durations are cut off' : `time-out ${duration(job.timeoutSeconds * 1000)}`,
    `deadline ${orDash(job.deadlineSeconds, (seconds) => duration(seconds * 1000))}`,
    ...(job.batchSize === null ? [] : [`batches of ${count(job.batchSize)}`]),
    ...(job.idempotencyKey ? ['with an idempotency key'] : []),
  ];
  return html`<code>${job.type}</code>: ${values.join(', ')}. ${job.text}`;
}

function cost({ cost: costs }: EndpointReport): Markup | null {
  if (costs === null) return null;
  const { heldUsdMonth, delegatedUsdMonth, deltaUsdMonth, wastedUsdMonth, text } = costs;
  const sign = deltaUsdMonth > 0 ? '+' : '';
  return html`${dollars(heldUsdMonth)} a month as it is, ${dollars(delegatedUsdMonth)} as jobs (${sign}${dollars(deltaUsdMonth)}); work repeated or done for no caller: ${wastedUsdMonth === null ? 'unknown' : dollars(wastedUsdMonth)}. ${text}`;
}
