/** Sends a signal to a job that waits for one, with a form for its payload. */
import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { parseExact } from '../../client/unrounded-json.ts';
import type { JobResource, JobTypeResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { type JsonSchema, propertiesOf } from '../job-types/json-schema.ts';
import { usePolled } from '../net/polled.ts';
import { session } from '../net/session.ts';
import { ConfirmForm } from '../parts/confirm-form.tsx';
import { say } from '../parts/notices.tsx';
import { withValueAt } from '../submit/input-value.ts';
import { SchemaForm } from '../submit/schema-form.tsx';

export interface SignalFormProps {
  readonly job: JobResource;
  readonly onDone: () => void;
  readonly onClose: () => void;
}

export function SignalForm({ job, onDone, onClose }: SignalFormProps): JSX.Element {
  const type = usePolled<JobTypeResource>(`/v1/job-types/${encodeURIComponent(job.type)}`, { isFinal: () => true }).data.value;
  const names = Object.keys(type?.signalSchemas ?? {});
  // The detail of the reason often names the signal that is waited for.
  const expected = names.find((one) => job.reason?.detail?.includes(one)) ?? names[0] ?? '';
  const [chosen, setChosen] = useState<string | null>(null);
  const [payload, setPayload] = useState<unknown>(undefined);
  const key = useMemo(() => crypto.randomUUID(), []);
  const field = useId();
  const name = chosen ?? expected;
  const schema: JsonSchema = type?.signalSchemas[name] ?? {};
  const hasForm = propertiesOf(schema).length > 0;
  const send = async () => {
    const path = `/v1/jobs/${encodeURIComponent(job.id)}/signals/${encodeURIComponent(name)}`;
    const body = payload ?? (hasForm ? {} : null);
    await session().api.send(path, { method: 'POST', body, headers: { 'idempotency-key': `"${key}"` } });
    say(`The signal ${name} was accepted.`);
    onDone();
  };
  return (
    <ConfirmForm title="Send a signal" button={`Send ${name}`} reason="none" onConfirm={send} onClose={onClose}>
      {names.length > 1 && (
        <div class="field">
          <label for={field}>Signal</label>
          <select id={field} value={name} onChange={(event) => setChosen(event.currentTarget.value)}>
            {names.map((one) => (
              <option key={one}>{one}</option>
            ))}
          </select>
        </div>
      )}
      {hasForm ? (
        <SchemaForm
          schema={schema}
          value={payload}
          original={undefined}
          errors={new Map()}
          onChange={(path, member) => setPayload(withValueAt(payload, path, member))}
        />
      ) : (
        <RawPayload onChange={setPayload} />
      )}
    </ConfirmForm>
  );
}

/** A payload that no form fits. A text that is not JSON is sent as a text, and the API says what it expects. */
function RawPayload({ onChange }: { readonly onChange: (payload: unknown) => void }): JSX.Element {
  const id = useId();
  const read = (text: string): unknown => {
    try {
      return text.trim() === '' ? undefined : parseExact(text);
    } catch {
      return text;
    }
  };
  return (
    <div class="field">
      <label for={id}>Payload, as JSON; empty for none</label>
      <textarea id={id} class="code" rows={4} spellcheck={false} onInput={(event) => onChange(read(event.currentTarget.value))} />
    </div>
  );
}
