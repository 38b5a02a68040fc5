/** The pages that the repository has, with their titles. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { addressOf, decisionsFolder, home, type Page, type Section, sections } from './navigation.ts';

export interface TitledPage extends Page {
  readonly title: string;
  /** On the site, without a leading slash. */
  readonly address: string;
  readonly text: string;
}

export interface TitledSection extends Omit<Section, 'pages'> {
  readonly pages: readonly TitledPage[];
}

/**
 * @param root folder of the repository
 * @returns the sections of the navigation with the decisions. Each page was read; one that is named and not there is left out
 */
export function sectionsOf(root: string): readonly TitledSection[] {
  const decisions = readdirSync(join(root, decisionsFolder))
    .filter((file) => file.endsWith('.md'))
    .sort();
  const pages = decisions.map((file) => ({ path: `${decisionsFolder}/${file}`, about: 'a decision, with its options and its reasons' }));
  return [...sections, { title: 'Decisions', pages }]
    .map((section) => ({
      ...section,
      pages: section.pages.filter(({ path }) => existsSync(join(root, path))).map((page) => readPage(root, page)),
    }))
    .filter(({ pages }) => pages.length > 0);
}

/** @returns every page of the site, the home page first */
export function pagesOf(root: string): readonly TitledPage[] {
  return [readPage(root, { path: home, about: 'where to begin' }), ...sectionsOf(root).flatMap(({ pages }) => pages)];
}

function readPage(root: string, page: Page): TitledPage {
  const text = readFileSync(join(root, page.path), 'utf8');
  const [, title = page.path] = /^# (.+)$/m.exec(text) ?? [];
  return { ...page, title, text, address: addressOf(page.path) };
}
