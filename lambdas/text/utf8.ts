/** @returns where the last character that is not whole begins, else `end` */
export function endOfCharacters(buffer: Buffer, end: number): number {
  for (let length = 1; length <= 3 && length <= end; length++) {
    const byte = buffer[end - length] as number;
    if (byte < 0x80) return end;
    if (byte >= 0xc0) return length < (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) ? end - length : end;
  }
  return end;
}
