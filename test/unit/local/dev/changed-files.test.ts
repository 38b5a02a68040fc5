import { mkdirSync, mkdtempSync, renameSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FileWatch } from '../../../../local/dev/changed-files.ts';

const root = mkdtempSync(join(tmpdir(), 'changed-files-'));
afterAll(() => rmSync(root, { recursive: true }));

const startedMs = Date.UTC(2026, 10, 24, 12);
const write = (file: string, atMs: number, text = file) => {
  writeFileSync(file, text);
  utimesSync(file, atMs / 1000, atMs / 1000);
};

let cases = 0;
/** A folder with two files, of which a load starts now that reads a file elsewhere as well. */
function beginLoad() {
  cases += 1;
  const folder = join(root, `case-${cases}`, 'talk');
  mkdirSync(folder, { recursive: true });
  const [own, other, elsewhere] = [join(folder, 'worker.ts'), join(folder, 'contract.ts'), join(folder, '..', 'shared.ts')];
  const read: string[] = [];
  for (const file of [own, other, elsewhere]) write(file, startedMs - 60_000);
  const watch = new FileWatch(() => read, folder);
  expect(watch.hasChanged()).toBe(false);
  const end = () => {
    read.push(own, other, elsewhere);
    watch.loaded(startedMs);
  };
  return { watch, folder, own, other, elsewhere, end };
}

it('sees nothing new after a load in which nothing changed, and a later change of a file elsewhere that the load read', () => {
  const { watch, elsewhere, end } = beginLoad();
  end();
  expect(watch.hasChanged()).toBe(false);
  write(elsewhere, startedMs + 5_000);
  expect([watch.hasChanged(), watch.hasChanged()]).toEqual([true, false]);
});

it.each<readonly [what: string, change: (load: ReturnType<typeof beginLoad>) => void]>([
  ['a file that is saved', ({ own }) => write(own, startedMs + 1_000)],
  ['a file that is saved with its old time', ({ own }) => write(own, startedMs - 60_000, 'longer than it was, by some bytes')],
  ['a file that appears', ({ folder }) => write(join(folder, 'new.ts'), startedMs + 1_000)],
  ['a file that is moved in with its old time', ({ folder, elsewhere }) => renameSync(elsewhere, join(folder, 'moved.ts'))],
  ['a file that is deleted', ({ other }) => rmSync(other)],
  ['a file elsewhere that the load reads', ({ elsewhere }) => write(elsewhere, startedMs + 1_000)],
])('sees once, after the load, what changes during it: %s', (_what, change) => {
  const load = beginLoad();
  change(load);
  load.end();
  expect([load.watch.hasChanged(), load.watch.hasChanged()]).toEqual([true, false]);
});
