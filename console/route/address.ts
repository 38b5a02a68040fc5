/** The address is the state of the console: what it shows can be shared as a link. */
import { signal } from '@preact/signals';

export interface Address {
  /** Below `/console`, such as `/jobs/job_…`; `/` is the overview. */
  readonly path: string;
  readonly query: URLSearchParams;
}

const base = '/console';

export const address = signal<Address>(readAddress());

window.addEventListener('popstate', () => {
  address.value = readAddress();
});

/** @param query members without a value are left out @returns an address for `href` */
export function hrefOf(path: string, query: URLSearchParams | Readonly<Record<string, string | undefined>> = {}): string {
  const entries = query instanceof URLSearchParams ? [...query] : Object.entries(query);
  const given = new URLSearchParams(entries.flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, value]])));
  return `${base}${path}${given.size === 0 ? '' : `?${readable(given)}`}`;
}

/** Shows another screen. @param href of `hrefOf` */
export function navigate(href: string, { isReplacing = false } = {}): void {
  history[isReplacing ? 'replaceState' : 'pushState'](null, '', href);
  const isOtherScreen = readAddress().path !== address.peek().path;
  address.value = readAddress();
  if (isOtherScreen) scrollTo(0, 0);
}

/** Lets links of the console change the screen without a new page; those with a modifier key open as ever. */
export function followLinks(): void {
  // A sign-in may have brought the page back to another screen than the one that it started at.
  address.value = readAddress();
  document.addEventListener('click', (event) => {
    const link = (event.target as Element | null)?.closest?.('a');
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) && !event.defaultPrevented;
    if (link == null || !isPlain || link.target !== '' || link.hasAttribute('download')) return;
    if (link.origin !== location.origin || !(link.pathname === base || link.pathname.startsWith(`${base}/`))) return;
    event.preventDefault();
    navigate(link.pathname + link.search);
  });
}

function readAddress(): Address {
  const path = location.pathname.startsWith(base) ? location.pathname.slice(base.length).replace(/\/+$/, '') : '';
  return { path: path === '' || path === '/index.html' ? '/' : path, query: new URLSearchParams(location.search) };
}

/** Colons and commas are allowed in a query, and links with them can be read. @see https://www.rfc-editor.org/rfc/rfc3986#section-3.4 */
function readable(query: URLSearchParams): string {
  return query.toString().replaceAll('%3A', ':').replaceAll('%2C', ',');
}
