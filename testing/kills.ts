/** When worker processes die: armed by a test, decided at each request that changes something. */
import type { Operation } from './operations.ts';

export type Phase = 'before' | 'after';

/** A request of a worker, at which its process may die: before the request is sent, or after it was done and before its answer arrives. */
export interface KillPoint {
  readonly phase: Phase;
  readonly operation: Operation;
}

/**
 * At which request the worker's process dies, once. See `Operation` for the names; `write` is any write of a job's record.
 * `before: 'step charge'` is the moment at which the step's function has returned and nothing remembers it: it runs again.
 */
export type KillMoment = (
  | { readonly before: Operation; readonly after?: never }
  | { readonly after: Operation; readonly before?: never }
) & {
  /** The process dies at the n-th request of this name, counted from now. @default 1 */
  readonly nth?: number;
};

interface Rule extends KillPoint {
  left: number;
}

export class Kills {
  /** Every point that a worker has passed or died at, in order. */
  readonly points: KillPoint[] = [];
  private readonly rules = new Set<Rule>();
  private deadlyPoint: number | undefined;

  arm({ before, after, nth = 1 }: KillMoment): void {
    const operation = before ?? after ?? '';
    this.rules.add({ phase: before === undefined ? 'after' : 'before', operation, left: nth });
  }

  /** @param index among all points that workers pass, from 0 */
  armAt(index: number): void {
    this.deadlyPoint = index;
  }

  /** @returns whether the process that reaches this point dies there */
  isDeadly(phase: Phase, operation: Operation, isWrite: boolean): boolean {
    const index = this.points.length;
    this.points.push({ phase, operation });
    let isDeadly = index === this.deadlyPoint;
    for (const rule of this.rules) {
      const isMeant = rule.operation === operation || (rule.operation === 'write' && isWrite);
      if (!isMeant || rule.phase !== phase) continue;
      rule.left -= 1;
      if (rule.left > 0) continue;
      this.rules.delete(rule);
      isDeadly = true;
    }
    return isDeadly;
  }
}
