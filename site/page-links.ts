/** Links of pages. They are relative in Markdown, so that they work in the repository; here each gets where it leads on the site. */
import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import { addressOf } from './navigation.ts';

export interface Site {
  /** Folder of the repository. */
  readonly root: string;
  /** Paths of the pages, from the root. */
  readonly pages: readonly string[];
  /** Where the repository's files are shown, e.g. `https://git.example/delegation/blob/main`; without it, they are named and not linked. */
  readonly repository: string | undefined;
}

/**
 * @param page path of the page that has the link, from the root
 * @param href as it is written
 * @returns the address on the site, one of a file in the repository, or `undefined` for a file that has no address
 * @throws Error for a file that does not exist, which fails the build
 */
export function siteLinkOf(href: string, page: string, site: Site): string | undefined {
  if (/^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i.test(href)) return href;
  const [path = '', anchor] = href.split('#', 2);
  const target = posix.join(posix.dirname(page), decodeURI(path)).replace(/\/$/, '');
  const hash = anchor === undefined ? '' : `#${anchor}`;
  if (site.pages.includes(target)) return `/${addressOf(target)}${hash}`.replace(/^\/index(?=#|$)/, '/');
  const file = join(site.root, target);
  if (!existsSync(file)) throw new Error(`${page} links to ${href}, and there is no ${target}.`);
  const shown = statSync(file).isDirectory() ? `${target}/README.md` : target;
  if (site.pages.includes(shown)) return `/${addressOf(shown)}${hash}`;
  return site.repository === undefined ? undefined : `${site.repository.replace(/\/$/, '')}/${encodeURI(target)}${hash}`;
}
