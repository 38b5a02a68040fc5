/** ISO 8601 of what DuckDB counts from 1970, far beyond the years that JavaScript's Date reaches. */

/** @param days since 1970-01-01, in the proleptic Gregorian calendar @see https://howardhinnant.github.io/date_algorithms.html#civil_from_days */
export function isoDate(days: number): string {
  const shifted = days + 719_468;
  const era = Math.floor(shifted / 146_097);
  const dayOfEra = shifted - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  return `${isoYear(yearOfEra + era * 400 + (month <= 2 ? 1 : 0))}-${pad(month)}-${pad(day)}`;
}

/** @param nanos since midnight @returns as many decimals as it takes, in threes */
export function isoTime(nanos: bigint): string {
  const seconds = Number(nanos / 1_000_000_000n);
  const decimals = String(nanos % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/(?:000)+$/, '');
  const time = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(pad).join(':');
  return decimals === '' ? time : `${time}.${decimals}`;
}

/** @param nanos since 1970-01-01T00:00, may be negative */
export function isoTimestamp(nanos: bigint): string {
  const nanosPerDay = 86_400_000_000_000n;
  const ofDay = ((nanos % nanosPerDay) + nanosPerDay) % nanosPerDay;
  return `${isoDate(Number((nanos - ofDay) / nanosPerDay))}T${isoTime(ofDay)}`;
}

/** @param seconds east of Greenwich */
export function isoOffset(seconds: number): string {
  const size = Math.abs(seconds);
  const parts = [Math.floor(size / 3600), Math.floor(size / 60) % 60, ...(size % 60 === 0 ? [] : [size % 60])];
  return `${seconds < 0 ? '-' : '+'}${parts.map(pad).join(':')}`;
}

function isoYear(year: number): string {
  if (year >= 0 && year <= 9999) return String(year).padStart(4, '0');
  return `${year < 0 ? '-' : '+'}${String(Math.abs(year)).padStart(6, '0')}`;
}

function pad(number: number): string {
  return String(number).padStart(2, '0');
}
