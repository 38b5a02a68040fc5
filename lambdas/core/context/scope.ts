/** Follows the functions that worker code hands to steps and waits, through everything that they await. */
import { AsyncLocalStorage } from 'node:async_hooks';

/** A function that worker code handed in. What it starts and does not await is outside of the scope once the function has ended. */
interface Scope {
  readonly kind: 'step' | 'wait';
  isOver: boolean;
}

const current = new AsyncLocalStorage<Scope>();

/** Runs the function of a step, or the check of a wait. */
export async function runInScope<T>(kind: Scope['kind'], fn: () => Promise<T>): Promise<T> {
  const scope: Scope = { kind, isOver: false };
  try {
    return await current.run(scope, async () => fn());
  } finally {
    scope.isOver = true;
  }
}

/** @returns what the calling code is inside of */
export function scopeKind(): Scope['kind'] | undefined {
  const scope = current.getStore();
  return scope === undefined || scope.isOver ? undefined : scope.kind;
}
