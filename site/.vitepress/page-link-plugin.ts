/** Rewrites the links of each page while VitePress renders it. */
import { relative, sep } from 'node:path';
import type { MarkdownRenderer } from 'vitepress';
import { type Site, siteLinkOf } from '../page-links.ts';

/** Before VitePress's own rule, which collects the links and refuses those that lead to no page. */
export function pageLinks(markdown: MarkdownRenderer, site: Site): void {
  markdown.core.ruler.push('page links', ({ tokens, env }) => {
    const page = relative(site.root, env.realPath ?? env.path)
      .split(sep)
      .join('/');
    for (const token of tokens.flatMap(({ children }) => children ?? [])) {
      if (token.type !== 'link_open') continue;
      const href = siteLinkOf(token.attrGet('href') ?? '', page, site);
      if (href !== undefined) token.attrSet('href', href);
      // Named, and not a link: an `a` without an address.
      else token.attrs = [['class', 'in-repository']];
    }
  });
}
