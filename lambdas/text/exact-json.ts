import { parseDecimal, withoutTrailingZeros } from './decimal.ts';

/**
 * JSON whose numbers are never changed: a number that a double cannot hold exactly (more than 15 to 17 digits, DynamoDB allows 38)
 * is kept as its source text in a `JSON.rawJSON` object, which `JSON.stringify` writes unchanged.
 * @see https://tc39.es/proposal-json-parse-with-source/
 */
export interface ExactNumber {
  /** The number exactly as written in the JSON text. */
  readonly rawJSON: string;
}

interface JsonWithSource {
  parse(text: string, reviver: (key: string, value: unknown, context: { source?: string }) => unknown): unknown;
  rawJSON(text: string): ExactNumber;
  isRawJSON(value: unknown): value is ExactNumber;
}
const json = JSON as unknown as JsonWithSource; // TypeScript's library does not know these yet; Node 22 and later do

/**
 * What a number that a double cannot hold has somewhere: an exponent, or 16 digits in a row, among them a point perhaps. A double holds every decimal
 * of up to 15 digits. Strings may have it as well; they only take the slower way.
 * @see https://en.cppreference.com/w/cpp/types/numeric_limits/digits10
 */
const mayBeInexact = /[\d.]{16}|\d[eE][-+]?\d/;

/** @throws SyntaxError as `JSON.parse` does */
export function parseExactJson(text: string): unknown {
  if (!mayBeInexact.test(text)) return JSON.parse(text);
  return json.parse(text, (_key, value, { source }) =>
    typeof value === 'number' && source !== undefined && !isSameDecimal(source, String(value)) ? json.rawJSON(source) : value,
  );
}

/** @returns whether `value` is a number that only its text holds exactly */
export function isExactNumber(value: unknown): value is ExactNumber {
  return json.isRawJSON(value);
}

/** @param decimal a JSON number @returns it as an exact number that `JSON.stringify` writes out digit by digit */
export function exactNumber(decimal: string): ExactNumber {
  return json.rawJSON(decimal);
}

function isSameDecimal(a: string, b: string): boolean {
  if (a === b) return true;
  const [left, right] = [a, b].map((text) => parseDecimal(text)).map((decimal) => decimal && withoutTrailingZeros(decimal));
  // 1e400 is Infinity as a double, which is not a decimal.
  if (left === undefined || right === undefined || left.digits !== right.digits) return false;
  return left.digits === '' || (left.isNegative === right.isNegative && left.exponent === right.exponent);
}

/**
 * One text for all spellings of a value: members sorted, no white space, numbers as JSON.stringify writes them.
 * @see https://www.rfc-editor.org/rfc/rfc8785 for the idea; exact numbers keep their digits here
 */
export function canonicalJson(value: unknown): string {
  if (isExactNumber(value) || typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const members = value as Readonly<Record<string, unknown>>;
  let text = '';
  for (const key of Object.keys(members).sort()) {
    const member = members[key];
    if (member !== undefined) text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(member)}`;
  }
  return `{${text}}`;
}

/** Nesting that is accepted from outside, so that no code that walks through it runs out of stack. */
export const maxJsonDepth = 100;

/** @returns how deeply objects and arrays are nested. Counted on the text, since a parser of deep JSON is itself what runs out of stack. */
export function jsonDepth(text: string): number {
  let depth = 0;
  let deepest = 0;
  let isInString = false;
  for (let i = 0; i < text.length; i++) {
    const char = text[i];
    if (isInString) {
      if (char === '\\') i++;
      else if (char === '"') isInString = false;
    } else if (char === '"') isInString = true;
    else if (char === '{' || char === '[') deepest = Math.max(deepest, ++depth);
    else if (char === '}' || char === ']') depth--;
  }
  return deepest;
}
