/**
 * `npm run test:differential -- --files 2000 --seed 1`: generated files, each read by run-query and by Python's own readers, and compared
 * value by value. A file gives exactly its rows, or, where it is not what its format says, an error that names the object and the line.
 * A case depends on the seed and its number alone: `--seed S --from N --files 1` repeats one.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import type { Case } from './case.ts';
import { openDirectReader } from './direct-reader.ts';
import { judge, type Verdict } from './verdict.ts';

const option = { type: 'string' } as const;
const { values } = parseArgs({
  options: { files: option, seed: option, from: option, format: option, keep: option, show: option, parallel: option },
});
const seed = values.seed ?? '1';
const count = Number(values.files ?? 2000);
const show = Number(values.show ?? 20);
const python = process.env['DIFFERENTIAL_PYTHON'] ?? 'python3';

async function main(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'differential-'));
  const reader = await openDirectReader();
  const began = performance.now();
  const counts = new Map<string, number>();
  let done = 0;
  let shownCount = 0;
  const note = (one: Case, { kind, detail }: Verdict) => {
    done += 1;
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    if (kind === 'right') return;
    const kept = keep(one);
    shownCount += 1;
    if (shownCount <= show)
      console.log(`${one.name} (${one.kind}) ${kind.toUpperCase()}: ${detail}\n  ${JSON.stringify(one.source)}${kept}`);
  };
  const maker = startMaker(folder);
  const lines = createInterface({ input: maker.stdout })[Symbol.asyncIterator]();
  const work = async () => {
    for (let next = await lines.next(); next.done !== true; next = await lines.next()) {
      const one = JSON.parse(next.value) as Case;
      note(one, judge(one, await reader.read(one)));
      rmSync(one.folder, { recursive: true });
    }
  };
  await Promise.all(Array.from({ length: Number(values.parallel ?? 2) }, work));
  const code = maker.exitCode ?? ((await once(maker, 'exit')) as [number])[0];
  await reader.stop();
  rmSync(folder, { recursive: true });
  const seconds = ((performance.now() - began) / 1000).toFixed(0);
  const faults = [...counts].filter(([kind]) => kind !== 'right').map(([kind, n]) => `${n} ${kind}`);
  console.log(
    `differential: ${done} files of seed ${seed} read in ${seconds} s: ${counts.get('right') ?? 0} right${faults.map((f) => `, ${f}`).join('')}`,
  );
  if (code !== 0) console.log(`The generator ended with ${code}.`);
  process.exit(code === 0 && done === count && faults.length === 0 ? 0 : 1);
}

function startMaker(folder: string) {
  const script = join(import.meta.dirname, 'python', 'make.py');
  const format = values.format === undefined ? [] : ['--format', values.format];
  const from = ['--from', values.from ?? '0', '--count', String(count)];
  return spawn(python, [script, '--seed', seed, '--folder', folder, ...from, ...format], { stdio: ['ignore', 'pipe', 'inherit'] });
}

/** @returns how to have the case again */
function keep(one: Case): string {
  if (values.keep !== undefined) {
    const home = join(values.keep, one.name);
    mkdirSync(values.keep, { recursive: true });
    cpSync(one.folder, home, { recursive: true });
    writeFileSync(join(home, 'case.json'), `${JSON.stringify(one, null, 2)}\n`);
  }
  const format = values.format === undefined ? '' : ` --format ${values.format}`;
  return `\n  again: npm run test:differential -- --seed ${seed} --from ${one.name.replace('case-', '')} --files 1${format} --keep FOLDER`;
}

await main();
