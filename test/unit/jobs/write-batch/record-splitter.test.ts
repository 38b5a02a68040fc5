import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { csvFields } from '../../../../lambdas/jobs/write-batch/csv-row.ts';
import { type SourceRecord, type SplitOptions, splitRecords } from '../../../../lambdas/jobs/write-batch/record-splitter.ts';

const start = { offset: 0, line: 0 };

async function split(source: Buffer, cuts: readonly number[], options: Partial<SplitOptions> = {}): Promise<SourceRecord[]> {
  const from = options.from ?? start;
  const rest = source.subarray(from.offset);
  const at = [0, ...cuts.map((cut) => cut % (rest.length + 1)).sort((a, b) => a - b), rest.length];
  async function* chunks() {
    for (let i = 1; i < at.length; i++) yield rest.subarray(at[i - 1], at[i]);
  }
  const records: SourceRecord[] = [];
  for await (const record of splitRecords(chunks(), { ...options, from })) records.push({ ...record, bytes: Buffer.from(record.bytes) });
  return records;
}

const texts = (records: readonly SourceRecord[]) => records.map(({ bytes }) => bytes.toString());
const cuts = fc.array(fc.nat(2_000), { maxLength: 20 });
const field = fc.string({ unit: fc.constantFrom('a', 'ä', '🙂', ',', '"', '\n', '\r\n', ' ', '7'), maxLength: 8 });
const spell = (text: string) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
const table = fc.array(fc.array(field, { minLength: 2, maxLength: 4 }), { maxLength: 12 });
const csvText = fc
  .record({ rows: table, lineBreak: fc.constantFrom('\n', '\r\n'), ends: fc.boolean(), mark: fc.constantFrom('', '\ufeff') })
  .map(({ rows, lineBreak, ends, mark }) => ({
    rows,
    source: Buffer.from(mark + rows.map((row) => row.map(spell).join(',')).join(lineBreak) + (ends && rows.length > 0 ? lineBreak : '')),
  }));

describe('a source of lines', () => {
  const lines = fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '🙂', '"', ' '), maxLength: 10 }), { maxLength: 20 });

  it('is cut at its line ends, wherever its chunks end', () =>
    fc.assert(
      fc.asyncProperty(lines, fc.constantFrom('\n', '\r\n'), cuts, async (texts_, lineBreak, at) => {
        const records = await split(Buffer.from(texts_.map((text) => text + lineBreak).join('')), at);
        expect(texts(records)).toEqual(texts_);
        expect(records.map(({ line }) => line)).toEqual(texts_.map((_, i) => i + 1));
      }),
    ));

  it('needs no line end at its end', async () => expect(texts(await split(Buffer.from('a\nb'), []))).toEqual(['a', 'b']));

  it('may begin with a byte order mark, which counts as bytes and not as text', async () => {
    const [record] = await split(Buffer.from('\ufeff{"a":1}\n'), [1, 2]);
    expect([record?.bytes.toString(), record?.endOffset]).toEqual(['{"a":1}', 11]);
  });

  it('is empty if it holds nothing, or a mark alone', async () => {
    expect(await split(Buffer.from(''), [])).toEqual([]);
    expect(await split(Buffer.from('\ufeff'), [1])).toEqual([]);
  });

  it('may have a record that is too long: of it only the start is kept, and the next one is found', async () => {
    const source = Buffer.from(`${'x'.repeat(5_000)}\nshort\n`);
    for (const at of [[], [10, 600, 1_500, 4_000, 5_001]]) {
      const records = await split(source, at, { maxBytes: 100 });
      expect(records.map(({ isTooLong, line, endOffset }) => [isTooLong, line, endOffset])).toEqual([
        [true, 1, 5_001],
        [false, 2, 5_007],
      ]);
      expect(records[0]?.bytes.length).toBeLessThanOrEqual(1_000);
    }
  });
});

describe('a source of CSV', () => {
  const read = (records: readonly SourceRecord[]) => texts(records).map((text) => csvFields(text, ','));

  it('is read as it was written: quotes, line breaks and delimiters in fields, multi-byte characters across chunks', () =>
    fc.assert(
      fc.asyncProperty(csvText, cuts, async ({ rows, source }, at) =>
        expect(read(await split(source, at, { delimiter: ',' }))).toEqual(rows),
      ),
    ));

  it('is read as csv-parse reads it whole', () =>
    fc.assert(
      fc.asyncProperty(csvText, cuts, async ({ source }, at) => {
        const whole = parse(source, { bom: true, relax_column_count: true, record_delimiter: ['\n', '\r\n'] });
        expect(read(await split(source, at, { delimiter: ',' }))).toEqual(whole);
      }),
    ));

  it('goes on at the end of any record as if it had been read whole', () =>
    fc.assert(
      fc.asyncProperty(csvText, cuts, fc.nat(20), async ({ source }, at, stop) => {
        const whole = await split(source, [], { delimiter: ',' });
        const last = whole[stop % Math.max(1, whole.length)];
        if (last === undefined) return;
        const rest = await split(source, at, { delimiter: ',', from: { offset: last.endOffset, line: last.endLine } });
        expect(rest).toEqual(whole.slice(whole.indexOf(last) + 1));
      }),
    ));

  it('counts lines, not records, where fields hold line breaks', async () => {
    const records = await split(Buffer.from('a,"1\n2\n3"\nb,4\n'), [], { delimiter: ',' });
    expect(records.map(({ line, endLine }) => [line, endLine])).toEqual([
      [1, 3],
      [4, 4],
    ]);
  });

  it('says so where a quote is never closed', async () => {
    const records = await split(Buffer.from('a,b\nc,"d\ne,f\n'), [], { delimiter: ',' });
    expect(records.map(({ line, endLine, isUnclosed }) => [line, endLine, isUnclosed])).toEqual([
      [1, 1, false],
      [2, 3, true],
    ]);
  });

  it.each(['a,b"c"', 'a,"b"c', '"a" ,b'])('refuses %s, and goes on with the next line', async (bad) => {
    const records = await split(Buffer.from(`${bad}\nx,y\n`), [], { delimiter: ',' });
    expect(records).toHaveLength(2);
    expect(() => csvFields(records[0]?.bytes.toString() ?? '', ',')).toThrow('the line is not CSV');
    expect(csvFields(records[1]?.bytes.toString() ?? '', ',')).toEqual(['x', 'y']);
  });
});
