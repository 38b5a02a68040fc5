/** What a run of the bench has measured. */

export interface Benchmark {
  readonly what: string;
  readonly unit: string;
  readonly against: string;
  /** The least ratio that is aimed at, ours to theirs. */
  readonly target: number;
  /** Each round, in order. */
  readonly ours: readonly number[];
  readonly theirs: readonly number[];
}

export interface Benchmarks {
  readonly date: string;
  readonly node: string;
  readonly machine: string;
  readonly rows: readonly Benchmark[];
}

export function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

/** @returns the median of the rounds' ratios: both sides of a round met the same moment of the machine */
export function ratioOf({ ours, theirs }: Pick<Benchmark, 'ours' | 'theirs'>): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}
