/** The overview: one sentence first, then failures by cause, then the job types. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { JobCountsResource, JobListResource, JobTypeSummaryResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { usePolled } from '../net/polled.ts';
import { session } from '../net/session.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { hrefOf } from '../route/address.ts';
import { countText } from '../words/amounts.ts';
import { FailureTable } from './failure-table.tsx';
import { groupFailures, healthOf } from './health-sentence.ts';
import { TypeStates } from './type-states.tsx';

const dayMs = 86_400_000;
const minuteMs = 60_000;
const unfinished = 'scheduled,queued,running,waiting';

export function OverviewScreen(): JSX.Element {
  // Whole minutes, so that the address stays the same where the screen is opened again.
  const since = useMemo(() => new Date(Math.floor((Date.now() - dayMs) / minuteMs) * minuteMs).toISOString(), []);
  const types = usePolled<{ jobTypes: readonly JobTypeSummaryResource[] }>('/v1/job-types');
  const counts = usePolled<JobCountsResource>(`/v1/jobs/counts?since=${since}`);
  const open = usePolled<JobListResource>(`/v1/jobs?status=${unfinished}&limit=100`);
  const failed = usePolled<JobListResource>(`/v1/jobs?status=failed&since=${since}&limit=100`);
  const problem = [types, counts, open, failed].map((polled) => polled.problem.value).find((one) => one !== null);
  const [typeList, countList, openList, failedList] = [types.data.value, counts.data.value, open.data.value, failed.data.value];
  const isLoaded = typeList && countList && openList && failedList;
  const failures = groupFailures(failedList?.jobs ?? []);
  return (
    <>
      <PageHead title="Overview" />
      {problem != null && <ProblemNote problem={problem} />}
      {isLoaded && (
        <>
          <Headline
            {...healthOf({
              unfinished: openList.jobs,
              isMore: openList.nextCursor !== null,
              failures,
              counts: countList.counts,
              types: typeList.jobTypes,
            })}
          />
          <Totals counts={countList} open={openList} />
          <FailureTable failures={failures} isMore={failedList.nextCursor !== null} since={since} onDone={() => void failed.refresh()} />
          <TypeStates types={typeList.jobTypes} counts={countList.counts} />
          <MonthCost />
        </>
      )}
      {!isLoaded && problem == null && <p class="soft loading">Loading…</p>}
    </>
  );
}

function Headline({ isWell, sentence }: { readonly isWell: boolean; readonly sentence: string }): JSX.Element {
  return (
    <p class={`headline ${isWell ? 'is-well' : 'is-ill'}`} aria-live="polite">
      <svg viewBox="0 0 16 16" aria-hidden="true" focusable="false">
        <path d={isWell ? 'M3.5 8.5 6.7 11.5 12.5 5' : 'M8 3v6M8 12v.01'} />
      </svg>
      {sentence}
    </p>
  );
}

interface TotalsProps {
  readonly counts: JobCountsResource;
  readonly open: JobListResource;
}

function Totals({ counts: { counts, isComplete }, open }: TotalsProps): JSX.Element {
  const sumOf = (end: 'succeeded' | 'failed' | 'cancelled') => counts.reduce((sum, one) => sum + (one[end] ?? 0), 0);
  const atLeast = isComplete ? '' : 'at least ';
  const countOf = (status: string) => open.jobs.filter((job) => job.status === status).length;
  const suffix = open.nextCursor === null ? '' : '+';
  return (
    <ul class="totals" aria-label="Jobs">
      {(['running', 'waiting', 'queued', 'scheduled'] as const).map((status) => (
        <Total key={status} href={hrefOf('/jobs', { status })} amount={`${countText(countOf(status))}${suffix}`} what={status} />
      ))}
      {(['succeeded', 'failed', 'cancelled'] as const).map((status) => (
        <Total
          key={status}
          href={hrefOf('/jobs', { status, since: '24h' })}
          amount={`${atLeast}${countText(sumOf(status))}`}
          what={`${status}, 24 h`}
        />
      ))}
    </ul>
  );
}

function Total({ href, amount, what }: { readonly href: string; readonly amount: string; readonly what: string }): JSX.Element {
  return (
    <li>
      <a href={href}>
        <b class="number">{amount}</b> <span class="soft">{what}</span>
      </a>
    </li>
  );
}

/** What AWS bills is known to AWS alone, so the page says where to look rather than showing a guess. */
function MonthCost(): JSX.Element {
  const { isLocal } = session().config;
  return (
    <p class="soft">
      {isLocal
        ? 'Everything runs on this machine and costs nothing.'
        : 'For what it costs this month, see AWS Cost Explorer; npm run cost computes the bill of your settings. Each job shows what it used.'}
    </p>
  );
}
