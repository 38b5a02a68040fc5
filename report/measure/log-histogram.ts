/** Counts by size in steps of 1 %: exact when merged, and the same in every order. After DDSketch: Masson, Rim & Lee, VLDB 2019. */
import type { Interval } from '../delegation-report.ts';
import { quantileRanks } from './interval.ts';

const step = Math.log(1.01);
/** Values up to about 115 days in milliseconds, or 10 GB in bytes. */
const bins = 2_316;
const none = new Uint32Array(0);

export class LogHistogram {
  count = 0;
  /** Whole numbers, so that the order does not matter. */
  sum = 0;
  /** Nothing is allocated for what never comes. */
  private counts: Uint32Array = none;

  /** @param value 0 or more; what is below 1 counts as below 1 */
  add(value: number): void {
    if (this.counts === none) this.counts = new Uint32Array(bins);
    const bin = binOf(value);
    this.counts[bin] = (this.counts[bin] ?? 0) + 1;
    this.count += 1;
    this.sum += Math.round(value);
  }

  /** Adds what another one counted. */
  addAll(other: LogHistogram): void {
    if (other.count === 0) return;
    if (this.counts === none) this.counts = new Uint32Array(bins);
    for (let bin = 0; bin < bins; bin++) this.counts[bin] = (this.counts[bin] ?? 0) + (other.counts[bin] ?? 0);
    this.count += other.count;
    this.sum += other.sum;
  }

  get mean(): number | null {
    return this.count === 0 ? null : this.sum / this.count;
  }

  /** @returns the value at a rank from 1, in the middle of its step */
  valueAt(rank: number): number {
    let seen = 0;
    for (let bin = 0; bin < bins; bin++) {
      seen += this.counts[bin] ?? 0;
      if (seen >= rank) return middleOf(bin);
    }
    return 0;
  }

  /** @returns undefined when nothing was counted */
  quantile(q: number): number | undefined {
    return this.count === 0 ? undefined : this.valueAt(Math.max(1, Math.ceil(q * this.count)));
  }

  /** @returns the quantile between its 95 % bounds; null when there are too few */
  interval(q: number): Interval | null {
    const ranks = quantileRanks(this.count, q);
    if (ranks === undefined) return null;
    return [this.valueAt(ranks[0]), this.valueAt(Math.max(1, Math.ceil(q * this.count))), this.valueAt(ranks[1])];
  }

  /** Calls for each step that is not empty, from the smallest on. */
  forEach(visit: (value: number, count: number) => void): void {
    for (let bin = 0; bin < bins; bin++) {
      const count = this.counts[bin] ?? 0;
      if (count > 0) visit(middleOf(bin), count);
    }
  }

  /** @returns how many lie within a part of a value, such as 0.01 for 1 % */
  near(value: number, part: number): number {
    let found = 0;
    for (let bin = binOf(value * (1 - part)); bin <= binOf(value * (1 + part)); bin++) found += this.counts[bin] ?? 0;
    return found;
  }
}

const binOf = (value: number) => (value < 1 ? 0 : Math.min(bins - 1, 1 + Math.floor(Math.log(value) / step)));
const middleOf = (bin: number) => (bin === 0 ? 0 : Math.exp((bin - 0.5) * step));
