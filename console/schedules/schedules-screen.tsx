/** The caller's schedules: when they fire next, what became of the last time, and buttons to pause and delete. */
import type { JSX } from 'preact';
import type { ScheduleResource } from '../../lambdas/api/openapi/schedule-schemas.ts';
import { usePolled } from '../net/polled.ts';
import { AsCode } from '../parts/as-code.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { address, hrefOf } from '../route/address.ts';
import { ScheduleCard } from './schedule-card.tsx';

interface SchedulePage {
  readonly schedules: readonly ScheduleResource[];
  readonly nextCursor: string | null;
}

const pageSize = 50;

export function SchedulesScreen(): JSX.Element {
  const cursor = address.value.query.get('cursor');
  const query = new URLSearchParams({ limit: String(pageSize), ...(cursor === null ? {} : { cursor }) });
  const polled = usePolled<SchedulePage>(`/v1/schedules?${query}`);
  const page = polled.data.value;
  const problem = polled.problem.value;
  return (
    <>
      <PageHead title="Schedules" />
      {problem !== null && <ProblemNote problem={problem} onRetry={() => void polled.refresh()} />}
      {page === undefined && problem === null && <p class="soft loading">Loading…</p>}
      {page?.schedules.length === 0 && (
        <div class="empty">
          <p>There are no schedules.</p>
          <p class="soft">One is set by the API, the client or the command line, and submits the same job again and again.</p>
        </div>
      )}
      <ul class="cards">
        {page?.schedules.map((schedule) => (
          <ScheduleCard key={schedule.name} schedule={schedule} onDone={() => void polled.refresh()} />
        ))}
      </ul>
      {page != null && page.nextCursor !== null && (
        <nav class="pager" aria-label="Pages">
          <a class="button" href={hrefOf('/schedules', { cursor: page.nextCursor })}>
            Next page
          </a>
        </nav>
      )}
      <AsCode
        what="This list"
        action={() => ({ method: 'GET', path: '/v1/schedules', cli: ['schedules'], script: 'delegation.schedules.list()' })}
      />
    </>
  );
}
