/**
 * `npm run test:differential -- --files 2000 --seed 1`: generated files, each read by run-query and by Python's own readers, and compared
 * value by value; then the polluted variants of one table. A file gives exactly its rows, or, where it is not what its format says, an error
 * that names the object and the line. One file of fifteen is one more, which write-batch writes into a table. One file of twenty that was read is written and read again in each format, and one of forty is read by
 * a job over HTTP besides.
 *
 * A case depends on the seed and its number alone; each that fails is shown with the command that repeats it.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { useRunFolder } from '../support/run-folder.ts';
import type { Case, Outcome } from './case.ts';
import { openDirectReader } from './direct-reader.ts';
import { openHttpReader } from './http-reader.ts';
import { makeCases, type Wanted } from './maker.ts';
import { putObject, type Reader, readCase, removeObject } from './reader.ts';
import { faultOfRoundTrip } from './round-trip.ts';
import { judge, type Verdict } from './verdict.ts';
import { judgeWrite } from './write-reader.ts';

const option = { type: 'string' } as const;
const { values } = parseArgs({
  options: { files: option, seed: option, from: option, format: option, keep: option, show: option, only: option },
});
const wanted: Wanted = {
  seed: values.seed ?? '1',
  from: Number(values.from ?? 0),
  count: Number(values.files ?? 2000),
  format: values.format,
};
const [writeEvery, roundTripEvery, httpEvery] = [15, 20, 40];
/** Faults that are shown; the others are counted. */
const maxShown = Number(values.show ?? 20);
/** Reads at the same time: one waits for S3 while another computes. */
const parallel = 2;

const counts = new Map<string, number>();
/** Names of the cases that are being read, shown when a run that hangs is interrupted. */
const underWay = new Set<string>();
process.once('SIGTERM', () => {
  console.log(`differential: ended by SIGTERM while reading ${[...underWay].join(' and ')}`);
  process.exit(1);
});
const began = performance.now();
useRunFolder();
const folder = mkdtempSync(join(tmpdir(), 'differential-'));
const direct = await openDirectReader();
try {
  if (values.only === undefined || values.only === 'generated') await readAll(wanted);
  if (values.only === undefined) await readAll({ ...wanted, format: 'write', count: Math.ceil(wanted.count / writeEvery) });
  if (values.only === undefined || values.only === 'polluted')
    await readAll({
      seed: '',
      from: values.only === undefined ? 0 : wanted.from,
      count: values.only === undefined ? 10_000 : wanted.count,
      isPolluted: true,
    });
} finally {
  await direct.stop();
  rmSync(folder, { recursive: true });
}
const { right = 0, ...faults } = Object.fromEntries(counts);
const shownFaults = Object.entries(faults).map(([kind, count]) => `, ${count} ${kind}`);
const seconds = ((performance.now() - began) / 1000).toFixed(0);
console.log(
  `differential: seed ${wanted.seed}, ${[...counts.values()].reduce((a, b) => a + b, 0)} readings in ${seconds} s: ${right} right${shownFaults.join('')}`,
);
process.exit(shownFaults.length === 0 && right > 0 ? 0 : 1);

async function readAll(what: Wanted): Promise<void> {
  const isAlone = what.count === 1;
  const cases = makeCases(folder, what);
  let http: Promise<Reader> | undefined;
  const work = async () => {
    for await (const one of cases) {
      underWay.add(one.name);
      if (what.format === 'write') {
        note(one, what, await judgeWrite(direct, one));
        rmSync(one.folder, { recursive: true });
        underWay.delete(one.name);
        continue;
      }
      const outcome = await readCase(direct, one);
      note(one, what, judge(one, outcome));
      const number = Number(one.name.slice('case-'.length));
      if (number % roundTripEvery === 0 || isAlone) await goRound(one, what, outcome);
      if (number % httpEvery === 0 || isAlone) {
        http ??= openHttpReader();
        note(one, what, judge(one, await readCase(await http, one)), ' over HTTP');
      }
      rmSync(one.folder, { recursive: true });
      underWay.delete(one.name);
    }
  };
  try {
    await Promise.all(Array.from({ length: parallel }, work));
  } finally {
    await (await http)?.stop();
  }
}

async function goRound(one: Case, what: Wanted, outcome: Outcome): Promise<void> {
  if (outcome.kind === 'error') return;
  for (const { key, path } of one.objects) await putObject(direct, key, readFileSync(path));
  const source = { url: `s3://${direct.bucket}/${one.key}`, ...one.source };
  const fault = await faultOfRoundTrip(direct, one.name, source, outcome);
  for (const { key } of one.objects) await removeObject(direct, key);
  note(one, what, fault === undefined ? { kind: 'right', detail: '' } : { kind: 'round trip', detail: fault });
}

function note(one: Case, what: Wanted, { kind, detail }: Verdict, where = ''): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
  if (kind === 'right') return;
  if (values.keep !== undefined) keep(one, values.keep);
  const faults = [...counts].reduce((sum, [other, count]) => sum + (other === 'right' ? 0 : count), 0);
  if (faults > maxShown) return;
  const chosen =
    what.isPolluted === true
      ? '--only polluted'
      : `--only generated --seed ${what.seed}${what.format === undefined ? '' : ` --format ${what.format}`}`;
  console.log(`${one.name} (${one.kind})${where} ${kind.toUpperCase()}: ${detail}\n  read as ${JSON.stringify(one.source)}`);
  console.log(`  again: npm run test:differential -- ${chosen} --from ${one.name.slice('case-'.length)} --files 1 --keep FOLDER`);
}

/** Copies the objects, the expected rows and what is known of the case. */
function keep(one: Case, to: string): void {
  const home = join(to, one.name);
  mkdirSync(to, { recursive: true });
  cpSync(one.folder, home, { recursive: true });
  writeFileSync(join(home, 'case.json'), `${JSON.stringify(one, null, 2)}\n`);
}
