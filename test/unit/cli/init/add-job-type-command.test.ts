import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { addJobType } from '../../../../cli/init/add-job-type-command.ts';
import { init } from '../../../../cli/init/init-command.ts';
import { recordedTerminal } from '../../../support/recorded-terminal.ts';

let folder = '';
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'add-'));
  await init({ folder, template: 'cdk-app', isConfirmed: true, isDryRun: false, terminal: recordedTerminal() });
});
afterEach(() => rmSync(folder, { recursive: true }));

async function add(name: string, place = folder, isDryRun = false) {
  const terminal = recordedTerminal();
  const code = await addJobType({ name, folder: place, isDryRun, terminal });
  return { code, printed: terminal.printed(), reported: terminal.reported() };
}

const jobs = () => readdirSync(join(folder, 'jobs'));

it('creates a contract, a worker and a test of that name, and says what is next', async () => {
  const { code, printed } = await add('resize-image');
  expect(code).toBe(0);
  const place = join(folder, 'jobs', 'resize-image');
  expect(readdirSync(place)).toEqual(['contract.ts', 'worker.test.ts', 'worker.ts']);
  expect(readFileSync(join(place, 'contract.ts'), 'utf8')).toContain("name: 'resize-image'");
  expect(printed).toContain('node --test jobs/resize-image/worker.test.ts');
  expect(printed).toContain("import { contract as resizeImageContract } from './jobs/resize-image/contract.ts';");
  expect(printed).toContain("{ contract: resizeImageContract, folder: join(import.meta.dirname, 'jobs', 'resize-image') }");
  expect(printed).toContain(`rm -r ${place}`);
});

it('writes JavaScript beside job types in JavaScript', async () => {
  const app = mkdtempSync(join(folder, 'js-'));
  writeFileSync(join(app, 'package.json'), '{"type":"module"}');
  mkdirSync(join(app, 'jobs', 'first'), { recursive: true });
  writeFileSync(join(app, 'jobs', 'first', 'worker.js'), '');
  expect((await add('second', app)).code).toBe(0);
  expect(readdirSync(join(app, 'jobs', 'second'))).toEqual(['contract.js', 'worker.js', 'worker.test.js']);
});

it.each(['', 'Send', 'a b', '../up', 'a/b', 'a--b', '-a', '7-days', 'über', 'x'.repeat(41), 'a\nb', "a'b"])(
  'refuses the name %j',
  async (name) => {
    const { code, reported } = await add(name);
    expect([code, jobs()]).toEqual([2, ['send-greeting']]);
    expect(reported).toContain(JSON.stringify(name));
  },
);

it('refuses a name of a type of the service', async () => {
  const { code, reported } = await add('group');
  expect([code, jobs()]).toEqual([2, ['send-greeting']]);
  expect(reported).toContain('Delegation has one of that name');
});

it('refuses a name that is taken by a folder, a file or the contract of another folder', async () => {
  writeFileSync(join(folder, 'jobs', 'a-file'), '');
  mkdirSync(join(folder, 'jobs', 'other'));
  writeFileSync(join(folder, 'jobs', 'other', 'contract.ts'), "export const contract = defineJobType({ name: 'in-other' });");
  for (const [name, message] of [
    ['send-greeting', 'is there already'],
    ['a-file', 'is there already'],
    ['in-other', 'has the name in-other already'],
  ] as const) {
    const { code, reported } = await add(name);
    expect([name, code]).toEqual([name, 1]);
    expect(reported).toContain(message);
  }
  expect(jobs()).toEqual(['a-file', 'other', 'send-greeting']);
});

it('refuses a folder without an app, and one whose jobs are a file', async () => {
  const empty = mkdtempSync(join(folder, 'empty-'));
  expect(await add('one', empty)).toMatchObject({ code: 1, reported: expect.stringContaining('delegation init') });
  writeFileSync(join(empty, 'jobs'), '');
  expect(await add('one', empty)).toMatchObject({ code: 1, reported: expect.stringContaining('jobs') });
  expect(readdirSync(empty)).toEqual(['jobs']);
});

it('only shows the files with --dry-run', async () => {
  expect(await add('one', folder, true)).toMatchObject({ code: 0, printed: expect.stringContaining('one/contract.ts') });
  expect(jobs()).toEqual(['send-greeting']);
});
