/** Each job type in a row: its state, its queue, and how its jobs of the last day ended. */
import type { JSX } from 'preact';
import type { JobCountsResource, JobTypeSummaryResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { ScrollFrame } from '../parts/scroll-frame.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { hrefOf } from '../route/address.ts';
import { countText } from '../words/amounts.ts';
import { durationText } from '../words/durations.ts';

export interface TypeStatesProps {
  readonly types: readonly JobTypeSummaryResource[];
  readonly counts: JobCountsResource['counts'];
}

export function TypeStates({ types, counts }: TypeStatesProps): JSX.Element {
  return (
    <section class="panel">
      <header>
        <h2>Job types</h2>
      </header>
      <ScrollFrame label="Job types">
        <table>
          <thead>
            <tr>
              <th scope="col">Type</th>
              <th scope="col">State</th>
              <th scope="col">In the queue</th>
              <th scope="col">Oldest due</th>
              <th scope="col">Succeeded, 24 h</th>
              <th scope="col">Failed</th>
              <th scope="col">Cancelled</th>
            </tr>
          </thead>
          <tbody>
            {types.map(({ name, state, stateChange, queue }) => {
              const ended = counts.find(({ type }) => type === name);
              return (
                <tr key={name}>
                  <th scope="row">
                    <a href={hrefOf(`/job-types/${name}`)}>{name}</a>
                  </th>
                  <td>
                    <StatusMark status={state} />
                    {state !== 'active' && stateChange?.reason != null && <small class="soft"> {stateChange.reason}</small>}
                  </td>
                  <td class="number">{queue === null ? 'not known' : countText(queue.depth)}</td>
                  <td class="number">{queue?.oldestSeconds == null ? '–' : durationText(queue.oldestSeconds * 1000)}</td>
                  <EndCount type={name} status="succeeded" count={ended?.succeeded ?? 0} />
                  <EndCount type={name} status="failed" count={ended?.failed ?? 0} />
                  <EndCount type={name} status="cancelled" count={ended?.cancelled ?? 0} />
                </tr>
              );
            })}
          </tbody>
        </table>
      </ScrollFrame>
    </section>
  );
}

function EndCount({ type, status, count }: { readonly type: string; readonly status: string; readonly count: number }): JSX.Element {
  return (
    <td class="number">
      {count === 0 ? <span class="soft">0</span> : <a href={hrefOf('/jobs', { status, type, since: '24h' })}>{countText(count)}</a>}
    </td>
  );
}
