/** Draws what was measured, for light pages and for dark ones. Pure. */
import { type Benchmark, type Benchmarks, median } from './benchmarks.ts';
import { shown } from './numbers.ts';

interface Colours {
  readonly text: string;
  readonly ours: string;
  readonly theirs: string;
}

export const themes: Readonly<Record<'light' | 'dark', Colours>> = {
  light: { text: '#1f2328', ours: '#0550ae', theirs: '#9a6700' },
  dark: { text: '#e6edf3', ours: '#79c0ff', theirs: '#e3b341' },
};

const [width, left, barHeight, groupHeight, labelWidth] = [720, 16, 16, 76, 275] as const;
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');

/** @returns an SVG with bars, ours above theirs, each row to a scale of its own, since their units differ; rows with nothing beside them are left out */
export function pictureOf({ rows }: Benchmarks, { text, ours, theirs }: Colours): string {
  const compared = rows.filter((row) => row.theirs.length > 0);
  const group = (row: Benchmark, i: number) => {
    const [own, other] = [median(row.ours), median(row.theirs)];
    const scale = (width - left - labelWidth) / Math.max(own, other);
    const bar = (value: number, colour: string, label: string, y: number) =>
      `<rect x="${left}" y="${y}" width="${(value * scale).toFixed(1)}" height="${barHeight}" rx="3" fill="${colour}"/>` +
      `<text x="${(left + value * scale + 8).toFixed(1)}" y="${y + 13}">${escaped(label)} ${shown(value)}</text>`;
    const y = 18 + i * groupHeight;
    const title = `<text x="${left}" y="${y}" font-weight="600">${escaped(row.what)} (${escaped(row.unit)}, ${row.better} is better)</text>`;
    return `${title}${bar(own, ours, 'Delegation', y + 8)}${bar(other, theirs, row.against, y + 8 + barHeight + 4)}`;
  };
  const height = compared.length * groupHeight + 8;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${text}">` +
    `<title>Delegation beside others, medians</title>${compared.map(group).join('')}</svg>\n`
  );
}
