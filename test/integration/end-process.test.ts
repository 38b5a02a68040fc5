/** A process with a native call under way, which `process.exit` would wait for, ends at once. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const root = join(__dirname, '..', '..');

/** @param end the statement that ends the process once DuckDB computes a constant that takes minutes */
async function endWith(end: string): Promise<{ ms: number; signal: string | null; output: string }> {
  const script = `
    import { DuckDBInstance } from '@duckdb/node-api';
    import { endProcess } from './lambdas/worker/end-process.ts';
    const connection = await (await DuckDBInstance.create(':memory:')).connect();
    void connection.run("SELECT levenshtein(repeat('a', 200000), repeat('b', 200000))");
    setTimeout(async () => {
      console.log('the last line');
      ${end}
    }, 200);`;
  const args = ['--disable-warning=ExperimentalWarning', '--input-type=module', '-e', script];
  const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(child.stdout, 'data');
  const began = performance.now();
  const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  clearTimeout(kill);
  return { ms: performance.now() - began, signal, output };
}

it('ends within its flush, with its last line written', async () => {
  const { ms, signal, output } = await endWith('await endProcess();');
  expect({ isFast: ms < 4_000, signal, output }).toEqual({ isFast: true, signal: 'SIGKILL', output: 'the last line\n' });
});

it('would not end by process.exit: so this test sees what it is about', async () =>
  expect((await endWith('process.exit(1);')).ms).toBeGreaterThan(4_900));
