import fc from 'fast-check';
import { type SourceLine, splitLines } from '../../../../../lambdas/jobs/write-batch/source/line-splitter.ts';

async function split(source: Buffer, cuts: readonly number[], maxBytes?: number, offset = 0, line = 0): Promise<SourceLine[]> {
  const rest = source.subarray(offset);
  const at = [0, ...cuts.map((cut) => cut % (rest.length + 1)).sort((a, b) => a - b), rest.length];
  async function* pieces() {
    for (let i = 1; i < at.length; i++) yield rest.subarray(at[i - 1], at[i]);
  }
  const lines: SourceLine[] = [];
  for await (const read of splitLines({ offset, pieces: pieces() }, line, maxBytes))
    lines.push({ ...read, bytes: Buffer.from(read.bytes) });
  return lines;
}

const cuts = fc.array(fc.nat(2_000), { maxLength: 20 });
const texts = fc.array(fc.string({ unit: fc.constantFrom('a', 'ä', '🙂', '"', ' '), maxLength: 10 }), { maxLength: 20 });

it('cuts a text at its line ends, wherever its pieces end', () =>
  fc.assert(
    fc.asyncProperty(texts, fc.constantFrom('\n', '\r\n'), cuts, async (written, lineBreak, at) => {
      const lines = await split(Buffer.from(written.map((text) => text + lineBreak).join('')), at);
      expect(lines.map(({ bytes }) => bytes.toString())).toEqual(written);
      expect(lines.map(({ line }) => line)).toEqual(written.map((_, i) => i + 1));
    }),
  ));

it('goes on at the end of any line as if it had read the whole', () =>
  fc.assert(
    fc.asyncProperty(texts, cuts, fc.nat(20), async (written, at, stop) => {
      const source = Buffer.from(written.join('\n'));
      const whole = await split(source, []);
      const last = whole[stop % Math.max(1, whole.length)];
      if (last === undefined) return;
      expect(await split(source, at, undefined, last.endOffset, last.line)).toEqual(whole.slice(last.line));
    }),
  ));

it('needs no line end at the end, and finds nothing in nothing', async () => {
  expect((await split(Buffer.from('a\nb'), [])).map(({ bytes }) => bytes.toString())).toEqual(['a', 'b']);
  expect(await split(Buffer.from(''), [])).toEqual([]);
});

it('keeps only the start of a line that is too long, and finds the next one', async () => {
  const source = Buffer.from(`${'x'.repeat(5_000)}\nshort\n`);
  for (const at of [[], [10, 600, 1_500, 4_000, 5_001]]) {
    const lines = await split(source, at, 100);
    expect(lines.map(({ isTooLong, line, endOffset }) => [isTooLong, line, endOffset])).toEqual([
      [true, 1, 5_001],
      [false, 2, 5_007],
    ]);
    expect(lines[0]?.bytes.length).toBeLessThanOrEqual(1_000);
  }
});
