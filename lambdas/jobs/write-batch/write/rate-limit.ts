/** A token bucket that may go into debt: what is larger than the bucket passes, and those behind it wait the longer. */
export class RateLimit {
  private readonly unitsPerSecond: number;
  private tokens: number;
  private filledMs: number;

  /** Holds one second's units, and is full at first. */
  constructor(unitsPerSecond: number, nowMs: number) {
    this.unitsPerSecond = unitsPerSecond;
    this.tokens = unitsPerSecond;
    this.filledMs = nowMs;
  }

  /** Books the units. @returns milliseconds to wait before spending them: until the debt of those before is paid */
  take(units: number, nowMs: number): number {
    const elapsedMs = Math.max(0, nowMs - this.filledMs); // a clock may step back
    this.tokens = Math.min(this.unitsPerSecond, this.tokens + (elapsedMs / 1000) * this.unitsPerSecond);
    this.filledMs = nowMs;
    const waitMs = Math.max(0, Math.ceil(((Math.min(units, this.unitsPerSecond) - this.tokens) / this.unitsPerSecond) * 1000));
    this.tokens -= units;
    return waitMs;
  }
}
