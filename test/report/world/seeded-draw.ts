/** Random draws that a seed repeats. Each part of a world draws from a stream of its own, so that switching one noise on leaves the rest unchanged. */

// Read once: inside Jest's sandbox each use of a global such as `Math` is slow, and worlds draw many numbers.
const { exp, floor, imul, log, sqrt } = Math;

export class SeededDraw {
  private state: number;

  constructor(seed: number) {
    this.state = mix(seed | 0);
  }

  /** @returns the stream of that number, the same each time as long as nothing was drawn from this one in between */
  fork(stream: number): SeededDraw {
    return new SeededDraw(mix(this.state ^ imul(stream + 1, 0x9e3779b1)));
  }

  /** @returns a number in [0, 1). Mulberry32. @see https://github.com/cprosche/mulberry32 */
  next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    return mix(this.state) / 2 ** 32;
  }

  between(min: number, max: number): number {
    return min + this.next() * (max - min);
  }

  /** @returns a whole number, both ends included */
  whole(min: number, max: number): number {
    return floor(this.between(min, max + 1));
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** @param items at least one */
  pick<T>(items: readonly T[]): T {
    return items[this.whole(0, items.length - 1)] as T;
  }

  /** @returns a normal number of mean 0 and deviation 1, at most 3.7 away from 0; read from a table, since worlds draw many */
  normal(): number {
    const place = this.next() * (normalQuantiles.length - 1);
    const below = floor(place);
    const low = normalQuantiles[below] as number;
    return low + (place - below) * ((normalQuantiles[below + 1] as number) - low);
  }

  /** @param spread the standard deviation of the logarithm */
  logNormal(median: number, spread: number): number {
    return median * exp(spread * this.normal());
  }

  /** @returns the time until the next event of a Poisson process */
  exponential(mean: number): number {
    return -mean * log(1 - this.next());
  }

  shuffle<T>(items: readonly T[]): T[] {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last -= 1) {
      const other = this.whole(0, last);
      [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
    }
    return shuffled;
  }
}

/** Turns a number into one that looks unrelated: an unsigned number of 32 bits. */
export function mix(value: number): number {
  let mixed = imul(value ^ (value >>> 15), 1 | value);
  mixed = (mixed + imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return (mixed ^ (mixed >>> 14)) >>> 0;
}

/** 4,097 quantiles of the normal distribution, evenly spaced in probability. */
const normalQuantiles = Float64Array.from({ length: 4_097 }, (_, index) => normalQuantile((index + 0.45) / 4_097.9));

/** @see Abramowitz and Stegun, 26.2.23: the error is below 4.5e-4 */
function normalQuantile(share: number): number {
  const t = sqrt(-2 * log(Math.min(share, 1 - share)));
  const size = t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
  return share < 0.5 ? -size : size;
}
