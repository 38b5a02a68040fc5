/** Where worker processes die or are held: armed by a test, decided at each request that changes something. */
import type { Operation } from './operations.ts';

export type Phase = 'before' | 'after';

/** A request of a worker, at which its process may die or be held: before the request is sent, or after it was done and before its answer arrives. */
export interface KillPoint {
  readonly phase: Phase;
  readonly operation: Operation;
}

/**
 * A request of a worker, once. See `Operation` for the names; `write` is any write of a job's record.
 * `before: 'step charge'` is the moment at which the step's function has returned and nothing remembers it: a worker that dies there runs it again.
 */
export type WorkerMoment = (
  | { readonly before: Operation; readonly after?: never }
  | { readonly after: Operation; readonly before?: never }
) & {
  /** The n-th request of this name, counted from now. @default 1 */
  readonly nth?: number;
};

/** What happens to the process that reaches a point. */
export type Effect = 'die' | 'hold';

interface Rule extends KillPoint {
  readonly effect: Effect;
  left: number;
}

export class Kills {
  /** Every point that a worker has passed or died at, in order. */
  readonly points: KillPoint[] = [];
  private readonly rules = new Set<Rule>();
  private deadlyPoint: number | undefined;

  /** @returns takes it back */
  arm({ before, after, nth = 1 }: WorkerMoment, effect: Effect): () => void {
    const operation = before ?? after ?? '';
    const rule: Rule = { phase: before === undefined ? 'after' : 'before', operation, effect, left: nth };
    this.rules.add(rule);
    return () => void this.rules.delete(rule);
  }

  /** @param index among all points that workers pass, from 0 */
  armAt(index: number): void {
    this.deadlyPoint = index;
  }

  /** @returns what happens to the process that reaches this point; a death comes before everything else */
  effectAt(phase: Phase, operation: Operation, isWrite: boolean): Effect | undefined {
    const index = this.points.length;
    this.points.push({ phase, operation });
    let effect: Effect | undefined = index === this.deadlyPoint ? 'die' : undefined;
    for (const rule of this.rules) {
      const isMeant = rule.operation === operation || (rule.operation === 'write' && isWrite);
      if (!isMeant || rule.phase !== phase) continue;
      rule.left -= 1;
      if (rule.left > 0) continue;
      this.rules.delete(rule);
      if (effect !== 'die') effect = rule.effect;
    }
    return effect;
  }
}
