/** Runs `npm run record` into a temporary folder, so that its output is tested like that of a release. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** @returns the content of each file that was recorded, by the name of the file without its version */
export function recordNow(): Readonly<Record<string, unknown>> {
  const folder = mkdtempSync(join(tmpdir(), 'delegation-record-'));
  try {
    execFileSync(process.execPath, ['--disable-warning=ExperimentalWarning', join(__dirname, 'record.ts'), folder], { stdio: 'pipe' });
    return Object.fromEntries(
      readdirSync(folder).map((file) => [file.replace(/-.*/, ''), JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** @returns the recorded releases of one kind, by version */
export function baselinesOf<T>(kind: string): readonly (readonly [version: string, content: T])[] {
  const form = new RegExp(`^${kind}-(.+)\\.json$`);
  return readdirSync(__dirname).flatMap((file) => {
    const version = form.exec(file)?.[1];
    return version === undefined ? [] : [[version, JSON.parse(readFileSync(join(__dirname, file), 'utf8')) as T] as const];
  });
}
