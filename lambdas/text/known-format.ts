/** Recognises an object of another format than its source says, by its first bytes. */

const signatures: readonly (readonly [name: string, bytes: readonly number[]])[] = [
  ['gzip data (its key must end in .gz)', [0x1f, 0x8b]],
  ['Zstandard data (its key must end in .zst)', [0x28, 0xb5, 0x2f, 0xfd]],
  ['xz data', [0xfd, 0x37, 0x7a, 0x58, 0x5a]],
  ['a ZIP archive or a spreadsheet', [0x50, 0x4b, 0x03, 0x04]],
  ['encrypted Parquet', [...Buffer.from('PARE')]],
  ['ORC', [...Buffer.from('ORC')]],
  ['Avro', [...Buffer.from('Obj'), 1]],
  ['an Arrow file', [...Buffer.from('ARROW1')]],
  ['a PDF document', [...Buffer.from('%PDF')]],
  ['text in UTF-16', [0xff, 0xfe]],
  ['text in UTF-16', [0xfe, 0xff]],
];

/** @param head the first bytes of the object, 12 or more where it has them */
export function knownFormat(head: Uint8Array): string | undefined {
  if (head.length === 0) return 'empty';
  const found = signatures.find(([, bytes]) => bytes.every((byte, i) => head[i] === byte));
  if (found !== undefined) return found[0];
  if (isBzip2(head)) return 'bzip2 data';
  if (isParquet(head)) return 'Parquet (format "parquet")';
  const [first, second, third, fourth] = head;
  if (first !== 0 && second === 0 && third !== 0 && fourth === 0) return 'text in UTF-16';
  return undefined;
}

/** Returns whether bytes begin a bzip2 stream: its first block, or its end. Text may begin with `BZh` as well. */
export function isBzip2(head: Uint8Array): boolean {
  const text = latin1(head);
  return /^BZh[1-9]/.test(text) && ['1AY&SY', '\x17rE8P\x90'].includes(text.slice(4, 10));
}

/** Returns whether bytes begin a Parquet file. Text may begin with `PAR1` as well, but has no control characters behind it. */
export function isParquet(head: Uint8Array): boolean {
  const text = latin1(head);
  return text.startsWith('PAR1') && [...text].some((character) => character < ' ' && !'\t\n\r'.includes(character));
}

function latin1(head: Uint8Array): string {
  return Buffer.from(head.subarray(0, 12)).toString('latin1');
}

/** @returns what a text that is not of its source's format looks like, by the first character that is not white space */
export function knownText(text: string): string | undefined {
  if (/^\s*<[!?A-Za-z]/.test(text)) return 'XML or HTML';
  if (/^\s*[[{]/.test(text)) return 'JSON';
  return undefined;
}
