/** What a verdict rests on, what to do about it, and whom to ask. */
import type { JSX } from 'preact';
import { percentText, timeText } from '../../report/jobs/job-words.ts';
import type { JobRule, JobTypeReport, Percentiles } from '../../report/jobs/jobs-report.ts';

const states: Readonly<Record<JobRule['state'], string>> = {
  fired: 'applies',
  'not fired': 'does not apply',
  open: 'more jobs would decide it',
  missing: 'needs the access log',
  exempt: 'does not count: results are sent elsewhere',
};

export function TypeDetail({ type }: { readonly type: JobTypeReport }): JSX.Element {
  return (
    <section class="panel">
      <header>
        <h2>
          {type.type}: {type.verdict}
        </h2>
      </header>
      <dl class="facts">
        {factsOf(type).map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>
          All rules<span class="unseen"> for {type.type}</span>
        </summary>
        <ul>
          {type.rules.map(({ verdict, state, parts }) => (
            <li key={verdict}>
              <b>{verdict}</b> {states[state]}
              {parts.length > 0 && <span class="soft">. {parts.join('; ')}.</span>}
            </li>
          ))}
        </ul>
      </details>
    </section>
  );
}

function factsOf(type: JobTypeReport): readonly (readonly [string, string])[] {
  const { startDelayMs, runMs, deadline, ended } = type;
  const { p1, p50 } = deadline.slack;
  const facts: readonly (readonly [string, string])[] = [
    ['Because', `${type.because}.`],
    ['Do', type.proposal],
    ['Unless', type.instead],
    ['Would change it', type.wouldChange],
    ['Ask', type.question],
    ['Waiting to start', timesText(startDelayMs)],
    ['From start to end', timesText(runMs)],
    [
      'Left at the end',
      p50 === null ? '' : `half have ${percentText(p50)} of the time to the deadline left, the worst of 100 ${percentText(p1)}`,
    ],
    ['Ends', `${ended.succeeded} succeeded, ${ended.failed} failed, ${ended.cancelled} cancelled`],
    ['Cost', type.cost.text],
  ];
  return facts.filter(([, value]) => value !== '');
}

/** @returns nothing without any time */
function timesText({ p50, p95 }: Percentiles): string {
  if (p50 === null) return '';
  return `half up to ${timeText(p50)}${p95 === null ? '' : `, 19 of 20 up to ${timeText(p95)}`}`;
}
