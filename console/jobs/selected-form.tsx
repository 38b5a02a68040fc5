/** Asks before some selected jobs are cancelled or retried, and says what became of them. */
import type { JSX } from 'preact';
import { ConfirmForm } from '../parts/confirm-form.tsx';
import { say, sayRefusal } from '../parts/notices.tsx';
import { counted } from '../words/amounts.ts';
import { cancelJob, forEachJob, retryJob } from './job-commands.ts';
import type { ListedJob } from './job-rows.ts';

export type Command = 'cancel' | 'retry';

export interface SelectedFormProps {
  readonly command: Command;
  /** Those for which the API offers the command. */
  readonly jobs: readonly ListedJob[];
  readonly onDone: () => void;
  readonly onClose: () => void;
}

/** @returns the jobs that the command can be sent to */
export function fitting(jobs: readonly ListedJob[], command: Command): readonly ListedJob[] {
  return jobs.filter(({ links, retriedBy }) => (command === 'cancel' ? links.cancel !== null : links.retry !== null && retriedBy === null));
}

export function SelectedForm({ command, jobs, onDone, onClose }: SelectedFormProps): JSX.Element {
  const amount = counted(jobs.length, 'job');
  const run = async (reason: string) => {
    const act = command === 'cancel' ? (id: string) => cancelJob(id, reason) : retryJob;
    const { doneCount, failures } = await forEachJob(
      jobs.map(({ id }) => id),
      act,
    );
    if (doneCount > 0)
      say(command === 'cancel' ? `${counted(doneCount, 'job')}: cancelled, or asked to stop.` : `${counted(doneCount, 'job')} retried.`);
    for (const { id, error } of failures.slice(0, 1))
      sayRefusal(`${counted(failures.length, 'job')} not ${command === 'cancel' ? 'cancelled' : 'retried'}, such as ${id}`, error);
    onDone();
  };
  return (
    <ConfirmForm
      title={command === 'cancel' ? `Cancel ${amount}?` : `Retry ${amount}?`}
      button={command === 'cancel' ? `Cancel ${amount}` : `Retry ${amount}`}
      isDangerous={command === 'cancel'}
      reason={command === 'cancel' ? 'optional' : 'none'}
      onConfirm={run}
      onClose={onClose}
    >
      <ul class="plain-list">
        {jobs.slice(0, 10).map(({ id, type }) => (
          <li key={id}>
            {type} <code>{id}</code>
          </li>
        ))}
        {jobs.length > 10 && <li class="soft">and {jobs.length - 10} more</li>}
      </ul>
      {command === 'retry' && <p class="soft">Each retry is a new job that starts from the top. What the ended job did is not undone.</p>}
    </ConfirmForm>
  );
}
