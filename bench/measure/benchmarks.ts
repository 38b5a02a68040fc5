/** What a run of the bench has measured. */

export interface Benchmark {
  /** What is measured, in a few words. */
  readonly what: string;
  readonly unit: string;
  /** What it is measured beside; empty where there is nothing to compare it with. */
  readonly against: string;
  /** Whether a larger number is better, as for a rate, or a smaller one, as for a time. */
  readonly better: 'higher' | 'lower';
  /** The bound that is aimed at, the least or the greatest as `better` says: of the ratio, ours to theirs, or of our own number where there are none of theirs. */
  readonly target: number;
  /** Each round, in order. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

/** What became of the jobs that ran when their worker was killed. */
export interface Recovery {
  readonly name: string;
  /** How long a lost worker's job is held by default, and what says so. */
  readonly held: string;
  /** What was set in place of a default of more than ten minutes; empty where nothing was. */
  readonly set: string;
  readonly running: number;
  readonly lost: number;
  readonly twice: number;
  /** From the kill until the first of the killed jobs starts again, and until the last one does. */
  readonly firstSeconds: number;
  readonly lastSeconds: number;
}

export interface Benchmarks {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  readonly rounds: number;
  /** The versions of the peers and their servers, by name. */
  readonly peers: Readonly<Record<string, string>>;
  /** How long the largest backlog took to fill, in seconds, and how many jobs it had. */
  readonly backlog: { readonly jobs: number; readonly filledSeconds: number };
  readonly rows: readonly Benchmark[];
  readonly recoveries: readonly Recovery[];
}

/** @returns the middle one of the numbers, of an even count the greater of the two; NaN where there is none */
export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** @returns the median of the rounds' ratios, ours to theirs: both sides of a round met the same moment of the machine. Without theirs, the median of ours */
export function judgedOf({ ours, theirs }: Pick<Benchmark, 'ours' | 'theirs'>): number {
  return median(theirs.length === 0 ? ours : ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** @returns whether a row reaches its target; what was not measured does not */
export function isMet(row: Benchmark): boolean {
  const judged = judgedOf(row);
  return row.better === 'higher' ? judged >= row.target : judged <= row.target;
}
