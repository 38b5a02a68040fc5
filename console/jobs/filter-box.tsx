/** The filter as one line of text, with buttons that write it. */
import type { JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import type { JobTypeSummaryResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { Icon } from '../parts/icon.tsx';
import { hrefOf, navigate } from '../route/address.ts';
import { filterTerms, filterText, type JobFilter, parseFilterText, queryOfFilter, statuses } from '../words/job-filter.ts';

const spans = [
  ['', 'Any time'],
  ['15m', 'Last 15 minutes'],
  ['1h', 'Last hour'],
  ['24h', 'Last 24 hours'],
  ['7d', 'Last 7 days'],
] as const;

export interface FilterBoxProps {
  readonly filter: JobFilter;
  readonly types: readonly JobTypeSummaryResource[];
}

/** Shows the jobs that match. The address changes, and with it the list. */
function showJobs(filter: JobFilter): void {
  navigate(hrefOf('/jobs', queryOfFilter(filter)));
}

export function FilterBox({ filter, types }: FilterBoxProps): JSX.Element {
  const written = filterText(filter);
  const [text, setText] = useState(written);
  const [faults, setFaults] = useState<readonly string[]>([]);
  const [help, faultList] = [useId(), useId()];
  useEffect(() => setText(written), [written]);
  const apply = (event: Event) => {
    event.preventDefault();
    const id = /^job_[0-9a-z]+$/.exec(text.trim())?.[0];
    if (id !== undefined) return navigate(hrefOf(`/jobs/${id}`));
    const parsed = parseFilterText(text);
    setFaults(parsed.faults);
    if (parsed.faults.length === 0) showJobs(parsed.filter);
  };
  return (
    <search class="filter">
      <form onSubmit={apply} class="filter-line">
        <label class="box">
          <Icon name="search" />
          <span class="unseen">Filter, or the id of a job</span>
          <input
            id="filter"
            value={text}
            onInput={(event) => setText(event.currentTarget.value)}
            placeholder="status:failed type:run-query tag:team=data since:1h"
            aria-describedby={`${help} ${faultList}`}
            aria-invalid={faults.length > 0}
            spellcheck={false}
            autocomplete="off"
            autocapitalize="off"
          />
        </label>
        <button type="submit">Filter</button>
      </form>
      <p id={help} class="unseen">
        Terms with a space between: status, type, tag, since, until, order, owner. Or the id of a job, which opens it.
      </p>
      <ul id={faultList} class="faults" aria-live="polite">
        {faults.map((fault) => (
          <li key={fault}>{fault}</li>
        ))}
      </ul>
      <div class="filter-line">
        <Quick filter={filter} types={types} />
        <Chips filter={filter} />
      </div>
    </search>
  );
}

function Quick({ filter, types }: FilterBoxProps): JSX.Element {
  const { since = '' } = filter;
  return (
    <>
      <fieldset class="segments" aria-label="Status">
        {statuses.map((status) => (
          <button
            key={status}
            type="button"
            aria-pressed={filter.status.includes(status)}
            onClick={() => showJobs({ ...filter, status: toggled(filter.status, status) })}
          >
            {status}
          </button>
        ))}
      </fieldset>
      <label>
        <span class="unseen">Job type</span>
        <select
          value={filter.type.length === 1 ? filter.type[0] : ''}
          onChange={(event) => showJobs({ ...filter, type: event.currentTarget.value === '' ? [] : [event.currentTarget.value] })}
        >
          <option value="">{filter.type.length > 1 ? `${filter.type.length} types` : 'All types'}</option>
          {types.map(({ name }) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label>
        <span class="unseen">Accepted since</span>
        <select value={since} onChange={(event) => showJobs(withSince(filter, event.currentTarget.value))}>
          {!spans.some(([value]) => value === since) && <option value={since}>{since}</option>}
          {spans.map(([value, label]) => (
            <option key={value} value={value}>
              {label}
            </option>
          ))}
        </select>
      </label>
    </>
  );
}

function Chips({ filter }: { readonly filter: JobFilter }): JSX.Element {
  const terms = filterTerms(filter);
  return (
    <ul class="chips" aria-label="Conditions">
      {terms.map(({ name, value }) => (
        <li key={name + value}>
          <button type="button" class="chip" onClick={() => showJobs(withoutTerm(filter, name, value))}>
            {name}:{value}
            <Icon name="close" />
            <span class="unseen">Remove this condition</span>
          </button>
        </li>
      ))}
      {terms.length > 1 && (
        <li>
          <a href={hrefOf('/jobs')}>Clear all</a>
        </li>
      )}
    </ul>
  );
}

function withSince({ since: _old, ...filter }: JobFilter, since: string): JobFilter {
  return since === '' ? filter : { ...filter, since };
}

function withoutTerm(filter: JobFilter, name: string, value: string): JobFilter {
  if (name === 'status' || name === 'type') return { ...filter, [name]: [] };
  if (name === 'tag') return { ...filter, tag: filter.tag.filter((tag) => tag.replace(':', '=') !== value) };
  return Object.fromEntries(Object.entries(filter).filter(([member]) => member !== name)) as unknown as JobFilter;
}

function toggled(list: readonly string[], value: string): readonly string[] {
  return list.includes(value) ? list.filter((one) => one !== value) : [...list, value];
}
