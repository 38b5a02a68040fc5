/** The documentation of this version, as it is in the package. */
import { join } from 'node:path';
import { DocsIndex } from './docs-index.ts';

let index: DocsIndex | undefined;

/** @returns the documentation, which is read when it is asked for first */
export function docs(): DocsIndex {
  index ??= new DocsIndex(join(import.meta.dirname, '..', '..', 'docs'));
  return index;
}
