/** A JSON value as a tree that folds. Numbers are shown with every digit that the API sent. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { ExactNumber, stringifyExact } from '../../client/unrounded-json.ts';
import { hrefOf } from '../route/address.ts';
import { decodedPart } from '../route/decoded-part.ts';
import { countText } from '../words/amounts.ts';
import { DownloadLink } from './download-link.tsx';

/** More members than this are added on request, so that a long list never makes a long page. */
const step = 100;
const maxTextLength = 500;
const openDepth = 2;

/** @param isFolded whether only the first level is open, for large values */
export function JsonTree({ value, isFolded = false }: { readonly value: unknown; readonly isFolded?: boolean }): JSX.Element {
  return (
    <div class="tree">
      <Node value={value} depth={0} isOpen={true} openDepth={isFolded ? 1 : openDepth} />
    </div>
  );
}

interface NodeProps {
  readonly name?: string | undefined;
  readonly value: unknown;
  readonly depth: number;
  readonly isOpen?: boolean;
  readonly openDepth: number;
}

function Node(props: NodeProps): JSX.Element {
  const { name, value } = props;
  if (isBranch(value)) return <Branch {...props} value={value} />;
  return (
    <div class="leaf">
      {name !== undefined && <span class="name">{name}: </span>}
      <Leaf value={value} />
    </div>
  );
}

function Branch({ name, value, depth, openDepth: limit }: NodeProps & { readonly value: object }): JSX.Element {
  const isList = Array.isArray(value);
  const entries = Object.entries(value);
  const [isOpen, setOpen] = useState(depth < limit && (entries.length <= step || depth === 0));
  const [shown, setShown] = useState(step);
  if (entries.length === 0)
    return (
      <div class="leaf">
        {name !== undefined && <span class="name">{name}: </span>}
        <span class="punctuation">{isList ? '[]' : '{}'}</span>
      </div>
    );
  return (
    <details open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        {name !== undefined && <span class="name">{name}: </span>}
        <span class="punctuation">
          {isList ? '[' : '{'}
          {!isOpen && ` ${countText(entries.length)} ${isList ? 'items' : 'members'} ${isList ? ']' : '}'}`}
        </span>
      </summary>
      {isOpen && (
        <div class="inner">
          {entries.slice(0, shown).map(([key, one]) => (
            <Node key={key} name={isList ? `${key}` : key} value={one} depth={depth + 1} openDepth={limit} />
          ))}
          {entries.length > shown && (
            <button type="button" class="small" onClick={() => setShown(shown + step)}>
              Show {countText(Math.min(step, entries.length - shown))} more of {countText(entries.length - shown)}
            </button>
          )}
        </div>
      )}
    </details>
  );
}

function Leaf({ value }: { readonly value: unknown }): JSX.Element {
  if (typeof value !== 'string')
    return <span class={value === null ? 'null' : 'scalar'}>{value === null ? 'null' : scalarText(value)}</span>;
  if (/^job_[0-9a-z]+$/.test(value))
    return (
      <a class="string" href={hrefOf(`/jobs/${value}`)}>
        {value}
      </a>
    );
  const file = /^\/v1\/jobs\/[^/]+\/files\/([^/?]+)$/.exec(value)?.[1];
  if (file !== undefined) return <DownloadLink path={value} name={decodedPart(file)} label={decodedPart(file)} />;
  return <Text text={value} />;
}

function Text({ text }: { readonly text: string }): JSX.Element {
  const [isWhole, setWhole] = useState(false);
  const isLong = text.length > maxTextLength && !isWhole;
  return (
    <span class="string">
      {JSON.stringify(isLong ? text.slice(0, maxTextLength) : text)}
      {isLong && (
        <button type="button" class="small" onClick={() => setWhole(true)}>
          Show all {countText(text.length)} characters
        </button>
      )}
    </span>
  );
}

function scalarText(value: unknown): string {
  return value instanceof ExactNumber ? value.text : stringifyExact(value);
}

function isBranch(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !(value instanceof ExactNumber);
}
