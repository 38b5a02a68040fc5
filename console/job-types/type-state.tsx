/** Whether a job type takes and runs jobs, and the buttons that change it. They ask why. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { JobTypeResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { mayChangeTypes, session } from '../net/session.ts';
import { ConfirmForm } from '../parts/confirm-form.tsx';
import { say } from '../parts/notices.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { counted } from '../words/amounts.ts';
import { durationText } from '../words/durations.ts';

type State = JobTypeResource['state'];

export interface TypeStateProps {
  readonly type: JobTypeResource;
  readonly onDone: () => void;
}

const sentences: Readonly<Record<State, string>> = {
  active: 'It takes jobs and runs them.',
  paused: 'It takes jobs and keeps them, and runs none until it is resumed.',
  draining: 'It runs the jobs that it has, and takes no others.',
};

const changes: Readonly<Record<State, { readonly button: string; readonly effect: string; readonly done: string }>> = {
  paused: { button: 'Pause', effect: 'New jobs are accepted and kept. Jobs that run now go on to their next pause.', done: 'is paused' },
  draining: { button: 'Drain', effect: 'Jobs that were accepted are finished. New ones are refused.', done: 'is draining' },
  active: { button: 'Resume', effect: 'It takes and runs jobs again.', done: 'runs again' },
};

export function TypeState({ type, onDone }: TypeStateProps): JSX.Element {
  const { state, stateChange, queue } = type;
  const [next, setNext] = useState<State | null>(null);
  const others = (['active', 'paused', 'draining'] as const).filter((one) => one !== state);
  return (
    <section class={`why why-${state}`} aria-label="State">
      <div class="why-line">
        <StatusMark status={state} />
        <p class="sentence">{sentences[state]}</p>
      </div>
      {stateChange !== null && (
        <p class="detail">
          {stateChange.reason ?? 'No reason was given'} <span class="soft">({stateChange.by}, </span>
          <span class="soft">
            <TimeText at={stateChange.at} />)
          </span>
        </p>
      )}
      <p class="soft">
        {queue === null
          ? 'Its queue could not be read.'
          : `${counted(queue.depth, 'message')} in its queue. ${oldestText(queue.oldestSeconds)}`}
      </p>
      {mayChangeTypes() && (
        <div class="actions">
          {others.map((one) => (
            <span key={one} class={one === 'active' ? 'helps' : ''}>
              <button type="button" onClick={() => setNext(one)}>
                {changes[one].button}…
              </button>
            </span>
          ))}
        </div>
      )}
      {next !== null && <ChangeForm type={type} next={next} onDone={onDone} onClose={() => setNext(null)} />}
    </section>
  );
}

function ChangeForm({ type, next, onDone, onClose }: TypeStateProps & { readonly next: State; readonly onClose: () => void }): JSX.Element {
  const { button, effect, done } = changes[next];
  const change = async (reason: string) => {
    await session().api.send(`/v1/job-types/${encodeURIComponent(type.name)}/state`, { method: 'PUT', body: { state: next, reason } });
    say(`${type.name} ${done}.`);
    onDone();
  };
  return (
    <ConfirmForm
      title={`${button} ${type.name}?`}
      button={`${button} ${type.name}`}
      isDangerous={next !== 'active'}
      reason="required"
      onConfirm={change}
      onClose={onClose}
    >
      <p>
        In <b>{session().config.label ?? 'this deployment'}</b>, for all callers. {effect}
      </p>
    </ConfirmForm>
  );
}

function oldestText(seconds: number | null): string {
  return seconds === null ? 'No job that is due waits.' : `The oldest job that is due has waited ${durationText(seconds * 1000)}.`;
}
