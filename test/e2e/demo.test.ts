import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** `npm run demo`, with its temporary folder in one of ours. */
function startDemo() {
  const folder = mkdtempSync(join(tmpdir(), 'demo-test-'));
  // For `npm run test:models`.
  const recorder = process.env['DELEGATION_RECORD_CALLS'] === undefined ? [] : ['--import', './test/models/record-calls.ts'];
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', ...recorder, 'local/demo.ts'], {
    cwd: join(__dirname, '..', '..'),
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const demo = { child, folder, output: '', end: once(child, 'exit') as Promise<[number | null]> };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      demo.output += chunk.toString();
    });
  }
  return demo;
}

it('delegates three real jobs, shows what becomes of them, leaves nothing behind, and says nothing that looks like an error', async () => {
  const demo = startDemo();
  const [code] = await demo.end;
  expect([code, demo.output]).toEqual([0, demo.output]);
  for (const title of ['query 3 million flights', 'write 42,049 ZIP codes', 'launch 2 instances']) {
    expect(demo.output).toMatch(new RegExp(`Accepted in +\\d+ ms +job_\\w+ +${title}`));
    expect(demo.output).toMatch(new RegExp(`✔ ${title} +succeeded +[\\d.]+ s`));
  }
  expect(demo.output).toContain("'ORD'  │ '166341'");
  expect(demo.output).toContain('written: 42049');
  expect(demo.output.match(/'i-[0-9a-f]{17}'/g)).toHaveLength(2);
  expect(demo.output).toContain('no second one was made');
  expect(demo.output).not.toMatch(/error|warn|exception|deprecat/i);
  expect(readdirSync(demo.folder)).toEqual([]);
});

it('cleans up after Ctrl-C', async () => {
  const demo = startDemo();
  while (!demo.output.includes('no second one was made')) await Promise.race([once(demo.child.stdout, 'data'), demo.end]);
  expect(readdirSync(demo.folder)).not.toEqual([]);
  demo.child.kill('SIGINT');
  expect(await demo.end).toEqual([130, null]);
  expect(demo.output).not.toMatch(/error|fail/i);
  expect(readdirSync(demo.folder)).toEqual([]);
});
