import type { WorkerDefinition } from '../../core/contract/context.ts';
import { internalWorker, type ServiceDeps } from '../../worker/handler.ts';
import { internalTypes } from '../internal-types.ts';
import { type BulkDeps, BulkRun } from './bulk-run.ts';
import { contract } from './contract.ts';

export function bulkAction(deps: BulkDeps): WorkerDefinition<typeof contract> {
  return { run: (input, ctx) => new BulkRun(input, ctx, deps).run() };
}

export const handler = internalWorker(contract, (deps) => bulkAction({ ...deps, ...listing(deps) }));

/** What the lists need besides: every type that may have jobs, and those whose jobs are left alone. */
function listing({ typeStates, catalogue }: ServiceDeps) {
  const deployed = catalogue.map(({ name }) => name);
  return {
    partitionsToRead: () => typeStates.partitionsToRead(),
    knownTypes: async () => [...new Set([...deployed, ...(await typeStates.knownTypes())])],
    internalTypes: internalTypes.map(({ name }) => name),
  };
}
