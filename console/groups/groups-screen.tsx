/** The groups: jobs of the type `group`, the newest first. */
import type { JSX } from 'preact';
import type { JobListResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { usePolled } from '../net/polled.ts';
import { AsCode } from '../parts/as-code.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { ScrollFrame } from '../parts/scroll-frame.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { TagList } from '../parts/tag-list.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { address, hrefOf } from '../route/address.ts';

export function GroupsScreen(): JSX.Element {
  const cursor = address.value.query.get('cursor');
  const polled = usePolled<JobListResource>(
    `/v1/jobs?type=group&limit=50${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`,
  );
  const page = polled.data.value;
  const problem = polled.problem.value;
  return (
    <>
      <PageHead title="Groups" />
      {problem !== null && <ProblemNote problem={problem} onRetry={() => void polled.refresh()} />}
      {page === undefined && problem === null && <p class="soft loading">Loading…</p>}
      {page?.jobs.length === 0 && (
        <div class="empty">
          <p>There are no groups.</p>
          <p class="soft">A group is many jobs with one outcome: batches that were submitted together.</p>
        </div>
      )}
      {page !== undefined && page.jobs.length > 0 && (
        <ScrollFrame label="Groups">
          <table>
            <thead>
              <tr>
                <th scope="col">Group</th>
                <th scope="col">Status</th>
                <th scope="col">Accepted</th>
                <th scope="col">Tags</th>
              </tr>
            </thead>
            <tbody>
              {page.jobs.map(({ id, status, createdAt, tags }) => (
                <tr key={id}>
                  <th scope="row">
                    <a href={hrefOf(`/groups/${id}`)}>{id}</a>
                  </th>
                  <td>
                    <StatusMark status={status} />
                  </td>
                  <td>
                    <TimeText at={createdAt} />
                  </td>
                  <td>
                    <TagList tags={tags} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </ScrollFrame>
      )}
      {page != null && page.nextCursor !== null && (
        <nav class="pager" aria-label="Pages">
          <a class="button" href={hrefOf('/groups', { cursor: page.nextCursor })}>
            Next page
          </a>
        </nav>
      )}
      <AsCode
        what="This list"
        action={() => ({ method: 'GET', path: '/v1/jobs?type=group', cli: ['groups'], script: "delegation.jobs({ type: 'group' })" })}
      />
    </>
  );
}
