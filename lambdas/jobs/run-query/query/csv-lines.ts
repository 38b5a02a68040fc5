/**
 * CSV by RFC 4180. Every text is quoted where it could break out of its cell, and by default disarmed where a spreadsheet would run it
 * as a formula. NULL is nothing between two commas, an empty text is "".
 * @see https://owasp.org/www-community/attacks/CSV_Injection
 */
import type { WireValue } from '../values/wire-value.ts';

/** @param isText for each column whether its values are texts: numbers and times cannot be formulas, and `-5` must stay a number */
export function csvLine(values: readonly WireValue[], isText: readonly boolean[], escapeFormulas: boolean): string {
  return `${values.map((value, column) => csvCell(value, escapeFormulas && isText[column] !== false)).join(',')}\r\n`;
}

function csvCell(value: WireValue, escapeFormulas: boolean): string {
  if (value === null) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  const harmless = escapeFormulas && /^[=+\-@\t\r\n\uFF0B\uFF0D\uFF1D\uFF20]/.test(text) ? `'${text}` : text;
  return harmless === '' || /[",\r\n]|^\s|\s$/.test(harmless) ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
