/** Sends a signal to a job that waits for one. */
import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import type { JobResource, JobTypeResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { usePolled } from '../net/polled.ts';
import { session } from '../net/session.ts';
import { ConfirmForm } from '../parts/confirm-form.tsx';
import { say } from '../parts/notices.tsx';

export interface SignalFormProps {
  readonly job: JobResource;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function SignalForm({ job, onDone, onClose }: SignalFormProps): JSX.Element {
  const type = usePolled<JobTypeResource>(`/v1/job-types/${encodeURIComponent(job.type)}`, { isFinal: () => true }).data.value;
  const names = Object.keys(type?.signalSchemas ?? {});
  // The detail of the reason names the signal that is waited for.
  const expected = names.find((one) => job.reason?.detail?.includes(one)) ?? names[0] ?? '';
  const [chosen, setChosen] = useState<string | null>(null);
  const [payload, setPayload] = useState('null');
  const key = useMemo(() => crypto.randomUUID(), []);
  const [nameField, payloadField] = [useId(), useId()];
  const name = chosen ?? expected;
  const send = async () => {
    const path = `/v1/jobs/${encodeURIComponent(job.id)}/signals/${encodeURIComponent(name)}`;
    await session().api.send(path, { method: 'POST', text: payload, headers: { 'idempotency-key': `"${key}"` } });
    say(`The signal ${name} was accepted.`);
    onDone();
  };
  return (
    <ConfirmForm title="Send a signal" button={`Send ${name}`} reason="none" onConfirm={send} onClose={onClose}>
      <div class="field">
        <label for={nameField}>Signal</label>
        <select id={nameField} value={name} onChange={(event) => setChosen(event.currentTarget.value)}>
          {names.map((one) => (
            <option key={one}>{one}</option>
          ))}
        </select>
      </div>
      <div class="field">
        <label for={payloadField}>Payload, as JSON</label>
        <textarea
          id={payloadField}
          class="code"
          rows={5}
          value={payload}
          spellcheck={false}
          onInput={(event) => setPayload(event.currentTarget.value)}
        />
      </div>
    </ConfirmForm>
  );
}
