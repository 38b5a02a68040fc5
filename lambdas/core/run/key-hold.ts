/** A job with a concurrency key: whether it has a place, and what must follow from the write of its record. */
import type { JobTypeContract } from '../contract/contract.ts';
import { enterGate, leaveIfEnded, lookAgain } from '../gate/enter-gate.ts';
import type { GateDeps } from '../gate/hand-on.ts';
import type { Job } from '../job/job.ts';
import type { HoldState } from './hold.ts';

export interface KeyHoldDeps extends GateDeps {
  /** The contract of the jobs' type, as it is deployed. */
  readonly contract: Pick<JobTypeContract, 'keys'>;
}

export async function lookAtGateOf(job: Job, deps: KeyHoldDeps): Promise<HoldState> {
  const entry = await enterGate(job, deps.contract.keys?.limit, deps);
  if (entry.kind === 'waits')
    return {
      kind: 'holds',
      until: entry.until,
      written: async (waiting) => {
        if (waiting !== undefined) await lookAgain(waiting, deps);
      },
    };
  return {
    kind: 'over',
    written: async (freed) => {
      if (freed === undefined) await leaveIfEnded(job, deps);
      else if (job.status === 'waiting') await deps.gates.quit(job.id, deps.runtime.nowMs());
    },
  };
}
