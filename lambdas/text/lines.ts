/** Lines of bytes. They end with LF, CRLF or CR. */
const [lineFeed, carriageReturn] = [10, 13];

/** @returns the number of line breaks between two offsets, of which the second is not between CR and LF */
export function linesIn(bytes: Uint8Array, from: number, to: number): number {
  let lines = 0;
  for (let i = from; i < to; i++) {
    if (bytes[i] === lineFeed || (bytes[i] === carriageReturn && (i + 1 === to || bytes[i + 1] !== lineFeed))) lines += 1;
  }
  return lines;
}

/** @returns where the next line begins, or undefined while that is not sure: a carriage return at the end may be half of CRLF */
export function endOfLine(
  { bytes, end, isLast }: { readonly bytes: Uint8Array; readonly end: number; readonly isLast: boolean },
  from: number,
): number | undefined {
  let at = from;
  while (at < end && bytes[at] !== lineFeed && bytes[at] !== carriageReturn) at += 1;
  const isCarriageReturn = bytes[at] === carriageReturn && at < end;
  if (!isLast && (at === end || (isCarriageReturn && at + 1 === end))) return undefined;
  return Math.min(end, isCarriageReturn && bytes[at + 1] === lineFeed && at + 1 < end ? at + 2 : at + 1);
}
