/** One schedule. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { ScheduleResource } from '../../lambdas/api/openapi/schedule-schemas.ts';
import { mayWrite, session } from '../net/session.ts';
import { ConfirmForm } from '../parts/confirm-form.tsx';
import { JsonTree } from '../parts/json-tree.tsx';
import { say } from '../parts/notices.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { ExactTime, TimeText } from '../parts/time-text.tsx';
import { hrefOf } from '../route/address.ts';

export interface ScheduleCardProps {
  readonly schedule: ScheduleResource;
  readonly onDone: () => void;
}

export function ScheduleCard({ schedule, onDone }: ScheduleCardProps): JSX.Element {
  const { name, job, paused, nextTimes, note } = schedule;
  const [next] = nextTimes;
  return (
    <li class="card">
      <div class="card-head">
        <h2>{name}</h2>
        <StatusMark status={paused ? 'paused' : 'active'} />
      </div>
      <p>
        <a href={hrefOf(`/job-types/${job.type}`)}>{job.type}</a> {ruleText(schedule)}
      </p>
      {note !== null && <p class="soft">{note}</p>}
      <p>
        {next === undefined ? (
          <span class="soft">{paused ? 'It fires again once it is resumed.' : 'It fires no more.'}</span>
        ) : (
          <>
            Next: <TimeText at={next} />, <ExactTime at={next} />
          </>
        )}
      </p>
      <LastFiring schedule={schedule} />
      <details>
        <summary>Job and next times</summary>
        {nextTimes.length > 1 && (
          <ul>
            {nextTimes.map((at) => (
              <li key={at}>
                <ExactTime at={at} />
              </li>
            ))}
          </ul>
        )}
        {job.input === null ? <p class="soft">Its input is large, or may not be shown.</p> : <JsonTree value={job.input} />}
      </details>
      {mayWrite() && <Buttons schedule={schedule} onDone={onDone} />}
    </li>
  );
}

function Buttons({ schedule, onDone }: ScheduleCardProps): JSX.Element {
  const { name, paused } = schedule;
  const [asked, setAsked] = useState<'pause' | 'delete' | null>(null);
  const path = `/v1/schedules/${encodeURIComponent(name)}`;
  const set = async () => {
    await session().api.send(`${path}/state`, { method: 'PUT', body: { state: paused ? 'active' : 'paused' } });
    say(`${name} ${paused ? 'fires again' : 'is paused'}.`);
    onDone();
  };
  const remove = async () => {
    await session().api.send(path, { method: 'DELETE' });
    say(`${name} was deleted.`);
    onDone();
  };
  const verb = paused ? 'Resume' : 'Pause';
  return (
    <div class="actions">
      <button type="button" class="small" onClick={() => setAsked('pause')}>
        {verb}…<span class="unseen"> {name}</span>
      </button>
      <button type="button" class="small" onClick={() => setAsked('delete')}>
        Delete…<span class="unseen"> {name}</span>
      </button>
      {asked === 'pause' && (
        <ConfirmForm title={`${verb} ${name}?`} button={verb} reason="none" onConfirm={set} onClose={() => setAsked(null)}>
          <p>{paused ? 'It fires again from its next time on.' : 'It fires no more until it is resumed. Jobs that it has made go on.'}</p>
        </ConfirmForm>
      )}
      {asked === 'delete' && (
        <ConfirmForm
          title={`Delete ${name}?`}
          button="Delete the schedule"
          isDangerous={true}
          reason="none"
          onConfirm={remove}
          onClose={() => setAsked(null)}
        >
          <p>It cannot be brought back from here. Jobs that it has made go on.</p>
        </ConfirmForm>
      )}
    </div>
  );
}

function LastFiring({ schedule: { lastFiring } }: { readonly schedule: ScheduleResource }): JSX.Element {
  if (lastFiring === null) return <p class="soft">It has not fired yet.</p>;
  const { scheduledFor, job, skipped } = lastFiring;
  return (
    <p>
      Last: <TimeText at={scheduledFor} />,{' '}
      {job === null ? <span>skipped: {skipped?.detail}</span> : <a href={hrefOf(`/jobs/${job}`)}>its job</a>}
    </p>
  );
}

function ruleText({ cron, timeZone, every }: ScheduleResource): string {
  if (cron !== null) return `by ${cron} in ${timeZone ?? 'UTC'}`;
  const parts = Object.entries(every ?? {}).flatMap(([unit, amount]) =>
    amount > 0 ? [`${amount} ${amount === 1 ? unit.slice(0, -1) : unit}`] : [],
  );
  return `every ${parts.join(' ')}`;
}
