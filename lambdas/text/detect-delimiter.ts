import type { Block } from './blocks.ts';
import { detectedDelimiters } from './csv-dialect.ts';

const [quote, lineFeed, carriageReturn] = [34, 10, 13];
const candidates = detectedDelimiters.map((delimiter) => delimiter.charCodeAt(0));

/**
 * Looks for the delimiter in the line at `done`, which ends at a line break outside of quotes.
 * @returns those that it has most of, outside of quotes, and a comma where it has none at all; undefined when the line's end is not there yet
 */
export function detectDelimiter({ bytes, done, end, isLast }: Block): readonly string[] | undefined {
  const counts = candidates.map(() => 0);
  let [isQuoted, isFieldStart, isEnded] = [false, true, false];
  for (let i = done; i < end && !isEnded; i++) {
    const byte = bytes[i] as number;
    if (isQuoted) {
      if (byte !== quote) continue;
      if (bytes[i + 1] === quote) i += 1;
      else isQuoted = false;
    } else if (byte === quote && isFieldStart) {
      isQuoted = true;
      isFieldStart = false;
    } else if (byte === lineFeed || byte === carriageReturn) {
      isEnded = true;
    } else {
      const candidate = candidates.indexOf(byte);
      isFieldStart = candidate >= 0;
      if (isFieldStart) counts[candidate] = (counts[candidate] ?? 0) + 1;
    }
  }
  if (!isEnded && !isLast) return undefined;
  const most = Math.max(...counts);
  return most === 0 ? [','] : detectedDelimiters.filter((_, index) => counts[index] === most);
}
