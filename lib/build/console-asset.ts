import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { sourceFile } from './bundle.ts';

let printed: string | undefined;

/** Returns the files of the console as JSON, built once by a program of its own: building them awaits, and CDK's constructs cannot. */
export function consoleAsset(): string {
  printed ??= execFileSync(
    process.execPath,
    [
      '--disable-warning=ExperimentalWarning',
      sourceFile(join(import.meta.dirname, '..', '..', 'console', 'server', 'print-console-files')),
    ],
    { encoding: 'utf8', maxBuffer: 50_000_000, stdio: ['ignore', 'pipe', 'inherit'] },
  );
  return printed;
}
