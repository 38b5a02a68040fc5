/** The columns of the jobs table: which there are, and which this person wants. */
import { signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { Icon } from '../parts/icon.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { TagList } from '../parts/tag-list.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { nowMs } from '../words/clock.ts';
import { durationText } from '../words/durations.ts';
import { shortWhy } from '../words/why-sentence.ts';
import type { ListedJob } from './job-rows.ts';

interface Column {
  readonly label: string;
  readonly show: (job: ListedJob) => ComponentChildren;
}

export const columns = {
  status: { label: 'Status', show: (job) => <StatusMark status={job.status} /> },
  why: { label: 'Why', show: (job) => <Why job={job} /> },
  progress: { label: 'Progress', show: (job) => <Progress job={job} /> },
  accepted: { label: 'Accepted', show: (job) => <TimeText at={job.createdAt} /> },
  ran: { label: 'Ran for', show: (job) => <span class="number">{ranText(job)}</span> },
  attempts: { label: 'Attempts', show: (job) => <span class="number">{`${job.attempt} of ${job.maxAttempts}`}</span> },
  tags: { label: 'Tags', show: (job) => <TagList tags={job.tags} /> },
  owner: { label: 'Owner', show: (job) => job.owner },
  key: { label: 'Concurrency key', show: (job) => job.concurrencyKey },
  schedule: { label: 'Schedule', show: (job) => job.schedule },
} as const satisfies Readonly<Record<string, Column>>;

export type ColumnName = keyof typeof columns;

/** Waits whose end is when the job goes on; of others it is when they give up. */
const goOn: ReadonlySet<string> = new Set(['sleeping', 'backing_off', 'waiting_for_capacity', 'quota', 'cleaning_up']);
const item = 'delegation.console.columns';
const usual: readonly ColumnName[] = ['status', 'why', 'accepted', 'ran', 'tags'];

export const chosenColumns = signal<readonly ColumnName[]>(readChosen());

export function ColumnChoice(): JSX.Element {
  return (
    <details class="menu">
      <summary class="button">
        <Icon name="columns" />
        Columns
      </summary>
      <fieldset class="menu-body">
        <legend class="unseen">Columns</legend>
        {names().map((name) => (
          <label key={name} class="check">
            <input
              type="checkbox"
              checked={chosenColumns.value.includes(name)}
              onChange={(event) => choose(name, event.currentTarget.checked)}
            />
            {columns[name].label}
          </label>
        ))}
      </fieldset>
    </details>
  );
}

function choose(name: ColumnName, isChosen: boolean): void {
  const before = chosenColumns.peek();
  chosenColumns.value = names().filter((one) => (one === name ? isChosen : before.includes(one)));
  localStorage.setItem(item, chosenColumns.peek().join());
}

function readChosen(): readonly ColumnName[] {
  const kept = localStorage.getItem(item)?.split(',');
  return kept === undefined ? usual : names().filter((name) => kept.includes(name));
}

function names(): readonly ColumnName[] {
  return Object.keys(columns) as ColumnName[];
}

function Why({ job }: { readonly job: ListedJob }): JSX.Element {
  const { status, reason, notBefore } = job;
  const until = goOn.has(reason?.code ?? '') ? (reason?.until ?? null) : status === 'scheduled' ? notBefore : null;
  return (
    <span class={status === 'failed' ? 'bad' : 'soft'}>
      {shortWhy(job)} {until !== null && <TimeText at={until} />}
    </span>
  );
}

function Progress({ job }: { readonly job: ListedJob }): JSX.Element | null {
  const { progress } = job;
  if (progress?.fraction == null) return null;
  return <progress value={progress.fraction} max={1} aria-label={`${Math.round(progress.fraction * 100)} percent done`} />;
}

/** From the first start to the end, or to now. */
function ranText({ startedAt, finishedAt }: ListedJob): string {
  if (startedAt === null) return '';
  return durationText((finishedAt === null ? nowMs.value : Date.parse(finishedAt)) - Date.parse(startedAt));
}
