import type { WorkerDefinition } from '../../core/contract/context.ts';
import { internalWorker } from '../../worker/handler.ts';
import { contract } from './contract.ts';
import { cancelMembers, type GroupDeps, waitForMembers } from './group-run.ts';

export function group(deps: GroupDeps): WorkerDefinition<typeof contract> {
  return { run: (_input, ctx) => waitForMembers(ctx, deps), cleanUp: (_input, ctx) => cancelMembers(ctx, deps) };
}

export const handler = internalWorker(contract, group);
