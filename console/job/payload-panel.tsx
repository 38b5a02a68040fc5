/** An input or a result: what is small is a tree, what is large is loaded on request, and what is larger is a file. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import { parseExact, stringifyExact } from '../../client/unrounded-json.ts';
import { asProblem, type Problem } from '../net/api-calls.ts';
import { maxOpenBytes, maxShownBytes, readUpTo } from '../net/bounded-body.ts';
import { session } from '../net/session.ts';
import { CopyButton } from '../parts/copy-button.tsx';
import { DownloadLink } from '../parts/download-link.tsx';
import { JsonTree } from '../parts/json-tree.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { bytesText } from '../words/amounts.ts';

export interface PayloadPanelProps {
  readonly title: string;
  /** What the job shows of it; null where it is large or there is none. */
  readonly value: unknown;
  /** Where all of it is. */
  readonly path: string | null;
  readonly fileName: string;
  /** Said where there is nothing. */
  readonly absent: string;
}

type Loaded =
  | { readonly kind: 'value'; readonly value: unknown; readonly sizeBytes: number }
  | { readonly kind: 'too-large' }
  | { readonly kind: 'stored' };

export function PayloadPanel({ title, value, path, fileName, absent }: PayloadPanelProps): JSX.Element {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const shown: Loaded | null = loaded ?? (value === null || value === undefined ? null : { kind: 'value', value, sizeBytes: 0 });
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
        {shown?.kind === 'value' && <CopyButton text={() => stringifyExact(shown.value)} label="Copy JSON" />}
        {path !== null && <DownloadLink path={path} name={fileName} label="Download" />}
      </header>
      {shown?.kind === 'value' && <JsonTree value={shown.value} isFolded={shown.sizeBytes > maxOpenBytes} />}
      {shown?.kind === 'too-large' && (
        <p class="soft">It is larger than {bytesText(maxShownBytes)}, so the page does not show it. Download it.</p>
      )}
      {shown?.kind === 'stored' && <p class="soft">It is too large for an answer of the API and is kept in S3. Download it.</p>}
      {shown === null && path === null && <p class="soft">{absent}</p>}
      {shown === null && path !== null && <Load path={path} onLoaded={setLoaded} />}
    </section>
  );
}

function Load({ path, onLoaded }: { readonly path: string; readonly onLoaded: (loaded: Loaded) => void }): JSX.Element {
  const [problem, setProblem] = useState<Problem | null>(null);
  const load = async () => {
    try {
      onLoaded(await loadValue(path));
    } catch (error) {
      setProblem(asProblem(error));
    }
  };
  return (
    <>
      <p class="soft">It is large, so it was not loaded with the job.</p>
      <button type="button" onClick={() => void load()}>
        Show it
      </button>
      {problem !== null && <ProblemNote problem={problem} />}
    </>
  );
}

/** A redirect leads to S3, where everything lies that is too large for an answer of the API. */
async function loadValue(path: string): Promise<Loaded> {
  const response = await session().api.open(path);
  if (response.type === 'opaqueredirect') return { kind: 'stored' };
  const text = await readUpTo(response, maxShownBytes);
  return text === null ? { kind: 'too-large' } : { kind: 'value', value: parseExact(text), sizeBytes: text.length };
}
