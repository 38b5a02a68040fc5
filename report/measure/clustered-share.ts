/** Shares of requests that are not independent: callers repeat themselves, and hours resemble themselves. */
import type { Interval } from '../delegation-report.ts';
import { t95, z95 } from './interval.ts';

/**
 * The difference of two shares of the same requests, such as reads after the answer minus reads before the request; a plain share has no second one.
 * Sums are whole numbers, so that the order of clusters does not matter.
 */
export class ClusteredShare {
  clusters = 0;
  requests = 0;
  private plus = 0;
  private minus = 0;
  private squares = 0;
  private products = 0;
  private sizes = 0;

  /**
   * Adds the requests of one caller, or of one hour.
   * @param plus requests for which only the first holds
   * @param minus requests for which only the second holds
   */
  add(requests: number, plus: number, minus = 0): void {
    if (requests === 0) return;
    const difference = plus - minus;
    this.clusters += 1;
    this.requests += requests;
    this.plus += plus;
    this.minus += minus;
    this.squares += difference ** 2;
    this.products += difference * requests;
    this.sizes += requests ** 2;
  }

  get estimate(): number {
    return this.requests === 0 ? 0 : (this.plus - this.minus) / this.requests;
  }

  /** Requests for which the first holds and the second does not. */
  get count(): number {
    return this.plus;
  }

  /**
   * One-sided 95 % bounds on both sides of the estimate. The interval of Bonett and Price for paired differences, with as many observations as the
   * clusters are worth: the variance between clusters says how much their requests repeat each other.
   * @see Bonett & Price, Journal of Educational and Behavioral Statistics 37 (2012); Kish, Survey Sampling (1965), on the design effect
   */
  interval(): Interval {
    const { requests: n, clusters, estimate } = this;
    if (n === 0 || clusters < 2) return [this.minus > 0 ? -1 : 0, estimate, 1];
    const effective = n / this.designEffect();
    const plus = ((this.plus / n) * effective + 1) / (effective + 2);
    const minus = ((this.minus / n) * effective + (this.minus > 0 ? 1 : 0)) / (effective + 2);
    const middle = plus - minus;
    const half = t95(clusters - 1) * Math.sqrt((plus + minus - middle ** 2) / (effective + 2));
    const low = this.minus > 0 ? -1 : 0;
    // Where nothing was seen, the middle is above the estimate: the bounds still enclose it.
    return [Math.max(low, Math.min(estimate, middle - half)), estimate, Math.min(1, Math.max(estimate, middle + half))];
  }

  /** How many requests are worth one independent one: between 1 and all of a cluster. */
  private designEffect(): number {
    const { requests: n, clusters, estimate } = this;
    const most = Math.max(1, this.sizes / n);
    const independent = (this.plus + this.minus) / n - estimate ** 2;
    if (independent <= 0) return most;
    const between = this.squares - 2 * estimate * this.products + estimate ** 2 * this.sizes;
    const effect = ((clusters / (clusters - 1)) * between) / n / independent;
    return Math.min(most, Math.max(1, effect));
  }
}

/** @returns how many more independent requests a share needs until its bound passes `needs`; undefined when it lies too near for data to decide */
export function requestsNeeded(share: number, needs: number): number | undefined {
  const distance = Math.abs(share - needs);
  if (distance < needs / 10) return undefined;
  return Math.ceil((z95 ** 2 * share * (1 - share)) / distance ** 2);
}
