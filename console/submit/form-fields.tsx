/** The fields of the form, each for a kind of member. An empty field leaves its member out. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useState } from 'preact/hooks';
import { ExactNumber, parseExact, stringifyExact } from '../../client/unrounded-json.ts';
import { boundsOf, kindOf, type Property } from '../job-types/json-schema.ts';
import { DescribedText } from '../parts/described-text.tsx';

export interface FieldProps {
  readonly property: Property;
  readonly value: unknown;
  readonly onChange: (member: unknown) => void;
  readonly error: string | undefined;
  /** Whether it differs from the job that is submitted again. */
  readonly isChanged: boolean;
}

interface FrameProps extends Pick<FieldProps, 'property' | 'error' | 'isChanged'> {
  readonly children: (ids: { readonly id: string; readonly describedBy: string; readonly isInvalid: boolean }) => ComponentChildren;
}

/** From this length on a text has room for several lines. */
const longText = 300;

function Frame({ property: { name, schema, isRequired }, error, isChanged, children }: FrameProps): JSX.Element {
  const id = useId();
  const text = schema['description'];
  return (
    <div class="field">
      <label for={id}>
        {name} <span class="kind">{[kindOf(schema), ...boundsOf(schema)].join(', ')}</span>{' '}
        {isRequired && <span class="required">required</span>} {isChanged && <span class="changed">changed</span>}
      </label>
      {children({ id, describedBy: `${id}-help ${id}-error`, isInvalid: error !== undefined })}
      <p id={`${id}-error`} class="fault" aria-live="polite">
        {error}
      </p>
      <div id={`${id}-help`} class="soft help">
        {typeof text === 'string' && <DescribedText text={text} />}
      </div>
    </div>
  );
}

export function TextField({ property, value, onChange, error, isChanged }: FieldProps): JSX.Element {
  const isLong = Number(property.schema['maxLength'] ?? longText) > longText;
  const text = typeof value === 'string' ? value : value === undefined ? '' : stringifyExact(value);
  const change = (event: { readonly currentTarget: { readonly value: string } }) =>
    onChange(event.currentTarget.value === '' ? undefined : event.currentTarget.value);
  return (
    <Frame property={property} error={error} isChanged={isChanged}>
      {({ id, describedBy, isInvalid }) =>
        isLong ? (
          <textarea
            id={id}
            class="code"
            rows={Math.min(12, Math.max(2, text.split('\n').length))}
            value={text}
            spellcheck={false}
            aria-describedby={describedBy}
            aria-invalid={isInvalid}
            onInput={change}
          />
        ) : (
          <input
            id={id}
            value={text}
            placeholder={placeholderOf(property)}
            spellcheck={false}
            autocomplete="off"
            aria-describedby={describedBy}
            aria-invalid={isInvalid}
            onInput={change}
          />
        )
      }
    </Frame>
  );
}

/** A field of text, since a number field of a browser rounds. What is not a number is sent as it is, and the API says so. */
export function NumberField({ property, value, onChange, error, isChanged }: FieldProps): JSX.Element {
  const text =
    value === undefined ? '' : value instanceof ExactNumber ? value.text : typeof value === 'string' ? value : stringifyExact(value);
  const [draft, setDraft] = useState(text);
  useEffect(() => {
    if (asNumber(draft) !== value && stringifyExact(asNumber(draft)) !== stringifyExact(value)) setDraft(text);
  }, [text]);
  const change = (written: string) => {
    setDraft(written);
    onChange(asNumber(written));
  };
  return (
    <Frame property={property} error={error} isChanged={isChanged}>
      {({ id, describedBy, isInvalid }) => (
        <input
          id={id}
          class="short"
          inputMode="decimal"
          value={draft}
          placeholder={placeholderOf(property)}
          autocomplete="off"
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </Frame>
  );
}

export function ChoiceField({ property, value, onChange, error, isChanged }: FieldProps): JSX.Element {
  const options: readonly unknown[] = Array.isArray(property.schema['enum']) ? property.schema['enum'] : [true, false];
  const chosen = value === undefined ? '' : JSON.stringify(value);
  const usual = property.schema['default'];
  return (
    <Frame property={property} error={error} isChanged={isChanged}>
      {({ id, describedBy, isInvalid }) => (
        <select
          id={id}
          class="short"
          value={chosen}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
          onChange={(event) => onChange(event.currentTarget.value === '' ? undefined : JSON.parse(event.currentTarget.value))}
        >
          <option value="">{usual === undefined ? 'not given' : `not given: ${String(usual)}`}</option>
          {options.map((option) => (
            <option key={String(option)} value={JSON.stringify(option)}>
              {String(option)}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

/** A list of texts, one a line. */
export function LinesField({ property, value, onChange, error, isChanged }: FieldProps): JSX.Element {
  const given = Array.isArray(value) ? value.map(String).join('\n') : '';
  const [draft, setDraft] = useState(given);
  useEffect(() => {
    if (linesOf(draft).join('\n') !== given) setDraft(given);
  }, [given]);
  const change = (text: string) => {
    setDraft(text);
    onChange(linesOf(text).length === 0 ? undefined : linesOf(text));
  };
  return (
    <Frame property={property} error={error} isChanged={isChanged}>
      {({ id, describedBy, isInvalid }) => (
        <textarea
          id={id}
          class="code"
          rows={3}
          value={draft}
          placeholder="one a line"
          spellcheck={false}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </Frame>
  );
}

/** Any value, as JSON. While it is not JSON, the text itself is the value, and is refused with its pointer. */
export function JsonField({ property, value, onChange, error, isChanged }: FieldProps): JSX.Element {
  const given = value === undefined ? '' : stringifyExact(value, 2);
  const [draft, setDraft] = useState(given);
  const parsed = parseOrText(draft);
  useEffect(() => {
    if ((parsed.value === undefined ? '' : stringifyExact(parsed.value, 2)) !== given) setDraft(given);
  }, [given]);
  const change = (text: string) => {
    setDraft(text);
    onChange(parseOrText(text).value);
  };
  return (
    <Frame property={property} error={parsed.isJson ? error : 'This is not JSON yet.'} isChanged={isChanged}>
      {({ id, describedBy, isInvalid }) => (
        <textarea
          id={id}
          class="code"
          rows={Math.min(12, Math.max(3, draft.split('\n').length))}
          value={draft}
          placeholder="JSON"
          spellcheck={false}
          aria-describedby={describedBy}
          aria-invalid={isInvalid}
          onInput={(event) => change(event.currentTarget.value)}
        />
      )}
    </Frame>
  );
}

function asNumber(text: string): unknown {
  const written = text.trim();
  if (written === '') return undefined;
  return /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(written) ? parseExact(written) : written;
}

function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

function parseOrText(text: string): { readonly value: unknown; readonly isJson: boolean } {
  if (text.trim() === '') return { value: undefined, isJson: true };
  try {
    return { value: parseExact(text), isJson: true };
  } catch {
    return { value: text, isJson: false };
  }
}

function placeholderOf({ schema }: Property): string {
  return schema['default'] === undefined ? '' : String(schema['default']);
}
