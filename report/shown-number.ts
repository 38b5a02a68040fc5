/** Numbers as the report shows them: as many digits as a reader needs. */

/** @returns such as `350 ms`, `2.1 s`, `14 s`, `6 min`, `3 h` */
export function duration(ms: number): string {
  if (ms <= 0) return '0 ms';
  if (ms < 1) return 'under 1 ms';
  if (ms < 995) return `${significant(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 99.5) return `${significant(seconds)} s`;
  if (seconds < 5_400) return `${significant(seconds / 60)} min`;
  return seconds < 129_600 ? `${significant(seconds / 3_600)} h` : `${significant(seconds / 86_400)} days`;
}

/** @returns such as `74 %`, `1.9 %`, `0.02 %` */
export function percent(share: number): string {
  const value = share * 100;
  if (value === 0) return '0 %';
  if (Math.abs(value) < 0.01) return 'under 0.01 %';
  return `${Math.abs(value) < 10 ? trimmed(value.toPrecision(2)) : Math.round(value)} %`;
}

/** @returns such as `3.1 million`, `41,000`, `21,702`, `0.51` */
export function amount(value: number): string {
  if (value >= 1e6) return `${trimmed((value / 1e6).toPrecision(3))} million`;
  if (value >= 100 || Number.isInteger(value)) return grouped(Math.round(value));
  return significant(value);
}

/** @returns such as `0.92 USD`, `120 USD` */
export function usd(value: number): string {
  const size = Math.abs(value);
  return `${size === 0 ? '0' : size < 0.005 ? 'under 0.01' : size < 10 ? value.toFixed(2) : grouped(Math.round(value))} USD`;
}

/** Two digits. */
function significant(value: number): string {
  return value >= 10 ? grouped(Math.round(value)) : trimmed(value.toPrecision(2));
}

const trimmed = (text: string) => (text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text);

/** Groups the digits of a whole number, not by the locale of the machine: the same input gives the same bytes. */
export const grouped = (value: number) => String(value).replaceAll(/\B(?=(?:\d{3})+(?!\d))/g, ',');
