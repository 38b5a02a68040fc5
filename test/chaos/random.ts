/** Randomness that a seed repeats. Each part of a run draws from a stream of its own, so that more draws of one change nothing in another. */
import { createHash } from 'node:crypto';

export class Random {
  private readonly seed: string;
  private state: number;

  constructor(seed: string) {
    this.seed = seed;
    this.state = createHash('sha256').update(seed).digest().readUInt32LE(0);
  }

  /** @returns the stream of that name, always the same for one seed */
  stream(name: string): Random {
    return new Random(`${this.seed}/${name}`);
  }

  /** @returns a number in [0, 1). Mulberry32. @see https://github.com/cprosche/mulberry32 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  between(min: number, max: number): number {
    return min + this.next() * (max - min);
  }

  /** @returns a whole number, both ends included */
  whole(min: number, max: number): number {
    return Math.floor(this.between(min, max + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @param items at least one */
  pick<T>(items: readonly T[]): T {
    return items[this.whole(0, items.length - 1)] as T;
  }
}
