/** Lines of fields between blanks, some of them in quotes. */

const quote = 34;
const backslash = 92;
const blank = 32;

/**
 * Splits a line at blanks, but not within `"…"`; the quotes are taken off. A backslash before a quote keeps it within the field.
 * Takes time linear in the length of the line.
 * @param maxFields the rest is left out
 */
export function splitQuoted(line: string, maxFields: number): string[] {
  const fields: string[] = [];
  let start = 0;
  while (start < line.length && fields.length < maxFields) {
    if (line.charCodeAt(start) === quote) {
      const end = closingQuote(line, start + 1);
      fields.push(line.slice(start + 1, end));
      start = end + 2;
    } else {
      const found = line.indexOf(' ', start);
      const end = found < 0 ? line.length : found;
      fields.push(line.slice(start, end));
      start = end + 1;
    }
  }
  return fields;
}

/** The quote that ends a field: one before a blank or the end, so that one that was not escaped does not end it. */
function closingQuote(line: string, from: number): number {
  for (let at = line.indexOf('"', from); at >= 0; at = line.indexOf('"', at + 1)) {
    const after = line.charCodeAt(at + 1);
    if ((at + 1 === line.length || after === blank) && !(at > from && line.charCodeAt(at - 1) === backslash)) return at;
  }
  return line.length;
}
