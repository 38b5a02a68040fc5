/** The history of a job, entry by entry. */
import type { JSX } from 'preact';
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { ScrollFrame } from '../parts/scroll-frame.tsx';
import { ClockTime } from '../parts/time-text.tsx';
import { hrefOf } from '../route/address.ts';
import { durationText } from '../words/durations.ts';

export function TimelineTable({ job: { timeline } }: { readonly job: JobResource }): JSX.Element {
  return (
    <ScrollFrame label="Timeline">
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">After</th>
            <th scope="col">Event</th>
            <th scope="col">Attempt</th>
            <th scope="col">Detail</th>
          </tr>
        </thead>
        <tbody>
          {timeline.map(({ at, event, attempt, by, actedBy, detail }, i) => (
            <tr key={`${at}${i}`}>
              <td>
                <ClockTime at={at} />
              </td>
              <td class="number soft">{i === 0 ? '' : `+${durationText(Date.parse(at) - Date.parse(timeline[i - 1]?.at ?? at))}`}</td>
              <td>{event.replaceAll('_', ' ')}</td>
              <td class="number">{attempt}</td>
              <td class="wraps">
                {detail}
                {by !== undefined && <span class="soft"> by {by}</span>}
                {actedBy !== undefined && (
                  <>
                    {' '}
                    through <a href={hrefOf(`/jobs/${actedBy}`)}>{actedBy}</a>
                  </>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}
