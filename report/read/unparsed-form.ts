/** The form of a line: enough to recognise its format, and nothing that identifies a person. */

const maxLength = 200;

/** The first 200 characters of a line, letters as `a`, digits as `9`, control characters as `?`. */
export function formOf(line: string): string {
  return line
    .slice(0, maxLength)
    .replace(/[\p{L}\p{M}\p{Co}\p{Cs}]/gu, 'a')
    .replace(/\p{N}/gu, '9')
    .replace(/[^\x20-\x7e]/gu, '?');
}
