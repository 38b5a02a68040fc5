import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Workspace } from '../../../../lambdas/jobs/run-query/workspace.ts';

let parent: string;
beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'run-query-test-'));
  mkdtempSync(join(parent, 'delegation-run-query-'));
  writeFileSync(join(parent, 'not-ours'), '');
});
afterEach(() => rmSync(parent, { recursive: true }));

it('removes what a killed job left, where jobs run one at a time', async () => {
  const workspace = await Workspace.create(parent, true);
  expect(readdirSync(parent)).toEqual([expect.stringMatching(workspace.folder.split('/').at(-1) ?? '-'), 'not-ours']);
  await workspace[Symbol.asyncDispose]();
  expect(readdirSync(parent)).toEqual(['not-ours']);
});
it('leaves the folder of another process that runs alone', async () => {
  const ofAnother = mkdtempSync(join(parent, `delegation-run-query-${process.ppid}-`));
  await using workspace = await Workspace.create(parent, true);
  expect(readdirSync(parent)).toContain(ofAnother.split('/').at(-1));
  expect(readdirSync(parent)).toHaveLength(3);
  expect(workspace.folder).toContain(`-${process.pid}-`);
});
it('leaves the folders of others alone, where jobs run side by side', async () => {
  const workspace = await Workspace.create(parent, false);
  expect(readdirSync(parent)).toHaveLength(3);
  await workspace[Symbol.asyncDispose]();
  expect(readdirSync(parent)).toHaveLength(2);
});
it('goes with everything in it, read-only sources too', async () => {
  const workspace = await Workspace.create(parent, true);
  writeFileSync(workspace.path('source-0.csv'), 'a', { mode: 0o400 });
  await workspace[Symbol.asyncDispose]();
  expect(readdirSync(parent)).toEqual(['not-ours']);
});
