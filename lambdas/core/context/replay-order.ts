/**
 * Hands outcomes to the worker's code in the order of their positions: known ones as they were first received, new ones after them. Branches that run
 * at once may ask in another order, and a `Promise.race` between them must have the same winner in every invocation.
 */
import { runReadyCode } from './microtasks.ts';

/** The positions of sleeps that are over and that the code has not received: after all positions that outcomes can have. */
const firstSleepOrder = 2 ** 52;
const maxSleepMs = 2 ** 51;

/** @returns the position of such a sleep: in the order in which sleeps end */
export function sleepOrder(untilMs: number): number {
  return firstSleepOrder + Math.min(untilMs, maxSleepMs);
}

interface Waiting {
  readonly order: number;
  /** Hands the outcome over. */
  readonly deliver: () => Promise<void>;
  readonly refuse: (fault: unknown) => void;
}

export class ReplayOrder {
  private readonly waiting: Waiting[] = [];
  private isDelivering = false;
  /** Why an outcome could not be loaded: none is handed over after it, since they would come in another order. */
  private fault: { readonly error: unknown } | undefined;

  /**
   * @param order the position; the lowest that was asked for comes first
   * @param load called when its turn has come: reads the outcome, or waits until it is written
   * @throws what a `load` threw, here and from then on
   */
  next<T>(order: number, load: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    const deliver = () =>
      load().then(resolve, (error: unknown) => {
        this.fault = { error };
        reject(error);
      });
    this.waiting.push({ order, deliver, refuse: reject });
    if (!this.isDelivering) void this.deliverAll();
    return promise;
  }

  private async deliverAll(): Promise<void> {
    this.isDelivering = true;
    while (this.waiting.length > 0) {
      // Code that was given an outcome may now ask for one that comes before those that wait here.
      await runReadyCode();
      const first = this.waiting.reduce((lowest, one) => (one.order < lowest.order ? one : lowest));
      this.waiting.splice(this.waiting.indexOf(first), 1);
      if (this.fault === undefined) await first.deliver();
      else first.refuse(this.fault.error);
    }
    this.isDelivering = false;
  }
}
