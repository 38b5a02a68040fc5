/** Failures of the last day, grouped by type and code, with what can be done about each group. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { MatchingForm } from '../jobs/matching-form.tsx';
import { maySubmit, mayWrite } from '../net/session.ts';
import { ScrollFrame } from '../parts/scroll-frame.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { hrefOf } from '../route/address.ts';
import { countText } from '../words/amounts.ts';
import type { FailureGroup } from './health-sentence.ts';

export interface FailureTableProps {
  readonly failures: readonly FailureGroup[];
  /** Whether only the newest failures were looked at. */
  readonly isMore: boolean;
  readonly since: string;
  readonly onDone: () => void;
}

export function FailureTable({ failures, isMore, since, onDone }: FailureTableProps): JSX.Element {
  const [retried, setRetried] = useState<FailureGroup | null>(null);
  return (
    <section class="panel">
      <header>
        <h2>Failures of the last 24 hours</h2>
        {isMore && <span class="soft">among the newest 100</span>}
      </header>
      {failures.length === 0 ? (
        <p class="soft">None that was not retried.</p>
      ) : (
        <ScrollFrame label="Failures">
          <table>
            <thead>
              <tr>
                <th scope="col">Job type and code</th>
                <th scope="col">Jobs</th>
                <th scope="col">Last</th>
                <th scope="col">Message of the last one</th>
                {mayWrite() && <td />}
              </tr>
            </thead>
            <tbody>
              {failures.map((group) => (
                <tr key={group.type + group.code}>
                  <th scope="row">
                    <a href={hrefOf('/jobs', { status: 'failed', type: group.type, since: '24h' })}>{group.type}</a>{' '}
                    <code class="bad">{group.code}</code>
                  </th>
                  <td class="number">{countText(group.count)}</td>
                  <td>
                    <TimeText at={group.lastAt} />
                  </td>
                  <td class="wraps">
                    <a class="message" href={hrefOf(`/jobs/${group.lastJob}`)}>
                      {group.message === '' ? group.lastJob : group.message}
                    </a>
                  </td>
                  {mayWrite() && (
                    <td>
                      {/* Jobs of the service itself, such as a group, are not retried: their members are. */}
                      {maySubmit(group.type) && (
                        <button type="button" class="small" onClick={() => setRetried(group)}>
                          Retry…<span class="unseen"> {`${group.type} ${group.code}`}</span>
                        </button>
                      )}
                    </td>
                  )}
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollFrame>
      )}
      {retried !== null && (
        <MatchingForm
          command="retry"
          filter={{ status: ['failed'], type: [retried.type], tag: [], since }}
          codes={[retried.code]}
          openedAtMs={Date.now()}
          onDone={onDone}
          onClose={() => setRetried(null)}
        />
      )}
    </section>
  );
}
