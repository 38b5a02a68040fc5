/** `npm run bench -- page`: writes docs/benchmarks.md and its pictures from docs/benchmarks.json, as `table` does after it has measured. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarkPage } from './measure/benchmark-page.ts';
import { pictureOf, themes } from './measure/benchmark-picture.ts';
import type { Benchmarks } from './measure/benchmarks.ts';

const docs = join(import.meta.dirname, '..', 'docs');
const measured = JSON.parse(readFileSync(join(docs, 'benchmarks.json'), 'utf8')) as Benchmarks;
writeFileSync(join(docs, 'benchmarks.md'), benchmarkPage(measured));
for (const [theme, colours] of Object.entries(themes))
  writeFileSync(join(docs, 'pictures', `benchmarks-${theme}.svg`), pictureOf(measured, colours));
