import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import fc from 'fast-check';
import type { JobContext } from '../../../../../lambdas/core/contract/context.ts';
import { RejectedRows } from '../../../../../lambdas/jobs/write-batch/report/rejected-rows.ts';

/** Files in memory, as the engine keeps them. */
function memoryFiles(kept = new Map<string, string>()): JobContext['files'] & { kept: Map<string, string> } {
  return {
    kept,
    write: async (name, body) => {
      kept.set(name, body instanceof Readable ? await text(body) : String(body));
      return `/files/${name}`;
    },
    read: async (name) => {
      const content = kept.get(name);
      if (content === undefined) throw new Error(`no file ${name}`);
      return Readable.from([Buffer.from(content)]);
    },
    list: () => [...kept.keys()],
    remove: (name) => void kept.delete(name),
  };
}

describe('the report of rejected rows', () => {
  it('is one file with every row once and in order, for any parts, and for a crash anywhere between part and checkpoint', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ rows: fc.integer({ min: 1, max: 40 }), crashes: fc.boolean() }), { maxLength: 40 }),
        async (segments) => {
          const files = memoryFiles();
          let report = new RejectedRows(files, []);
          const expected: string[] = [];
          for (const { rows, crashes } of segments) {
            const checkpoint = report.list();
            const lines = Array.from({ length: rows }, (_, i) => `${expected.length + i} ${'x'.repeat(10_000)}`);
            await report.add(lines);
            if (crashes)
              report = new RejectedRows(files, checkpoint); // the part is written, the checkpoint is not
            else {
              report.removeObsoleteParts();
              expected.push(...lines);
            }
          }
          const url = await report.finish([]);
          expect(url).toBe(expected.length === 0 ? null : '/files/rejected.ndjson');
          expect(files.kept.get('rejected.ndjson')?.trimEnd().split('\n') ?? []).toEqual(expected);
          expect(files.list().length).toBe(expected.length === 0 ? 0 : 1);
        },
      ),
      { numRuns: 30 },
    ));

  it('is held in a few parts, however many were added, small or large', async () => {
    const report = new RejectedRows(memoryFiles(), []);
    let most = 0;
    for (let i = 0; i < 600; i++) {
      await report.add(['x'.repeat(i % 7 === 0 ? 300_000 : 20)]);
      report.removeObsoleteParts();
      most = Math.max(most, report.list().length);
    }
    expect(most).toBeLessThanOrEqual(16);
  });

  it('goes on after parts of an earlier run without taking their names', async () => {
    const files = memoryFiles();
    const first = new RejectedRows(files, []);
    await first.add(['1']);
    await first.add(['2']);
    const second = new RejectedRows(files, first.list());
    await second.add(['3']);
    await second.finish(['4']);
    expect(files.kept.get('rejected.ndjson')).toBe('1\n2\n3\n4\n');
  });
});
