/** Each job type in a row: its verdict, and the times behind it. */
import type { JSX } from 'preact';
import { dollarText, percentText, timeText } from '../../report/jobs/job-words.ts';
import type { JobTypeReport } from '../../report/jobs/jobs-report.ts';
import { grouped } from '../../report/shown-number.ts';
import { ScrollFrame } from '../parts/scroll-frame.tsx';
import { hrefOf } from '../route/address.ts';

type Cell = readonly [title: string, text: (type: JobTypeReport) => string];

const cells: readonly Cell[] = [
  ['Jobs', ({ jobs }) => grouped(jobs)],
  ['Half take up to', ({ totalMs }) => timeText(totalMs.p50)],
  ['19 of 20', ({ totalMs }) => timeText(totalMs.p95)],
  ['Of it in the queue', ({ waitingShare }) => percentText(waitingShare)],
  ['Missed deadlines', ({ deadline }) => percentText(deadline.missed.estimate)],
  ['Slack of 19 of 20', ({ deadline }) => percentText(deadline.slack.p5)],
  ['More than one attempt', ({ retried }) => percentText(retried.estimate)],
  ['A million cost', ({ cost }) => dollarText(cost.millionJobsUsd)],
];

export function TypeTable({ types }: { readonly types: readonly JobTypeReport[] }): JSX.Element {
  return (
    <ScrollFrame label="Job types and their verdicts">
      <table>
        <thead>
          <tr>
            <th scope="col">Type</th>
            <th scope="col">Verdict</th>
            {cells.map(([title]) => (
              <th scope="col" key={title}>
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {types.map((type) => (
            <tr key={type.type}>
              <th scope="row">
                <a href={hrefOf(`/job-types/${type.type}`)}>{type.type}</a>
              </th>
              <td>{[type.verdict, ...type.also].join('; ')}</td>
              {cells.map(([title, textOf]) => (
                <td class="number" key={title}>
                  {textOf(type)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}
