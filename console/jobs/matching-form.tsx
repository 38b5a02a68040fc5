/** Acts on all jobs that match the filter, also those that no page has shown: counts them first, then starts the job that does it. */
import type { JSX } from 'preact';
import { useEffect, useMemo, useState } from 'preact/hooks';
import { asProblem, type Problem } from '../net/api-calls.ts';
import { session } from '../net/session.ts';
import { AsCode } from '../parts/as-code.tsx';
import { ConfirmForm } from '../parts/confirm-form.tsx';
import { say } from '../parts/notices.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { hrefOf } from '../route/address.ts';
import { counted, countText } from '../words/amounts.ts';
import { type Action, scriptValue } from '../words/code-samples.ts';
import { bulkFilterOf, type JobFilter } from '../words/job-filter.ts';
import type { ListedJob } from './job-rows.ts';
import type { Command } from './selected-form.tsx';

interface Selection {
  readonly count: number;
  readonly isLowerBound: boolean;
  readonly jobs: readonly ListedJob[];
}

export interface MatchingFormProps {
  readonly command: Command;
  readonly filter: JobFilter;
  /** Codes of errors, for retries alone. */
  readonly codes?: readonly string[];
  readonly openedAtMs: number;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

const unfinished = ['scheduled', 'queued', 'running', 'waiting'];
const retryable = ['failed', 'cancelled'];

export function MatchingForm({ command, filter, codes, openedAtMs, onDone, onClose }: MatchingFormProps): JSX.Element {
  const request = useMemo(() => requestOf(command, filter, { codes, openedAtMs }), []);
  const [selection, setSelection] = useState<Selection | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  // One key for as long as the dialog is open, so that a second click starts no second job.
  const key = useMemo(() => crypto.randomUUID(), []);
  const verb = command === 'cancel' ? 'Cancel' : 'Retry';
  useEffect(() => {
    const counting = new AbortController();
    session()
      .api.send<Selection>(request.path, { method: 'POST', body: request.body, signal: counting.signal })
      .then(
        ({ body }) => setSelection(body ?? null),
        (error: unknown) => counting.signal.aborted || setProblem(asProblem(error)),
      );
    return () => counting.abort();
  }, [request]);
  const run = async (reason: string) => {
    const body = { ...request.body, dryRun: false, ...(reason === '' || command === 'retry' ? {} : { reason }) };
    const { body: job } = await session().api.send<ListedJob>(request.path, {
      method: 'POST',
      body,
      headers: { 'idempotency-key': `"${key}"` },
    });
    say(
      <>
        A job does it: <a href={hrefOf(`/jobs/${job?.id ?? ''}`)}>follow its progress</a>.
      </>,
    );
    onDone();
  };
  if (selection === null || selection.count === 0)
    return (
      <ConfirmForm title={`${verb} all that match`} button="Understood" reason="none" onConfirm={async () => undefined} onClose={onClose}>
        {problem !== null ? (
          <ProblemNote problem={problem} />
        ) : (
          <p aria-live="polite">
            {selection === null ? 'Counting…' : `No job matches that could be ${command === 'cancel' ? 'cancelled' : 'retried'}.`}
          </p>
        )}
      </ConfirmForm>
    );
  const amount = `${selection.isLowerBound ? 'at least ' : ''}${counted(selection.count, 'job')}`;
  return (
    <ConfirmForm
      title={`${verb} ${amount}?`}
      button={`${verb} ${selection.isLowerBound ? 'all of them' : amount}`}
      isDangerous={command === 'cancel'}
      reason={command === 'cancel' ? 'optional' : 'none'}
      onConfirm={run}
      onClose={onClose}
    >
      <p>
        In <b>{session().config.label ?? 'this deployment'}</b>. A job of the service does it, 20 a second, from the oldest on. It can be
        followed and cancelled. Jobs that match later are left alone.
      </p>
      <ul class="plain-list">
        {selection.jobs.map(({ id, type, status }) => (
          <li key={id}>
            {type} <code>{id}</code> <span class="soft">{status}</span>
          </li>
        ))}
        {selection.count > selection.jobs.length && <li class="soft">and {countText(selection.count - selection.jobs.length)} more</li>}
      </ul>
      <AsCode what="This" action={() => actionOf(command, request)} />
    </ConfirmForm>
  );
}

interface BulkRequest {
  readonly path: string;
  readonly body: { readonly filter: Readonly<Record<string, unknown>>; readonly dryRun: boolean; readonly owner?: string };
}

/** Statuses that the command is not about are left out; where none is left, the API explains what there is. */
function requestOf(
  command: Command,
  filter: JobFilter,
  more: { readonly codes: readonly string[] | undefined; readonly openedAtMs: number },
): BulkRequest {
  const possible = command === 'cancel' ? unfinished : retryable;
  const chosen = filter.status.filter((status) => possible.includes(status));
  const usual = command === 'cancel' ? unfinished : ['failed'];
  const status = filter.status.length === 0 ? usual : chosen.length === 0 ? filter.status : chosen;
  const bulk = { ...bulkFilterOf(filter, more.openedAtMs), status, ...(more.codes === undefined ? {} : { code: more.codes }) };
  const owner = filter.owner === undefined ? {} : { owner: filter.owner };
  return { path: command === 'cancel' ? '/v1/jobs/cancel' : '/v1/jobs/redrive', body: { filter: bulk, dryRun: true, ...owner } };
}

function actionOf(command: Command, { path, body }: BulkRequest): Action {
  const options = Object.entries(body.filter).flatMap(([name, value]) => [`--${name}`, [value].flat().join(',')]);
  return {
    method: 'POST',
    path,
    body: { ...body, dryRun: false },
    cli: [command === 'cancel' ? 'cancel' : 'redrive', ...options],
    script: `delegation.${command === 'cancel' ? 'cancelAll' : 'redrive'}(${scriptValue(body.filter)}, { dryRun: false })`,
  };
}
