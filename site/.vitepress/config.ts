/** The site: the Markdown of the repository where it is, with the navigation of `navigation.ts`. */
import { cpSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Plugin } from 'vite';
import { defineConfig } from 'vitepress';
import { anchorOf } from '../heading-anchor.ts';
import { llmsFullText, llmsText } from '../llms-text.ts';
import { pagesOf, sectionsOf } from '../page-list.ts';
import { diagrams } from './diagram-plugin.ts';
import { pageLinks } from './page-link-plugin.ts';

const root = join(import.meta.dirname, '..', '..');
const pages = pagesOf(root);
const sections = sectionsOf(root);
/** Where the repository is shown in a browser, to which links to its files lead. Without it they are named alone. */
const repository = process.env['DELEGATION_SITE_REPOSITORY'];
/** The path that the site is served below. */
const base = process.env['DELEGATION_SITE_BASE'] ?? '/';
/** What is served as it is: Mermaid, whose own bundle is loaded by the pages that have a diagram. */
const publicDir = join(root, '.build', 'site-public');
const site = { root, pages: pages.map(({ path }) => path), repository };
/** The first page of a section; none where the section has none yet. */
const linkTo = (text: string, title: string) =>
  sections
    .flatMap((section) => (section.title === title ? section.pages.slice(0, 1) : []))
    .map(({ address }) => ({ text, link: `/${address}` }));

/** The pages become modules, and are outside of this folder, from where Vue is not found. What runs for the build finds it here. */
const modulesOfSite: Plugin = {
  name: 'modules of the site',
  enforce: 'pre',
  resolveId(id, _, { ssr }) {
    return ssr === true && /^vue(?:\/|$)/.test(id) ? { id, external: true } : null;
  },
};

copyMermaid();
cpSync(join(root, 'console', 'favicon.svg'), join(publicDir, 'favicon.svg'));

export default defineConfig({
  title: 'Delegation',
  description: 'Background jobs in your own AWS account: accept work over HTTPS, do it behind a queue, deliver the result.',
  base,
  srcDir: root,
  srcExclude: otherFiles(),
  outDir: join(root, '.build', 'site'),
  cacheDir: join(root, '.build', 'site-cache'),
  rewrites: Object.fromEntries(pages.map(({ path, address }) => [path, `${address}.md`])),
  cleanUrls: true,
  vite: { publicDir, plugins: [modulesOfSite] },
  lang: 'en',
  head: [['link', { rel: 'icon', type: 'image/svg+xml', href: `${base}favicon.svg` }]],
  markdown: {
    // `{id}` in a text is not an attribute of it.
    attrs: { disable: true },
    anchor: { slugify: anchorOf },
    config: (markdown) => {
      pageLinks(markdown, site);
      diagrams(markdown);
    },
  },
  themeConfig: {
    nav: [
      ...linkTo('Learn', 'Learn'),
      ...linkTo('How to', 'How to write and submit jobs'),
      ...linkTo('Reference', 'Reference'),
      ...linkTo('Explain', 'Explain'),
      ...linkTo('Compare', 'Compare'),
    ],
    sidebar: sections.map(({ title, pages: listed }) => ({
      text: title,
      items: listed.map((page) => ({ text: page.title.replaceAll('`', ''), link: `/${page.address}` })),
    })),
    outline: { level: [2, 3] },
    search: { provider: 'local' },
  },
  buildEnd: ({ outDir }) => {
    const write = (name: string, text: string) => {
      mkdirSync(dirname(join(outDir, name)), { recursive: true });
      writeFileSync(join(outDir, name), text);
    };
    const address = (path: string) => `${base}${pages.find((page) => page.path === path)?.address ?? ''}.md`;
    cpSync(publicDir, outDir, { recursive: true });
    write('llms.txt', llmsText(sections, address));
    write('llms-full.txt', llmsFullText(sections));
    for (const page of pages) write(`${page.address}.md`, page.text);
  },
});

/** What has no page, at the root of the repository. */
function otherFiles(): string[] {
  const tops = new Set(pages.map(({ path }) => path.split('/', 1)[0]));
  return readdirSync(root, { withFileTypes: true })
    .filter((entry) => !tops.has(entry.name))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/**` : entry.name));
}

function copyMermaid(): void {
  const from = join(import.meta.dirname, '..', 'node_modules', 'mermaid', 'dist');
  const isWanted = (path: string) => !path.endsWith('.map');
  for (const part of ['mermaid.esm.min.mjs', join('chunks', 'mermaid.esm.min')]) {
    cpSync(join(from, part), join(publicDir, 'mermaid', part), { recursive: true, filter: isWanted });
  }
}
