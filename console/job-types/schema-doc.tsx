/** A JSON Schema as documentation: each member with its kind, bounds, default and description. */
import type { JSX } from 'preact';
import { stringifyExact } from '../../client/unrounded-json.ts';
import { DescribedText } from '../parts/described-text.tsx';
import { alternativesOf, boundsOf, innerOf, type JsonSchema, kindOf, type Property, propertiesOf } from './json-schema.ts';

/** Deeper parts are folded. */
const openDepth = 1;

export function SchemaDoc({ schema }: { readonly schema: JsonSchema }): JSX.Element {
  const text = schema['description'];
  return (
    <div class="schema">
      {typeof text === 'string' && <DescribedText text={text} />}
      <Inside schema={schema} depth={0} />
      {propertiesOf(schema).length === 0 && alternativesOf(schema).length === 0 && <p class="soft">{kindOf(schema)}</p>}
    </div>
  );
}

interface InsideProps {
  readonly schema: JsonSchema;
  readonly depth: number;
}

function Inside({ schema, depth }: InsideProps): JSX.Element {
  const alternatives = alternativesOf(schema).filter((one) => propertiesOf(one).length > 0);
  const inner = innerOf(schema);
  return (
    <>
      <ul class="members">
        {propertiesOf(schema).map((property) => (
          <Member key={property.name} property={property} depth={depth} />
        ))}
      </ul>
      {alternatives.map((one, i) => (
        <Fold key={i} label={`${alternatives.length > 1 ? `Way ${i + 1}: ` : ''}${labelOf(one)}`} schema={one} depth={depth} />
      ))}
      {inner !== undefined && hasInside(inner) && (
        <Fold label={schema['type'] === 'array' ? 'Each item' : 'Each member'} schema={inner} depth={depth} />
      )}
    </>
  );
}

function Member({ property: { name, schema, isRequired }, depth }: { readonly property: Property; readonly depth: number }): JSX.Element {
  const text = schema['description'];
  return (
    <li>
      <p>
        <code class="member">{name}</code> <span class="kind">{kindOf(schema)}</span>
        {isRequired && <span class="required"> required</span>}
        {schema['default'] !== undefined && <span class="soft bound">default {stringifyExact(schema['default'])}</span>}
        {boundsOf(schema).map((bound) => (
          <span key={bound} class="soft bound">
            {bound}
          </span>
        ))}
      </p>
      {typeof text === 'string' && <DescribedText text={text} />}
      {hasInside(schema) &&
        (depth < openDepth ? (
          <Fold label={`Inside ${name}`} schema={schema} depth={depth} />
        ) : (
          <Inside schema={schema} depth={depth + 1} />
        ))}
    </li>
  );
}

function Fold({ label, schema, depth }: InsideProps & { readonly label: string }): JSX.Element {
  return (
    <details>
      <summary>{label}</summary>
      {typeof schema['description'] === 'string' && <DescribedText text={schema['description']} />}
      <Inside schema={schema} depth={depth + 1} />
    </details>
  );
}

/** @returns whether there is more to say than the kind */
function hasInside(schema: JsonSchema): boolean {
  const inner = innerOf(schema);
  return propertiesOf(schema).length > 0 || alternativesOf(schema).some(hasInside) || (inner !== undefined && hasInside(inner));
}

/** An alternative is named by the constants in it, else by its members. */
function labelOf(schema: JsonSchema): string {
  const properties = propertiesOf(schema);
  const constants = properties.flatMap(({ name, schema: one }) =>
    one['const'] === undefined ? [] : [`${name} ${JSON.stringify(one['const'])}`],
  );
  return constants.length > 0 ? constants.join(', ') : `an object with ${properties.map(({ name }) => name).join(', ')}`;
}
