/** Marks where a text was truncated; the redactor looks before it for what is left of a secret. */
export const truncationMark = '…';

/**
 * Truncates a text to at most `max` UTF-16 code units, the mark included, and never inside a character.
 * Half a surrogate pair, from here or from elsewhere, makes JSON that strict parsers refuse as a whole, so none is left in what is returned.
 */
export function truncate(text: string, max: number): string {
  if (text.length <= max) return text.toWellFormed();
  const end = isHighSurrogate(text.charCodeAt(max - 2)) ? max - 2 : max - 1;
  return `${text.slice(0, end).toWellFormed()}${truncationMark}`;
}

function isHighSurrogate(codeUnit: number): boolean {
  return codeUnit >= 0xd800 && codeUnit <= 0xdbff;
}
