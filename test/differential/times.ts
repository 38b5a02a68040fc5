/** Times compared as whole nanoseconds. */

const timestamp = /^([+-]\d{6}|\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?(Z|[+-]\d{2}(?::?\d{2})?)?$/;

/** @returns nanoseconds since 1970 (of UTC where there is a zone), or undefined for what is not a timestamp */
export function instantNs(text: string): { readonly ns: bigint; readonly hasZone: boolean } | undefined {
  const [, year, month, day, hour, minute, second = '0', fraction = '', zone] = timestamp.exec(text) ?? [];
  if (year === undefined) return undefined;
  const date = new Date(0);
  date.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const seconds = BigInt(date.getTime() / 1000) + BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second)) - offsetSeconds(zone);
  return { ns: seconds * 1_000_000_000n + BigInt(fraction.padEnd(9, '0')), hasZone: zone !== undefined };
}

function offsetSeconds(zone: string | undefined): bigint {
  const [, sign, hours, minutes = '0'] = /^([+-])(\d{2}):?(\d{2})?$/.exec(zone ?? '') ?? [];
  return sign === undefined ? 0n : (sign === '-' ? -1n : 1n) * BigInt(Number(hours) * 3600 + Number(minutes) * 60);
}

/** @returns nanoseconds since midnight */
export function timeNs(text: string): bigint | undefined {
  const [, hour, minute, second, fraction = ''] = /^(\d{2}):(\d{2}):(\d{2})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (hour === undefined) return undefined;
  return BigInt(Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1_000_000_000n + BigInt(fraction.padEnd(9, '0'));
}
