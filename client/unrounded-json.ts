/**
 * JSON without rounding: a number that a double cannot hold is a `bigint`, or an `ExactNumber`, and is sent as it was received. It needs
 * `JSON.parse` with source texts (Node 21, Chrome 114, Firefox 135, Safari 18.4); older ones round, as they always did.
 * @see https://tc39.es/proposal-json-parse-with-source/
 */

/** A number that neither a double nor a `bigint` holds, such as 0.1000000000000000055. */
export class ExactNumber {
  /** The number as it was written. */
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  toString(): string {
    return this.text;
  }

  /** @returns the nearest double */
  valueOf(): number {
    return Number(this.text);
  }

  toJSON(): unknown {
    return rawJson(this.text) ?? Number(this.text);
  }
}

/** @throws SyntaxError for a text that is not JSON */
export function parseExact(text: string): unknown {
  return JSON.parse(text, function revive(this: unknown, _name: string, value: unknown, context?: { readonly source?: string }) {
    return typeof value === 'number' && context?.source !== undefined ? exactOf(value, context.source) : value;
  } as (this: unknown, name: string, value: unknown) => unknown);
}

/** @param indent spaces of a level, for people @returns the JSON of a value that may hold `bigint` and `ExactNumber` */
export function stringifyExact(value: unknown, indent = 0): string {
  return JSON.stringify(value, (_name, one: unknown) => (typeof one === 'bigint' ? (rawJson(String(one)) ?? Number(one)) : one), indent);
}

function exactOf(value: number, source: string): number | bigint | ExactNumber {
  if (isSameNumber(String(value), source)) return value;
  return /^-?\d+$/.test(source) ? BigInt(source) : new ExactNumber(source);
}

/** @returns whether two spellings of a number, such as `1e3` and `1000.0`, mean the same */
function isSameNumber(a: string, b: string): boolean {
  if (a === b) return true;
  const [x, y] = [normalised(a), normalised(b)];
  return x.digits === y.digits && x.exponent === y.exponent && x.isNegative === y.isNegative;
}

function normalised(text: string): { readonly digits: string; readonly exponent: number; readonly isNegative: boolean } {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? [];
  const all = `${whole}${fraction}`.replace(/^0+/, '');
  const digits = all.replace(/0+$/, '');
  if (digits === '') return { digits: '0', exponent: 0, isNegative: false };
  return { digits, exponent: Number(exponent) - fraction.length + all.length - digits.length, isNegative: sign === '-' };
}

function rawJson(text: string): unknown {
  return (JSON as { readonly rawJSON?: (text: string) => unknown }).rawJSON?.(text);
}
