/** A stored Parquet file: its ends, where its footer is, and the footer that replaces it where DuckDB would lose something. */
import { open } from 'node:fs/promises';
import { knownFormat, knownText } from '../../../../text/known-format.ts';
import { invalidSource } from '../../../../text/source-error.ts';
import { broken, encrypted, type ParquetFooter, readFooter } from './parquet-footer.ts';

const magic = 'PAR1';
const tailBytes = 8;
/** Bound on what is held in memory at once. A column in a row group takes some 100 bytes: 100 row groups of 6,000 columns fit. */
const maxFooterBytes = 64 * 2 ** 20;

/**
 * Checks a stored object and changes its footer where DuckDB would lose something.
 * @param name as errors name the object
 * @throws PermanentError `invalid_source`
 */
export async function prepareParquet(path: string, name: string): Promise<ParquetFooter> {
  const handle = await open(path, 'r+');
  try {
    const { size } = await handle.stat();
    const head = Buffer.alloc(Math.min(size, 64));
    await handle.read(head, 0, head.length, 0);
    if (head.toString('latin1', 0, 4) !== magic) throw notParquet(head, name);
    const tail = Buffer.alloc(tailBytes);
    if (size >= 4 + tailBytes) await handle.read(tail, 0, tailBytes, size - tailBytes);
    const end = tail.toString('latin1', 4);
    if (end === 'PARE') throw encrypted(name);
    if (end !== magic) throw invalidSource('the Parquet file has no end (PAR1): it was cut off, or has more behind it', { object: name });
    const length = tail.readUInt32LE(0);
    if (length > size - 4 - tailBytes) throw broken(name);
    if (length > maxFooterBytes) throw tooLarge(length, name);
    const bytes = Buffer.alloc(length);
    const start = size - tailBytes - length;
    await handle.read(bytes, 0, length, start);
    const { changed, ...footer } = await readFooter(bytes, name);
    if (changed !== undefined) {
      tail.writeUInt32LE(changed.length, 0);
      await handle.truncate(start);
      await handle.write(Buffer.concat([changed, tail]), 0, undefined, start);
    }
    return footer;
  } finally {
    await handle.close();
  }
}

function notParquet(head: Buffer, name: string): Error {
  const found = knownFormat(head) ?? knownText(head.toString());
  if (found === 'encrypted Parquet') return encrypted(name);
  const excerpt = /^[\t\r\n\x20-\x7e]+$/.test(head.toString('latin1')) ? head.toString('latin1') : undefined;
  return invalidSource(`expected a Parquet file${found === undefined ? '' : `, but the object is ${found}`}`, { object: name, excerpt });
}

function tooLarge(length: number, name: string): Error {
  const most = `at most ${maxFooterBytes / 2 ** 20} MiB can be read`;
  return invalidSource(
    `the footer of the Parquet file has ${(length / 2 ** 20).toFixed(1)} MiB, and ${most}; write fewer row groups or columns`,
    { object: name },
  );
}
