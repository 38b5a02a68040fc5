/** A source's local file on a disk that is full, fails, or takes a part of a write. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalFile, DiskBudget } from '../../../../../lambdas/jobs/run-query/sources/local-file.ts';

const folder = mkdtempSync(join(tmpdir(), 'local-file-test-'));
afterAll(() => rmSync(folder, { recursive: true }));
afterEach(() => jest.restoreAllMocks());

let files = 0;
const create = async (budgetBytes = 1_000) => {
  const budget = new DiskBudget(budgetBytes);
  return { budget, file: await createLocalFile(join(folder, String(files++)), budget, () => new Error('full')) };
};

/** Writes of every file take place as `write` says from here on. @returns a handle's own way of writing */
async function writeAs(write: (own: FileHandle['write'], bytes: Uint8Array, at: number) => Promise<unknown>): Promise<void> {
  const handle = await open(join(folder, `handle-${files++}`), 'w');
  const prototype = Object.getPrototypeOf(handle) as FileHandle;
  await handle.close();
  const own = prototype.write;
  jest.spyOn(prototype, 'write').mockImplementation(function (this: FileHandle, bytes: unknown, at: unknown) {
    return write(own.bind(this) as FileHandle['write'], bytes as Uint8Array, (at as number | undefined) ?? 0) as never;
  });
}
const failure = (code: string) => Promise.reject(Object.assign(new Error(`said ${code}`), { code }));

it('holds what was written in order, once it is closed', async () => {
  const { file } = await create();
  for (const text of ['one ', 'two ', 'three']) await file.write(Buffer.from(text));
  await file.close();
  expect(readFileSync(file.path, 'utf8')).toBe('one two three');
});

it('goes on where a disk took a part of a write', async () => {
  await writeAs((own, bytes, at) => own(bytes, at, Math.min(3, bytes.length - at)));
  const { file } = await create();
  for (const text of ['abcdefgh', 'ij']) await file.write(Buffer.from(text));
  await file.close();
  expect(readFileSync(file.path, 'utf8')).toBe('abcdefghij');
});

it.each([
  ['ENOSPC', 'full'],
  ['EIO', 'said EIO'],
])('throws what a write failed with, %s, by the next one and by its closing', async (code, message) => {
  await writeAs(() => failure(code));
  const { file } = await create();
  await file.write(Buffer.from('a'));
  await expect(file.write(Buffer.from('b'))).rejects.toThrow(message);
  await expect(file.close()).rejects.toThrow(message);
});

it('throws by its closing what the last write failed with', async () => {
  await writeAs(() => failure('ENOSPC'));
  const { file } = await create();
  await file.write(Buffer.from('a'));
  await expect(file.close()).rejects.toThrow('full');
});

it('refuses a write beyond the room, and gives back its own when it is removed', async () => {
  const { file, budget } = await create(5);
  await file.write(Buffer.from('abc'));
  await expect(file.write(Buffer.from('def'))).rejects.toThrow('full');
  await file.close();
  await file.remove();
  expect(budget.leftBytes).toBe(5);
});
