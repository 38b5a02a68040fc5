/** What a submission says besides its input. */
import type { JSX } from 'preact';
import { useId } from 'preact/hooks';
import type { JobTypeResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import type { Options } from './submit-options.ts';

export interface OptionFieldsProps {
  readonly type: JobTypeResource;
  readonly options: Options;
  readonly errors: ReadonlyMap<string, string>;
  readonly onChange: (options: Options) => void;
}

interface OptionField {
  readonly name: keyof Options;
  readonly label: string;
  readonly help: string;
  readonly isTime?: boolean;
  readonly hint?: string;
}

const fields: readonly OptionField[] = [
  { name: 'tags', label: 'Tags', help: 'Names and values to find the job by, with spaces between.', hint: 'team=data env=prod' },
  { name: 'key', label: 'Idempotency key', help: 'The same key with the same submission is the same job. Empty: a key of this form.' },
  { name: 'startAt', label: 'Start', help: 'In your time zone. Empty: now.', isTime: true },
  { name: 'deadline', label: 'Deadline', help: "In your time zone. Empty: the type's own.", isTime: true },
  { name: 'maxAttempts', label: 'Attempts', help: "Empty: the type's own." },
];
const keyField: OptionField = { name: 'concurrencyKey', label: 'Concurrency key', help: 'Of the jobs with one key, a few run at once.' };
const priorityField: OptionField = { name: 'priority', label: 'Priority', help: 'low, normal or high.', hint: 'normal' };

export function OptionFields({ type, options, errors, onChange }: OptionFieldsProps): JSX.Element {
  const ofType = [...(type.keys !== null && !type.keys.isComputed ? [keyField] : []), ...(type.priorities ? [priorityField] : [])];
  return (
    <div class="options">
      {[...fields, ...ofType].map((field) => (
        <Field
          key={field.name}
          field={field}
          value={options[field.name]}
          error={errorOf(errors, field.name)}
          onChange={(value) => onChange({ ...options, [field.name]: value })}
        />
      ))}
    </div>
  );
}

interface FieldProps {
  readonly field: OptionField;
  readonly value: string;
  readonly error: string | undefined;
  readonly onChange: (value: string) => void;
}

function Field({ field: { label, help, isTime = false, hint }, value, error, onChange }: FieldProps): JSX.Element {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...(isTime ? ({ type: 'datetime-local' } as const) : ({ type: 'text' } as const))}
        id={id}
        value={value}
        placeholder={hint}
        autocomplete="off"
        spellcheck={false}
        aria-describedby={`${id}-help ${id}-error`}
        aria-invalid={error !== undefined}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
      <p id={`${id}-error`} class="fault">
        {error}
      </p>
      <p id={`${id}-help`} class="soft help">
        {help}
      </p>
    </div>
  );
}

function errorOf(errors: ReadonlyMap<string, string>, name: string): string | undefined {
  return [...errors].find(([pointer]) => pointer === `#/${name}` || pointer.startsWith(`#/${name}/`))?.[1];
}
