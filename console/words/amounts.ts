/** Amounts for people: counts, sizes, money. */

const whole = new Intl.NumberFormat('en');

/** @returns `12,450` */
export function countText(count: number): string {
  return whole.format(count);
}

/** @returns `1 job`, `12 jobs` */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : many}`;
}

/** @returns such as `1.5 MB`, in powers of ten */
export function bytesText(bytes: number): string {
  if (bytes < 1_000) return `${bytes} B`;
  const [unit, size] = bytes < 1_000_000 ? ['kB', 1_000] : bytes < 1_000_000_000 ? ['MB', 1_000_000] : ['GB', 1_000_000_000];
  return `${Number((bytes / Number(size)).toPrecision(3))} ${unit}`;
}

/** @returns USD with two digits that count, never rounded to nothing: `0.000045 USD` */
export function usdText(usd: number): string {
  if (usd === 0) return '0 USD';
  const digits = Math.min(20, Math.max(2, 1 - Math.floor(Math.log10(Math.abs(usd)))));
  return `${usd.toFixed(digits)} USD`;
}
