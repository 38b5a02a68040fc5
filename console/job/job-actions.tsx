/** The buttons of a job: those that the API offers, and their dialogs. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { cancelJob, retryJob } from '../jobs/job-commands.ts';
import { maySubmit, mayWrite } from '../net/session.ts';
import { ConfirmForm } from '../parts/confirm-form.tsx';
import { announce, say } from '../parts/notices.tsx';
import { hrefOf, navigate } from '../route/address.ts';
import type { Remedy } from '../words/why-sentence.ts';
import { SignalForm } from './signal-form.tsx';

export interface JobActionsProps {
  readonly job: JobResource;
  /** What helps most is the first button, and is highlighted. A cancel never does: it ends the job. */
  readonly remedy: Remedy | null;
  readonly onDone: () => void;
}

type Dialog = 'cancel' | 'retry' | 'signal';

export function JobActions({ job, remedy, onDone }: JobActionsProps): JSX.Element {
  const [dialog, setDialog] = useState<Dialog | null>(null);
  const close = () => setDialog(null);
  const offers: readonly (readonly [Remedy, JSX.Element | null])[] = [
    ['signal', dialogButton('Send the signal…', () => setDialog('signal'), mayWrite() && job.reason?.code === 'waiting_for_signal')],
    ['retry', dialogButton('Retry…', () => setDialog('retry'), mayWrite() && job.links.retry !== null && job.retriedBy === null)],
    ['retried', job.retriedBy === null ? null : <a href={hrefOf(`/jobs/${job.retriedBy}`)}>Go to the retry</a>],
    ['other-job', otherJobLink(job)],
    ['type', job.finishedAt !== null ? null : <a href={hrefOf(`/job-types/${job.type}`)}>Look at the job type</a>],
    ['again', maySubmit(job.type) ? <a href={hrefOf('/submit', { again: job.id })}>Submit again…</a> : null],
    [
      'cancel',
      dialogButton('Cancel…', () => setDialog('cancel'), mayWrite() && job.links.cancel !== null && job.cancelRequestedAt === null),
    ],
  ];
  const there = offers.flatMap(([name, button]) => (button === null ? [] : [{ name, button }]));
  const sorted = [...there.filter(({ name }) => name === remedy), ...there.filter(({ name }) => name !== remedy)];
  return (
    <div class="actions">
      {sorted.map(({ name, button }) => (
        <span key={name} class={name === remedy && name !== 'cancel' ? 'helps' : ''}>
          {button}
        </span>
      ))}
      {dialog === 'cancel' && <CancelForm job={job} onDone={onDone} onClose={close} />}
      {dialog === 'retry' && <RetryForm job={job} onClose={close} />}
      {dialog === 'signal' && <SignalForm job={job} onDone={onDone} onClose={close} />}
    </div>
  );
}

interface FormProps {
  readonly job: JobResource;
  readonly onClose: () => void;
}

function CancelForm({ job, onDone, onClose }: FormProps & { readonly onDone: () => void }): JSX.Element {
  const run = async (reason: string) => {
    const { status } = await cancelJob(job.id, reason);
    say(status === 'cancelled' ? 'The job was cancelled.' : 'The job was asked to stop.');
    onDone();
  };
  return (
    <ConfirmForm title="Cancel this job?" button="Cancel the job" isDangerous={true} reason="optional" onConfirm={run} onClose={onClose}>
      <p>
        {job.type} <code>{job.id}</code>
        {job.status === 'running' && '. It is running: its worker is asked to stop, and cleans up first where its type does that.'}
        {job.children.length > 0 && ' The jobs that it runs are cancelled, too.'}
      </p>
    </ConfirmForm>
  );
}

function RetryForm({ job, onClose }: FormProps): JSX.Element {
  const run = async () => {
    const { id } = await retryJob(job.id);
    announce('This is the retry.');
    navigate(hrefOf(`/jobs/${id}`));
  };
  return (
    <ConfirmForm title="Retry this job?" button="Retry the job" reason="none" onConfirm={run} onClose={onClose}>
      <p>A new job does the same work with the same input, from the top. What this one did is not undone, and is done again.</p>
      <p class="soft">To change the input first, choose "Submit again".</p>
    </ConfirmForm>
  );
}

function dialogButton(label: string, onClick: () => void, isOffered: boolean): JSX.Element | null {
  if (!isOffered) return null;
  return (
    <button type="button" onClick={onClick}>
      {label}
    </button>
  );
}

/** The reason names one that has not ended. */
function otherJobLink({ reason, after, children, id }: JobResource): JSX.Element | null {
  if (reason?.code !== 'waiting_for_child' && reason?.code !== 'waiting_for_job') return null;
  const named = /job_[0-9a-z]+/.exec(reason.detail ?? '')?.[0];
  const other = [named, ...after, ...children].find((one) => one !== undefined && one !== id);
  return other === undefined ? null : <a href={hrefOf(`/jobs/${other}`)}>Go to the job that it waits for</a>;
}
