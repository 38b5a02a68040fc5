/** The rows of a page of jobs. */
import type { JSX } from 'preact';
import { ScrollFrame } from '../parts/scroll-frame.tsx';
import { hrefOf } from '../route/address.ts';
import { chosenColumns, columns } from './job-columns.tsx';
import type { Row } from './job-rows.ts';

export interface JobsTableProps {
  readonly rows: readonly Row[];
  readonly selected: ReadonlySet<string>;
  /** Absent where nothing can be done with a selection. */
  readonly onSelect: ((ids: readonly string[], isSelected: boolean) => void) | undefined;
}

const notes = { fresh: null, left: 'no longer in this view', behind: 'not updated: newer jobs came' } as const;

export function JobsTable({ rows, selected, onSelect }: JobsTableProps): JSX.Element {
  const names = chosenColumns.value;
  const ids = rows.map(({ job }) => job.id);
  return (
    <ScrollFrame label="Jobs">
      <table class="jobs">
        <thead>
          <tr>
            {onSelect !== undefined && (
              <th scope="col" class="pick">
                <input
                  type="checkbox"
                  aria-label="Select all on this page"
                  checked={ids.length > 0 && ids.every((id) => selected.has(id))}
                  onChange={(event) => onSelect(ids, event.currentTarget.checked)}
                />
              </th>
            )}
            <th scope="col">Job</th>
            {names.map((name) => (
              <th key={name} scope="col">
                {columns[name].label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <JobRow key={row.job.id} row={row} isSelected={selected.has(row.job.id)} onSelect={onSelect} />
          ))}
        </tbody>
      </table>
    </ScrollFrame>
  );
}

interface JobRowProps {
  readonly row: Row;
  readonly isSelected: boolean;
  readonly onSelect: JobsTableProps['onSelect'];
}

function JobRow({ row: { job, state }, isSelected, onSelect }: JobRowProps): JSX.Element {
  const note = notes[state];
  return (
    <tr class={`row row-${state}${isSelected ? ' is-selected' : ''}`} data-job={job.id}>
      {onSelect !== undefined && (
        <td class="pick">
          <input
            type="checkbox"
            aria-label={`Select ${job.type} ${job.id}`}
            checked={isSelected}
            onChange={(event) => onSelect([job.id], event.currentTarget.checked)}
          />
        </td>
      )}
      <th scope="row">
        <a class="row-link" href={hrefOf(`/jobs/${job.id}`)}>
          {job.type} <span class="id">{shortId(job.id)}</span>
        </a>
        {note !== null && <small class="soft"> {note}</small>}
      </th>
      {chosenColumns.value.map((name) => (
        <td key={name}>{columns[name].show(job)}</td>
      ))}
    </tr>
  );
}

/** Enough to distinguish the jobs of a page; the job's own screen has all of it. */
function shortId(id: string): string {
  return id.length > 16 ? `${id.slice(0, 14)}…` : id;
}
