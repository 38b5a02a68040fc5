/** Draws what was measured: docs/benchmarks.md, and a picture for light pages and one for dark ones. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Benchmark, type Benchmarks, median, ratioOf } from './benchmarks.ts';

const docs = join(import.meta.dirname, '..', '..', 'docs');
const whole = (value: number) => Math.round(value).toLocaleString('en');

/** @returns the table, as Markdown */
function tableOf({ rows }: Benchmarks): string {
  const lines = rows.map((row) => {
    const ratio = ratioOf(row);
    const isMet = ratio >= row.target ? 'met' : 'not met';
    return `| ${row.what} | ${whole(median(row.ours))} ${row.unit} | ${row.against} | ${whole(median(row.theirs))} ${row.unit} | ${ratio.toFixed(2)} | ≥ ${row.target}: ${isMet} |`;
  });
  return ['| what | Delegation | against | theirs | ratio | target |', '|---|---|---|---|---|---|', ...lines].join('\n');
}

function roundsOf({ rows }: Benchmarks): string {
  const lines = rows.flatMap(({ what, ours, theirs }) => [
    `| ${what} | Delegation | ${ours.map(whole).join(', ')} |`,
    `| | theirs | ${theirs.map(whole).join(', ')} |`,
  ]);
  return ['| what | side | each round |', '|---|---|---|', ...lines].join('\n');
}

interface Colours {
  readonly text: string;
  readonly ours: string;
  readonly theirs: string;
}

const themes: Readonly<Record<'light' | 'dark', Colours>> = {
  light: { text: '#1f2328', ours: '#0550ae', theirs: '#9a6700' },
  dark: { text: '#e6edf3', ours: '#79c0ff', theirs: '#e3b341' },
};

const [width, left, barHeight, groupHeight] = [720, 16, 18, 84] as const;

/** @returns bars, ours above theirs, each row to a scale of its own, since their units differ */
function pictureOf({ rows }: Benchmarks, { text, ours, theirs }: Colours): string {
  const group = (row: Benchmark, i: number) => {
    const [own, other] = [median(row.ours), median(row.theirs)];
    const scale = (width - left - 170) / Math.max(own, other);
    const bar = (value: number, colour: string, label: string, y: number) =>
      `<rect x="${left}" y="${y}" width="${(value * scale).toFixed(1)}" height="${barHeight}" rx="3" fill="${colour}"/>` +
      `<text x="${(left + value * scale + 8).toFixed(1)}" y="${y + 13}">${label} ${whole(value)}</text>`;
    const y = 16 + i * groupHeight;
    return `<text x="${left}" y="${y}" font-weight="600">${row.what} (${row.unit})</text>${bar(own, ours, 'Delegation', y + 10)}${bar(other, theirs, 'theirs', y + 10 + barHeight + 4)}`;
  };
  const height = rows.length * groupHeight + 8;
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, sans-serif" font-size="13" fill="${text}">` +
    `<title>Delegation beside others, medians</title>${rows.map(group).join('')}</svg>\n`
  );
}

/** Writes the page and its pictures. @returns the table */
export function writeBenchmarkPages(measured: Benchmarks): string {
  for (const [theme, colours] of Object.entries(themes))
    writeFileSync(join(docs, 'pictures', `benchmarks-${theme}.svg`), pictureOf(measured, colours));
  const { date, node, machine, rows } = measured;
  const table = tableOf(measured);
  writeFileSync(
    join(docs, 'benchmarks.md'),
    `# Benchmarks

<!-- Written by \`npm run bench -- table\`. -->

\`npm run bench -- table\` makes this table again on your machine: each row beside a peer or the bare minimum in the same run, ${rows[0]?.ours.length ?? 0} rounds in turns, medians. The ratio is the
median of the rounds' ratios. Compare ratios: the numbers are those of one machine (${machine}; Node.js ${node}; ${date}). Peers and their servers (BullMQ from npm, Redis from Debian's
packages) are installed into \`.bench/\`, which Git ignores.

${table}

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="pictures/benchmarks-dark.svg">
  <img src="pictures/benchmarks-light.svg" alt="Bars of the table above, each row to a scale of its own">
</picture>

**What is measured.** *Engine alone*: the code that accepts, claims, runs and ends a job, over a table and a queue in memory: no network, no disk. It is what Delegation adds to the time of AWS's own calls, and no throughput of a
deployment. BullMQ's number has its client and Redis in it, which are what it consists of. *Local mode*: all of Delegation in one process, with the emulators of DynamoDB and SQS in a thread; the bare script makes the same calls
for each job, by the SDK, and nothing else.

## Each round

${roundsOf(measured)}

See also: how fast [functions load](cold-start.md), what [a job costs](cost.md).
`,
  );
  return table;
}
