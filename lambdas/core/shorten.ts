/** Stands where a text was cut; the redactor looks before it for what is left of a secret. */
export const cutMark = '…';

/** @returns the text, or its beginning and a mark, at most so many characters together */
export function shorten(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1)}${cutMark}` : text;
}
