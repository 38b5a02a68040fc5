/** A temporary folder of a test file alone: other files run queries at the same time, and leave their folders while they do. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Makes a folder `TMPDIR` while the tests of this file run, and removes it afterwards. @returns the folder */
export function useOwnTempFolder(prefix: string): string {
  const folder = mkdtempSync(join(tmpdir(), `${prefix}-`));
  const original = process.env['TMPDIR'];
  beforeAll(() => {
    process.env['TMPDIR'] = folder;
  });
  afterAll(() => {
    if (original === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = original;
    rmSync(folder, { recursive: true });
  });
  return folder;
}
