/** A form for an input, built from its JSON Schema. What a form cannot say well is a field of JSON. */
import type { JSX } from 'preact';
import { stringifyExact } from '../../client/unrounded-json.ts';
import { alternativesOf, innerOf, type JsonSchema, type Property, propertiesOf } from '../job-types/json-schema.ts';
import { DescribedText } from '../parts/described-text.tsx';
import { ChoiceField, JsonField, LinesField, NumberField, TextField } from './form-fields.tsx';
import { type Path, pointerOf, valueAt } from './input-value.ts';

export interface FormProps {
  readonly value: unknown;
  readonly onChange: (path: Path, member: unknown) => void;
  /** The input of the job that is submitted again; undefined for a new one. */
  readonly original: unknown;
  /** Of the API, by pointer into the submission. */
  readonly errors: ReadonlyMap<string, string>;
}

export function SchemaForm({ schema, path = [], ...form }: FormProps & { readonly schema: JsonSchema; readonly path?: Path }): JSX.Element {
  return (
    <>
      {propertiesOf(schema).map((property) => (
        <Member key={property.name} property={property} path={[...path, property.name]} {...form} />
      ))}
    </>
  );
}

function Member({ property, path, ...form }: FormProps & { readonly property: Property; readonly path: Path }): JSX.Element {
  const { name, schema, isRequired } = property;
  if (schema['type'] === 'object' && propertiesOf(schema).length > 0 && alternativesOf(schema).length === 0)
    return (
      <details class="nested" open={isRequired || valueAt(form.value, path) !== undefined}>
        <summary>
          {name} {isRequired && <span class="required">required</span>}
        </summary>
        {typeof schema['description'] === 'string' && <DescribedText text={schema['description']} />}
        <SchemaForm schema={schema} path={path} {...form} />
      </details>
    );
  const value = valueAt(form.value, path);
  const field = {
    property,
    value,
    isChanged: form.original !== undefined && stringifyExact(valueAt(form.original, path)) !== stringifyExact(value),
    onChange: (member: unknown) => form.onChange(path, member),
    error: errorOf(form.errors, pointerOf(['input', ...path])),
  };
  switch (widgetOf(schema)) {
    case 'choice':
      return <ChoiceField {...field} />;
    case 'number':
      return <NumberField {...field} />;
    case 'text':
      return <TextField {...field} />;
    case 'lines':
      return <LinesField {...field} />;
    default:
      return <JsonField {...field} />;
  }
}

function widgetOf(schema: JsonSchema): 'choice' | 'number' | 'text' | 'lines' | 'json' {
  if (Array.isArray(schema['enum']) || schema['type'] === 'boolean') return 'choice';
  if (schema['type'] === 'integer' || schema['type'] === 'number') return 'number';
  if (schema['type'] === 'string') return 'text';
  return schema['type'] === 'array' && innerOf(schema)?.['type'] === 'string' ? 'lines' : 'json';
}

/** A fault within the member is shown at it as well, since a field may stand for a whole object. */
function errorOf(errors: ReadonlyMap<string, string>, pointer: string): string | undefined {
  const found = [...errors].filter(([at]) => at === pointer || at.startsWith(`${pointer}/`));
  return found.length === 0
    ? undefined
    : found.map(([at, detail]) => (at === pointer ? detail : `${at.slice(pointer.length)} ${detail}`)).join('; ');
}
