import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PlannedFile } from '../../../../cli/init/file-plan.ts';
import { writePlan } from '../../../../cli/init/write-plan.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'write-plan-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const create = (path: string): PlannedFile => ({ action: 'create', path, text: path, what: '' });
const change = (path: string, before: string): PlannedFile => ({ action: 'modify', path, text: 'after', before, what: '' });

it('takes everything back when a file cannot be written', () => {
  writeFileSync(join(folder, 'kept'), 'before');
  mkdirSync(join(folder, 'busy.new'));
  writeFileSync(join(folder, 'busy'), 'before');
  const files = [create('new/deep/file'), create('file'), change('kept', 'before'), change('busy', 'before')];
  expect(() => writePlan({ folder, files })).toThrow(/busy cannot be written: .*Nothing was changed\.$/);
  expect(readdirSync(folder).sort()).toEqual(['busy', 'busy.new', 'kept']);
  expect(readFileSync(join(folder, 'kept'), 'utf8')).toBe('before');
});

it('takes a folder back whose file is in the way of another one', () => {
  expect(() => writePlan({ folder, files: [create('a'), create('a/b')] })).toThrow(/cannot be written/);
  expect(readdirSync(folder)).toEqual([]);
});

it('overwrites no file that another process has made since the plan', () => {
  writeFileSync(join(folder, 'file'), 'theirs');
  expect(() => writePlan({ folder, files: [create('other'), create('file')] })).toThrow(
    'file cannot be written: it is there already. Nothing was changed.',
  );
  expect([readdirSync(folder), readFileSync(join(folder, 'file'), 'utf8')]).toEqual([['file'], 'theirs']);
});

it('changes no file that was changed since the plan', () => {
  writeFileSync(join(folder, 'file'), 'theirs');
  expect(() => writePlan({ folder, files: [change('file', 'before')] })).toThrow('run the command again');
  expect(readFileSync(join(folder, 'file'), 'utf8')).toBe('theirs');
});

it('changes a file behind its link, and keeps its mode', () => {
  writeFileSync(join(folder, 'file'), 'before', { mode: 0o640 });
  symlinkSync('file', join(folder, 'link'));
  writePlan({ folder, files: [change('link', 'before')] });
  expect([readFileSync(join(folder, 'file'), 'utf8'), statSync(join(folder, 'file')).mode & 0o777]).toEqual(['after', 0o640]);
  expect(readdirSync(folder).sort()).toEqual(['file', 'link']);
});

it('names a folder that cannot be made', () => {
  // Nothing can be created in /proc, not even by the superuser.
  if (!existsSync('/proc/self')) return;
  expect(() => writePlan({ folder: '/proc/delegation-init', files: [create('file')] })).toThrow(
    /\/proc\/delegation-init cannot be written/,
  );
});
