/**
 * Values of SDK calls as JSON that `python/recorded.py` reads. What JSON has no form for, or would be large, is an object with one member that
 * begins with `$`; a member of the call's own that begins so gets another `$` in front.
 */

/** A rule that reads the characters of a longer string reports that it could not. */
const maxChars = 512;
/** Members of calls that such rules read. */
const readMembers = /Expression$|^(?:UserData|MessageBody)$/;
const maxReadChars = 1_100_000;

/** @returns what `JSON.stringify` can write, without the loss of anything that a rule looks at */
export function recordedInput(input: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return recordedMembers(input, (name) => (readMembers.test(name) ? maxReadChars : maxChars));
}

function recordedMembers(value: object, maxCharsOf: (name: string) => number): Record<string, unknown> {
  // The SDK leaves out members that are undefined.
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(
    members.map(([name, member]) => [name.startsWith('$') ? `$${name}` : name, recordedValue(member, maxCharsOf(name))]),
  );
}

function recordedValue(value: unknown, longest: number): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.length <= longest ? value : { $string: sizesOf(value) };
  if (typeof value === 'number') return Number.isFinite(value) ? value : { $other: String(value) };
  if (typeof value === 'bigint') return { $bigint: String(value) };
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? { $other: 'Invalid Date' } : { $date: value.toISOString() };
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return { $bytes: value.byteLength };
  if (Array.isArray(value)) return value.map((one) => recordedValue(one, longest));
  if (typeof value !== 'object') return { $other: typeof value };
  if (['pipe', 'getReader', 'stream'].some((name) => typeof (value as Record<string, unknown>)[name] === 'function'))
    return { $stream: true };
  const prototype = Object.getPrototypeOf(value) as object | null;
  // Plain objects of another realm, such as Jest's, have another `Object.prototype`.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return { $other: value.constructor.name };
  return recordedMembers(value, () => longest);
}

function sizesOf(text: string) {
  return { utf16: text.length, bytes: Buffer.byteLength(text), isWellFormed: text.isWellFormed() };
}
