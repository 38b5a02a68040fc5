/** What a reader sees first: whether there is anything, which endpoint to discuss first, what it would bring, and the question to ask. */
import type { DelegationReport, EndpointReport } from '../delegation-report.ts';
import { firstToDiscuss } from '../judge/first-sentence.ts';
import { counted, html, type Markup, tied } from './html-text.ts';
import { decimal, duration, percent } from './page-number.ts';

export function reportOpening(report: DelegationReport): Markup {
  const first = firstToDiscuss(report);
  return html`<section class="opening" aria-labelledby="answer">
<h2 id="answer">${answerOf(report, first)}</h2>
<p class="why">${whyFirst(report, first)}</p>
${summary(report)}
${beforeAndAfter(report)}${first === undefined || first.question === '' ? null : question(first, 'Ask the people who own it, first of all')}<p class="basis">Logs show what callers did, not what they need: <a href="#cannot-know">what these logs cannot say</a>.</p>
</section>
`;
}

/** Quotes the question to ask about an endpoint. */
export function question({ endpoint, question: text }: EndpointReport, label: string): Markup {
  return html`<figure class="question"><figcaption>${label}: <b>${endpoint}</b></figcaption><blockquote><p>${tied(text)}</p></blockquote></figure>
`;
}

function answerOf({ endpoints }: DelegationReport, first: EndpointReport | undefined): Markup {
  if (endpoints.length === 0) return html`There is nothing to judge: these logs hold no request to an endpoint.`;
  if (first === undefined) return html`Nothing to discuss: every endpoint does well to answer at once.`;
  return html`Discuss <a href="#endpoint-${first.rank}">${first.endpoint}</a> first.`;
}

function whyFirst({ endpoints }: DelegationReport, first: EndpointReport | undefined): Markup {
  if (endpoints.length === 0) return html`What was read, and what was not understood, is <a href="#method">below</a>.`;
  if (first === undefined) return html`What would make them faster is in the table.`;
  const { because, but, freed, verdict } = first;
  const doubt =
    verdict === 'delegate' || verdict === 'probably' ? '' : ' Whether its callers need the answer at once, these logs cannot say.';
  const gain = `Delegating it would free ${decimal(freed.peak)} requests in progress in its busiest minutes, and ${percent(freed.shareOfBusyMinutes)} of the service’s peak.`;
  return html`${because === '' ? null : html`<b>Because</b> ${tied(because)}. `}${but === '' ? null : html`<b>But</b> ${tied(but)}. `}${gain}${doubt}`;
}

/** Counts the endpoints by what was found. */
function summary({ endpoints }: DelegationReport): Markup | null {
  const amount = (verdict: EndpointReport['verdict']) => endpoints.filter((endpoint) => endpoint.verdict === verdict).length;
  const [clear, likely, kept] = [amount('delegate'), amount('probably'), amount('keep')];
  const undecided = endpoints.length - clear - likely - kept;
  const parts = [
    clear === 0 ? '' : `${clear} need not answer at once, as far as these logs show`,
    likely === 0 ? '' : `${likely} probably need not`,
    undecided === 0 ? '' : `for ${undecided} these logs cannot say`,
    kept === 0 ? '' : `${kept} should stay as ${kept === 1 ? 'it is' : 'they are'}`,
  ].filter((part) => part !== '');
  return endpoints.length === 0 ? null : html`<p>Of ${counted(endpoints.length, 'endpoint')}, ${parts.join('; ')}.</p>`;
}

/** The one number before and after: utilisation and waiting where the capacity is known, requests in progress where it is not. */
function beforeAndAfter({ service, endpoints }: DelegationReport): Markup | null {
  if (endpoints.length === 0) return null;
  const { replay, peakHeld, delegableShareOfBusyMinutes: share, busyMinutes } = service;
  if (replay === null && share <= 0) return null;
  const figures =
    replay === null
      ? [
          ['As it is', decimal(peakHeld), 'requests in progress'],
          ['With those delegated', decimal(peakHeld * (1 - share)), `requests in progress: ${percent(share)} fewer`],
        ]
      : [
          ['As it is', `${percent(replay.before.busy)} busy`, `others wait ${duration(replay.before.waitMs)} for a free place`],
          ['With those delegated', `${percent(replay.after.busy)} busy`, `others wait ${duration(replay.after.waitMs)}`],
        ];
  const basis = replay === null ? '' : `, replayed with ${counted(replay.capacity, 'place', 'places', decimal(replay.capacity))}`;
  return html`<dl class="change">${figures.map(([name = '', value = '', text = '']) => html`<div><dt>${name}</dt><dd><b>${value}</b> ${text}</dd></div>`)}</dl>
<p class="basis">In the busiest ${counted(busyMinutes, 'minute')}${basis}. “Those” are all with the verdict “delegate” or “probably”.</p>
`;
}
