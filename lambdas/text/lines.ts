/** Lines end with LF, CRLF or CR. */
const [lineFeed, carriageReturn] = [10, 13];

/** @returns line breaks between two offsets */
export function linesIn(bytes: Uint8Array, from: number, to: number): number {
  let lines = 0;
  for (let i = from; i < to; i++) {
    if (bytes[i] === lineFeed || (bytes[i] === carriageReturn && bytes[i + 1] !== lineFeed)) lines += 1;
  }
  return lines;
}
