/** A file or a large result, saved by the browser: it never is a part of the page. */
import type { JSX } from 'preact';
import { readUpTo } from '../net/bounded-body.ts';
import { session } from '../net/session.ts';
import { Icon } from './icon.tsx';
import { say, sayRefusal } from './notices.tsx';

/** Asks the proxy of `delegation console` for the link behind a redirect, which a page cannot read; others pass it over. */
const linkHeader = 'delegation-console-link';

/** What a tab may hold for a moment while the browser saves it. Larger files are in S3, and come by a redirect. */
const maxSavedBytes = 20_000_000;

export interface DownloadLinkProps {
  /** Such as `/v1/jobs/job_…/files/result.csv`. */
  readonly path: string;
  readonly name: string;
  readonly label: string;
}

/**
 * Without credentials it is a plain link, and the browser follows the redirect to S3. A request with credentials is one of the page's own: it
 * saves what the API itself answers. What is in S3 it opens by the link that the proxy of `delegation console` gives; elsewhere it says how to get it, since a
 * page can neither follow nor read a redirect.
 */
export function DownloadLink({ path, name, label }: DownloadLinkProps): JSX.Element {
  const { config, api } = session();
  if (config.auth.kind === 'none')
    return (
      <a class="download" href={api.urlOf(path)} download={name}>
        <Icon name="down" />
        {label}
      </a>
    );
  return (
    <button type="button" class="small" onClick={() => void save(path, name)}>
      <Icon name="down" />
      {label}
    </button>
  );
}

async function save(path: string, name: string): Promise<void> {
  try {
    const response = await session().api.open(path, { headers: { [linkHeader]: 'body' } });
    const link = response.headers.get('location');
    if (link !== null) return void window.open(link, '_blank', 'noopener');
    if (response.type === 'opaqueredirect') return say(<>It is in S3, out of a page's reach. Save it with {commandOf(path, name)}</>);
    const text = await readUpTo(response, maxSavedBytes);
    if (text === null) return say(<>It is too large for a page to save. Save it with {commandOf(path, name)}</>);
    saveText(text, name, 'application/json');
  } catch (error) {
    sayRefusal(`${name} was not saved`, error);
  }
}

/** Offers a text as a file. */
export function saveText(text: string | Blob, name: string, type: string): void {
  const url = URL.createObjectURL(text instanceof Blob ? text : new Blob([text], { type }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

function commandOf(path: string, name: string): JSX.Element {
  const [, id = '', file] = /^\/v1\/jobs\/([^/]+)\/(?:files\/([^/]+))?/.exec(path) ?? [];
  return <code>{`npx delegation result ${id} ${file === undefined ? '' : `--file ${file} `}-o ${name}`}</code>;
}
