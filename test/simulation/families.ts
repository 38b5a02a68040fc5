/** Parents and children of a simulation: jobs whose code runs other jobs. */
import type { JobPlan } from './plan.ts';
import type { ChildKind, Node } from './programs.ts';
import type { Random } from './random.ts';

/** @returns code that runs other jobs: one or several, caught or not, beside other work, and before a failure or a cancel */
export function drawFamily(random: Random): Pick<JobPlan, 'program' | 'operations' | 'delaySeconds' | 'cancelAfterMs'> {
  const kinds: readonly ChildKind[] = ['works', 'works', 'sleeps', 'waits', 'fails'];
  const kind = () => kinds[random.int(0, kinds.length - 1)] ?? 'works';
  const run = (): Node => ({ does: 'run', children: Array.from({ length: random.int(1, 4) }, kind) });
  const step = (): Node => ({ does: 'step', seconds: random.int(0, 4), gives: 'text', failures: 0, throws: 'retryable' });
  const caught = (): Node => ({ does: 'try', body: run(), otherwise: step() });
  const beside = (): Node => ({ does: 'all', of: [run(), random.chance(0.5) ? run() : { does: 'sleep', seconds: random.int(1, 60) }] });
  const failing: Node = { does: 'throw', attempts: random.int(1, 3), throws: 'retryable' };
  const unfinished: Node = { does: 'all', of: [run(), { does: 'sequence', of: [{ does: 'sleep', seconds: 5 }, failing] }] };
  const drawn = [run, caught, beside, () => unfinished, step];
  const of: Node[] = [run(), ...Array.from({ length: random.int(0, 2) }, () => (drawn[random.int(0, drawn.length - 1)] ?? run)())];
  if (random.chance(0.2)) of.push(failing);
  return {
    program: { body: { does: 'sequence', of }, returns: 'results', cleansUp: random.chance(0.3) },
    operations: [],
    delaySeconds: 0,
    cancelAfterMs: random.chance(0.3) ? random.int(0, 60_000) : null,
  };
}

/** @returns the number of jobs that a program runs in one attempt */
export function childCount(parts: Iterable<Node>): number {
  let count = 0;
  for (const part of parts) if (part.does === 'run') count += part.children.length;
  return count;
}
