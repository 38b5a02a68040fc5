/** The form of a submission with the JSON beside it. Both write the same input, and the API checks it. */
import type { JSX } from 'preact';
import { useId, useMemo, useState } from 'preact/hooks';
import { parseExact, stringifyExact } from '../../client/unrounded-json.ts';
import type { JobResource, JobTypeResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { asProblem, type Problem } from '../net/api-calls.ts';
import { session } from '../net/session.ts';
import { AsCode } from '../parts/as-code.tsx';
import { say } from '../parts/notices.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { ExactTime } from '../parts/time-text.tsx';
import { hrefOf, navigate } from '../route/address.ts';
import { EstimatedCost } from './estimated-cost.tsx';
import { hasRedactions, withValueAt } from './input-value.ts';
import { OptionFields } from './option-fields.tsx';
import { SchemaForm } from './schema-form.tsx';
import { type Options, submissionOf, submitAction } from './submit-options.ts';
import { quotedKey, useValidation } from './use-validation.ts';

export interface SubmitFormProps {
  readonly type: JobTypeResource;
  readonly input: unknown;
  readonly options: Options;
}

export function SubmitForm({ type, input, options: given }: SubmitFormProps): JSX.Element {
  const [text, setText] = useState(() => stringifyExact(input ?? {}, 2));
  const [options, setOptions] = useState(given);
  const [isTouched, setTouched] = useState(input !== undefined);
  const [refused, setRefused] = useState<Problem | null>(null);
  const [isBusy, setBusy] = useState(false);
  // A key of the form's own, so that a second click, or one after a lost answer, makes no second job.
  const formKey = useMemo(() => crypto.randomUUID(), []);
  const parsed = parseInput(text);
  const body = submissionOf(type.name, parsed.value, options);
  const { answer, problem, errors } = useValidation(isTouched && parsed.fault === undefined ? stringifyExact(body) : null, options.key);
  const change = (next: string) => {
    setText(next);
    setTouched(true);
    setRefused(null);
  };
  const submit = async (event: Event) => {
    event.preventDefault();
    setTouched(true);
    setBusy(true);
    try {
      const headers = { 'idempotency-key': quotedKey(options.key === '' ? formKey : options.key) };
      const { body: job, headers: said } = await session().api.send<JobResource>('/v1/jobs', { method: 'POST', body, headers });
      say(said.get('idempotent-replayed') === 'true' ? 'There was a job with this key already. This is it.' : 'The job was accepted.');
      navigate(hrefOf(`/jobs/${job?.id ?? ''}`));
    } catch (error) {
      setRefused(asProblem(error));
      setBusy(false);
    }
  };
  return (
    <form class="submit" onSubmit={(event) => void submit(event)} noValidate={true}>
      <p class="lead">{type.description}</p>
      {hasRedactions(parsed.value) && (
        <p class="note note-bad">Secrets of the former input are not shown. Replace each [redacted] by the value.</p>
      )}
      <div class="columns">
        <section class="panel">
          <header>
            <h2>Input</h2>
          </header>
          {parsed.fault === undefined ? (
            <SchemaForm
              schema={type.inputSchema}
              value={parsed.value}
              original={input}
              errors={errors}
              onChange={(path, member) => change(stringifyExact(withValueAt(parsed.value, path, member), 2))}
            />
          ) : (
            <p class="soft">The JSON beside is not valid yet. The form is back when it is.</p>
          )}
        </section>
        <div>
          <RawInput text={text} fault={parsed.fault} onChange={change} />
          <section class="panel">
            <header>
              <h2>Options</h2>
            </header>
            <OptionFields
              type={type}
              options={options}
              errors={errors}
              onChange={(next) => {
                setOptions(next);
                setTouched(true);
                setRefused(null);
              }}
            />
          </section>
          <section class="panel" aria-live="polite">
            <header>
              <h2>Check</h2>
            </header>
            {refused !== null ? <ProblemNote problem={refused} /> : problem !== undefined ? <ProblemNote problem={problem} /> : null}
            {refused === null && problem === undefined && answer === undefined && (
              <p class="soft">Once you write something, the API checks it here. Nothing is submitted by that.</p>
            )}
            {answer !== undefined && refused === null && (
              <>
                <p>
                  <b>It would be accepted.</b> It would start <ExactTime at={answer.startAt} /> and fail at{' '}
                  <ExactTime at={answer.deadline} /> if it has not ended by then.
                </p>
                {answer.replayOf !== null && (
                  <p>
                    The key has made a job already: <a href={hrefOf(`/jobs/${answer.replayOf}`)}>{answer.replayOf}</a>. No other one is
                    made.
                  </p>
                )}
                {answer.estimatedCost !== null && <EstimatedCost estimate={answer.estimatedCost} />}
              </>
            )}
            <div class="actions end">
              <button type="submit" class="primary" disabled={isBusy || parsed.fault !== undefined}>
                {isBusy ? 'Submitting…' : `Submit ${type.name}`}
              </button>
            </div>
          </section>
          <AsCode
            what="This submission"
            action={() => submitAction(body, options.key, parsed.fault === undefined ? stringifyExact(parsed.value) : '')}
          />
        </div>
      </div>
    </form>
  );
}

interface RawInputProps {
  readonly text: string;
  readonly fault: string | undefined;
  readonly onChange: (text: string) => void;
}

function RawInput({ text, fault, onChange }: RawInputProps): JSX.Element {
  const id = useId();
  return (
    <section class="panel">
      <header>
        <h2>
          <label for={id}>Input as JSON</label>
        </h2>
      </header>
      <textarea
        id={id}
        class="code"
        rows={Math.min(24, Math.max(6, text.split('\n').length))}
        value={text}
        spellcheck={false}
        aria-describedby={`${id}-fault`}
        aria-invalid={fault !== undefined}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <p id={`${id}-fault`} class="fault" aria-live="polite">
        {fault}
      </p>
    </section>
  );
}

function parseInput(text: string): { readonly value: unknown; readonly fault: string | undefined } {
  try {
    return { value: parseExact(text), fault: undefined };
  } catch (error) {
    return { value: undefined, fault: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
}
