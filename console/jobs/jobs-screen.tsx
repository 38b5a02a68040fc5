/** The jobs screen: a filter, a page of jobs as they are now, and what can be done with many of them. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import type { JobListResource, JobTypeSummaryResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { type Polled, usePolled } from '../net/polled.ts';
import { mayWrite } from '../net/session.ts';
import { AsCode } from '../parts/as-code.tsx';
import { announce } from '../parts/notices.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { address, hrefOf, navigate } from '../route/address.ts';
import { counted } from '../words/amounts.ts';
import { type Action, scriptValue } from '../words/code-samples.ts';
import { apiQueryOf, filterOfQuery, type JobFilter, queryOfFilter } from '../words/job-filter.ts';
import { FilterBox } from './filter-box.tsx';
import { ColumnChoice } from './job-columns.tsx';
import { patchRows, type Rows, rowsOf } from './job-rows.ts';
import { useJobKeys } from './jobs-keys.tsx';
import { JobsTable } from './jobs-table.tsx';
import { NdjsonExport } from './ndjson-export.tsx';
import { SelectionBar } from './selection-bar.tsx';

const pageSize = 50;

export function JobsScreen(): JSX.Element {
  const { query } = address.value;
  const types = usePolled<{ jobTypes: readonly JobTypeSummaryResource[] }>('/v1/job-types', { isFinal: () => true });
  const filter = filterOfQuery(query);
  return (
    <>
      <PageHead title="Jobs">
        <ColumnChoice />
        <NdjsonExport filter={filter} />
      </PageHead>
      <FilterBox filter={filter} types={types.data.value?.jobTypes ?? []} />
      <JobsPage key={query.toString()} filter={filter} cursor={query.get('cursor')} />
    </>
  );
}

interface JobsPageProps {
  readonly filter: JobFilter;
  readonly cursor: string | null;
}

function JobsPage({ filter, cursor }: JobsPageProps): JSX.Element {
  // Spans count back from when the page was opened: a cursor belongs to one time, and rows do not fall off while they are read.
  const openedAtMs = useMemo(() => Date.now(), []);
  const query = apiQueryOf(filter, openedAtMs);
  query.set('limit', String(pageSize));
  if (cursor !== null) query.set('cursor', cursor);
  const polled = usePolled<JobListResource>(`/v1/jobs?${query}`);
  const [rows, show] = usePatchedRows(polled);
  const [selected, setSelected] = useState<ReadonlySet<string>>(new Set());
  const select = (ids: readonly string[], isSelected: boolean) =>
    setSelected((before) => new Set(isSelected ? [...before, ...ids] : [...before].filter((id) => !ids.includes(id))));
  const jobs = rows?.rows.map(({ job }) => job) ?? [];
  const keys = useJobKeys({ jobs, selected, onSelect: select, onDone: () => void polled.refresh() });
  const problem = polled.problem.value;
  return (
    <>
      {problem !== null && <ProblemNote problem={problem} onRetry={() => void polled.refresh()} />}
      {rows !== undefined && rows.newCount > 0 && (
        <p class="news">
          <button type="button" class="primary" onClick={show}>
            {rows.newCount} new
          </button>
        </p>
      )}
      {mayWrite() && jobs.length > 0 && (
        <SelectionBar
          jobs={jobs}
          selected={selected}
          onSelect={select}
          filter={filter}
          openedAtMs={openedAtMs}
          onDone={() => void polled.refresh()}
        />
      )}
      {rows === undefined && problem === null && <p class="soft loading">Loading jobs…</p>}
      {rows !== undefined && rows.rows.length > 0 && (
        <JobsTable rows={rows.rows} selected={selected} onSelect={mayWrite() ? select : undefined} />
      )}
      {rows !== undefined && rows.rows.length === 0 && <NoJobs filter={filter} nextCursor={polled.data.value?.nextCursor ?? null} />}
      <Pager filter={filter} openedAtMs={openedAtMs} cursor={cursor} nextCursor={polled.data.value?.nextCursor ?? null} />
      <AsCode what="This view" action={() => listAction(filter, openedAtMs)} />
      {keys}
    </>
  );
}

/** @returns the rows, patched with each answer, and what shows those that are new */
function usePatchedRows(polled: Polled<JobListResource>): readonly [Rows | undefined, () => void] {
  const [rows, setRows] = useState<Rows | undefined>(undefined);
  const page = polled.data.value;
  useEffect(() => {
    if (page !== undefined) setRows((before) => (before === undefined ? rowsOf(page) : patchRows(before, page)));
  }, [page]);
  const newCount = rows?.newCount ?? 0;
  useEffect(() => {
    if (newCount > 0) announce(`${counted(newCount, 'new job')}.`);
  }, [newCount]);
  return [rows, () => page !== undefined && setRows(rowsOf(page))];
}

function NoJobs({ filter, nextCursor }: { readonly filter: JobFilter; readonly nextCursor: string | null }): JSX.Element {
  const isFiltered = queryOfFilter(filter).size > 0;
  if (nextCursor !== null) return <p class="empty">None of the jobs that were looked at matches. There are more: go to the next page.</p>;
  return (
    <div class="empty">
      <p>{isFiltered ? 'No job matches this filter.' : 'There are no jobs yet.'}</p>
      {isFiltered ? (
        <a class="button" href={hrefOf('/jobs')}>
          Show all jobs
        </a>
      ) : (
        mayWrite() && (
          <a class="button primary" href={hrefOf('/submit')}>
            Submit the first one
          </a>
        )
      )}
    </div>
  );
}

interface PagerProps extends JobsPageProps {
  readonly openedAtMs: number;
  readonly nextCursor: string | null;
}

function Pager({ filter, openedAtMs, cursor, nextCursor }: PagerProps): JSX.Element | null {
  if (cursor === null && nextCursor === null) return null;
  const go = (to: string | null) => {
    // A cursor belongs to one query, so spans become times from the second page on.
    const query = to === null ? queryOfFilter(filter) : apiQueryOf(filter, openedAtMs);
    if (to !== null) query.set('cursor', to);
    navigate(hrefOf('/jobs', query));
  };
  return (
    <nav class="pager" aria-label="Pages">
      {cursor !== null && (
        <>
          <button type="button" onClick={() => go(null)}>
            First page
          </button>
          <button type="button" onClick={() => history.back()}>
            Page before
          </button>
        </>
      )}
      {nextCursor !== null && (
        <button type="button" onClick={() => go(nextCursor)}>
          Next page
        </button>
      )}
    </nav>
  );
}

function listAction(filter: JobFilter, openedAtMs: number): Action {
  const query = apiQueryOf(filter, openedAtMs);
  const { since, ...rest } = filter;
  const options = Object.fromEntries(Object.entries(rest).filter(([, value]) => value.length > 0));
  const withSince = since === undefined ? options : { ...options, since: /^\d+[smhd]$/.test(since) ? `-${since}` : since };
  return {
    method: 'GET',
    path: `/v1/jobs${query.size === 0 ? '' : `?${query}`}`,
    cli: [
      'jobs',
      ...[...queryOfFilter(filter)].flatMap(([name, value]) => [`--${name}`, name === 'tag' ? value.replace(':', '=') : value]),
    ],
    script: `delegation.jobs(${Object.keys(withSince).length === 0 ? '' : scriptValue(withSince)})`,
  };
}
