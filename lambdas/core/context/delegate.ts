/** `ctx.delegate`: submits another job for the same owner. */
import type { DelegationRequest } from '../contract/context.ts';
import { PermanentError, QuotaExceededError } from '../contract/errors.ts';
import type { ContextParts } from './context-parts.ts';
import { scopeKind } from './scope.ts';
import type { OrParked } from './suspensions.ts';

export async function delegate(parts: ContextParts, name: string, request: DelegationRequest): Promise<OrParked<string>> {
  const { contract, deps, journal, suspensions } = parts;
  const call = journal.begin('child', name);
  const known = await journal.recall<string>(call);
  if (known !== undefined) return known.value;
  if (!contract.delegatesTo?.includes(request.type)) {
    throw new PermanentError(`${contract.name} may not delegate to ${request.type}: its contract's delegatesTo does not name it.`, {
      code: 'delegation_not_allowed',
    });
  }
  await journal.beforeEffect();
  const release = journal.reserve(call);
  try {
    const id = await deps.delegate(name, request);
    await journal.receive(call, JSON.stringify(id));
    return id;
  } catch (error) {
    // Inside a step, rethrow: the step fails with it, and a quota error suspends the job if the code lets it through.
    if (scopeKind() !== undefined) {
      journal.release(call);
      throw error;
    }
    if (!(error instanceof QuotaExceededError)) throw await journal.recordFailure(call, error);
    return suspensions.park(deps.runtime.nowMs() + error.afterSeconds * 1000, { code: 'quota', detail: error.message });
  } finally {
    release();
  }
}
