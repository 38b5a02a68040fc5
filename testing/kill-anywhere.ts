/** Proves of a job that it ends right whenever its worker dies: runs a test once for each point at which that can be. */
import type { JobTypeContract } from '../lambdas/core/contract/contract.ts';
import type { KillPoint } from './kills.ts';
import type { TestKit } from './test-kit.ts';

/**
 * Runs a scenario once without a kill, and then once for each point that the workers of that run passed, with the process killed there.
 * @param makeKit makes a new kit, and new fakes of what the worker uses, for each run
 * @param scenario submits, runs, and expects what must be true in every run; rejects where it is not
 * @returns the points; each process died at one of them
 * @throws Error that names the point, with what the scenario threw as its cause
 */
export async function killAnywhere<Contract extends JobTypeContract>(
  makeKit: () => TestKit<Contract>,
  scenario: (kit: TestKit<Contract>) => Promise<void>,
): Promise<readonly KillPoint[]> {
  const kit = makeKit();
  await scenario(kit);
  const points = [...kit.killPoints];
  for (const [index, { phase, operation }] of points.entries()) {
    const killed = makeKit();
    killed.killAt(index);
    try {
      await scenario(killed);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      throw new Error(`With the worker killed ${phase} "${operation}" (point ${index + 1} of ${points.length}): ${message}`, {
        cause: error,
      });
    }
    if (killed.deaths.length === 0) {
      throw new Error(
        `The scenario did not reach "${operation}" (point ${index + 1} of ${points.length}) again: it must run in the same way each time.`,
      );
    }
  }
  return points;
}
