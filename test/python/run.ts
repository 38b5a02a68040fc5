/** Checks the example client in Python, and runs its tests against a local mode of its own. Arguments go to pytest. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { LocalProcess } from '../support/local-process.ts';

const root = join(import.meta.dirname, '..', '..');
const example = join(root, 'examples', 'python');
const python = process.env['EXAMPLE_PYTHON'] ?? 'python3';

/** Runs a Python module in the example's folder. @returns whether it ended well */
async function passes(module: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<boolean> {
  const options = { cwd: example, stdio: 'inherit', env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', ...env } } as const;
  const [code] = (await once(spawn(python, ['-m', module, ...args], options), 'close')) as [number | null];
  return code === 0;
}

const checks = [
  await passes('ruff', ['check', '--no-cache', '.']),
  await passes('ruff', ['format', '--no-cache', '--check', '.']),
  await passes('mypy', ['--cache-dir', '/dev/null', '.']),
];

const server = new LocalProcess(root);
await server.start();
try {
  const isWorking = await passes('pytest', ['-q', '-p', 'no:cacheprovider', ...process.argv.slice(2)], { DELEGATION_URL: server.url });
  process.exitCode = isWorking && !checks.includes(false) ? 0 : 1;
} finally {
  await server.remove();
}
