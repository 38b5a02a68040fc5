/** The test kit under each of the test runners that it promises. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import * as testing from '../../../testing/index.ts';
import { greets } from './runners/send-greeting.ts';

const root = join(__dirname, '..', '..', '..');
const bin = (name: string) => join(root, 'node_modules', '.bin', name);
const run = async (file: string, args: readonly string[]) => {
  // A runner that finds itself within another one of its kind reports to that.
  const { NODE_TEST_CONTEXT: _, VITEST: __, JEST_WORKER_ID: ___, ...env } = process.env;
  const { stdout } = await promisify(execFile)(file, args, { cwd: root, env: { ...env, NO_COLOR: '1' } });
  return stdout;
};

it('runs jobs under jest, and under its fake timers', async () => {
  expect(await greets(testing)).toMatch(/^before claim, after claim, before retry/);
  jest.useFakeTimers();
  expect(await greets(testing)).toMatch(/before step send/);
  jest.useRealTimers();
});

it('runs jobs under node:test, and under its fake timers', async () => {
  const output = await run(bin('node'), ['--test', '--test-reporter=tap', join(__dirname, 'runners', 'node.ts')]);
  expect(output).toMatch(/^# pass 2$/m);
  expect(output).toMatch(/^# fail 0$/m);
});

it('runs jobs under vitest, and under its fake timers', async () => {
  const args = ['run', '--root', root, '--config', join(__dirname, 'runners', 'vitest.config.ts'), '--reporter=tap-flat'];
  const output = await run(bin('vitest'), args);
  expect(output.match(/^(not )?ok .*$/gm)).toEqual([
    expect.stringMatching(/^ok 1 .* greets under vitest/),
    expect.stringMatching(/^ok 2 .* fake timers/),
  ]);
});
