/**
 * Repeats known outcomes in the order in which the worker's code first received them. Branches that run at once may ask in another order, and
 * a `Promise.race` between them must have the same winner in every invocation.
 */
import { runReadyCode } from './microtasks.ts';

interface Waiting {
  readonly order: number;
  /** Hands the outcome over. */
  readonly deliver: () => Promise<void>;
}

export class ReplayOrder {
  private readonly waiting: Waiting[] = [];
  private isDelivering = false;

  /**
   * @param order position among the known outcomes; the lowest that was asked for comes first
   * @param load called when its turn has come; what it returns or throws is the outcome
   */
  next<T>(order: number, load: () => Promise<T>): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>();
    this.waiting.push({ order, deliver: () => load().then(resolve, reject) });
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
      await first.deliver();
    }
    this.isDelivering = false;
  }
}
