/** `delegation typegen`, over the real API with its stores in memory. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as z from 'zod';
import { writeTypes } from '../../../../cli/typegen/typegen-command.ts';
import { memoryClient } from '../../../support/memory-client.ts';
import { greetings, ScheduleBench } from '../../../support/schedule-bench.ts';

const folder = mkdtempSync(join(tmpdir(), 'typegen-'));
afterAll(() => rmSync(folder, { recursive: true }));
const file = (name: string) => join(folder, name);

async function typegen({
  output,
  isCheck = false,
  bench = new ScheduleBench(),
}: {
  output?: string;
  isCheck?: boolean;
  bench?: ScheduleBench;
} = {}) {
  let printed = '';
  const lines: string[] = [];
  const write = (text: string) => {
    printed += text;
  };
  const code = await writeTypes({ client: memoryClient(bench), output, isCheck, write, log: (line) => lines.push(line) });
  return { code, printed, said: lines.join('\n') };
}
const changed = () => {
  const bench = new ScheduleBench();
  bench.catalogue = [{ ...greetings, input: z.strictObject({ text: z.int() }) }];
  return bench;
};

it('prints the types', async () => {
  const { code, printed, said } = await typegen();
  expect([code, said]).toEqual([0, '']);
  expect(printed).toContain('readonly greet: {\n    readonly input: {\n      readonly text: string;\n    };');
});

it('writes a file, and its folder, and says whether anything changed', async () => {
  const output = file('of/delegation.d.ts');
  expect(await typegen({ output })).toEqual({ code: 0, printed: '', said: `${output} is written.` });
  expect(readFileSync(output, 'utf8')).toBe((await typegen()).printed);
  expect((await typegen({ output })).said).toBe(`${output} was up to date.`);
  expect((await typegen({ output, bench: changed() })).said).toBe(`${output} is updated.`);
  expect(readFileSync(output, 'utf8')).toContain('readonly text: number;');
});

it('checks a file without writing it', async () => {
  const output = file('checked.d.ts');
  expect(await typegen({ output, isCheck: true })).toMatchObject({ code: 1, said: expect.stringContaining('is not there') });
  await typegen({ output });
  const before = readFileSync(output, 'utf8');
  expect(await typegen({ output, isCheck: true })).toEqual({ code: 0, printed: '', said: '' });
  const { code, said } = await typegen({ output, isCheck: true, bench: changed() });
  expect([code, said]).toEqual([
    1,
    `${output} is outdated: the deployment has other job types, or other schemas. Write it again: delegation typegen -o ${output}`,
  ]);
  expect(readFileSync(output, 'utf8')).toBe(before);
});

it('keeps a file that it did not write', async () => {
  const output = file('mine.ts');
  writeFileSync(output, 'export const mine = 1;\n');
  expect(await typegen({ output })).toMatchObject({
    code: 1,
    said: `${output} was not written by typegen, so it is kept. Name another file, or delete this one.`,
  });
  expect(await typegen({ output, isCheck: true })).toMatchObject({ code: 1, said: expect.stringContaining('was not written by typegen') });
  expect(readFileSync(output, 'utf8')).toBe('export const mine = 1;\n');
});

it('wants a file and not a folder', async () =>
  expect(typegen({ output: folder })).rejects.toThrow(`${folder} is a folder: name a file in it`));

it('wants the file to check by name', async () => expect(await typegen({ isCheck: true })).toMatchObject({ code: 2, printed: '' }));

it.each([
  ['/v1/me', { deployment: 'prod' }, 'version'],
  ['/v1/job-types', { jobTypes: [{}] }, 'jobTypes[0].name'],
  ['/v1/job-types/greet', { name: 'greet', description: '', schemaHash: '' }, 'inputSchema'],
])('says which answer is not that of Delegation: %s', async (path, body, member) => {
  const client = memoryClient(new ScheduleBench());
  const changedClient = {
    request: async (request: Parameters<typeof client.request>[0]) => (request.path === path ? body : client.request(request)),
  };
  const promise = writeTypes({ client: changedClient, isCheck: false, write: () => {}, log: () => {} });
  await expect(promise).rejects.toThrow(
    new RegExp(`^GET ${path} did not answer as Delegation does: [^]*${member.replaceAll(/[[\]]/g, '\\$&')}`),
  );
});
