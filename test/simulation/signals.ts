/** Signals of a simulation: jobs whose code waits for them, and what their callers send. */
import type { JobPlan } from './plan.ts';
import type { Node } from './programs.ts';
import type { Random } from './random.ts';

export const signalName = 'go';

/** @returns the payload of the plan's signal of this index; every third is too large for the record */
export function signalPayload(index: number): object {
  return index % 3 === 2 ? { n: index, padding: 'x'.repeat(600) } : { n: index };
}

/** @returns code that waits for signals, and the signals: before, during and after the waits, too few or too many of them */
export function drawSignals(random: Random): Pick<JobPlan, 'program' | 'signals' | 'operations' | 'delaySeconds'> {
  const wait = (): Node => ({ does: 'signal', timeoutSeconds: random.chance(0.4) ? random.int(1, 40) : random.int(600, 900) });
  const step = (): Node => ({ does: 'step', seconds: random.int(0, 4), gives: 'text', failures: 0, throws: 'retryable' });
  const caught = (): Node => ({ does: 'try', body: wait(), otherwise: step() });
  const beside = (): Node => ({
    does: 'all',
    of: random.chance(0.5)
      ? [wait(), { does: 'sequence', of: [step(), { does: 'sleep', seconds: random.int(1, 60) }, step()] }]
      : [wait(), wait()],
  });
  const raced = (): Node => ({ does: 'race', of: [wait(), { does: 'sleep', seconds: random.int(1, 60) }] });
  const failing: Node = { does: 'throw', attempts: 1, throws: 'retryable' };
  const kinds = [wait, caught, beside, raced, step];
  const draw = () => (kinds[random.int(0, kinds.length - 1)] ?? wait)();
  const of: Node[] = [wait(), ...Array.from({ length: random.int(0, 2) }, draw)];
  if (random.chance(0.3)) of.push(failing);
  const signals = Array.from({ length: random.int(0, 5) }, () => ({
    afterMs: random.chance(0.5) ? random.int(0, 5_000) : random.int(0, 300_000),
    callers: random.int(1, 3),
  }));
  return {
    program: { body: { does: 'sequence', of }, returns: 'results', cleansUp: random.chance(0.3) },
    signals,
    operations: [],
    delaySeconds: 0,
  };
}

/** @returns the longest time that a program waits for signals in one attempt, in seconds */
export function signalSeconds(parts: Iterable<Node>): number {
  let seconds = 0;
  for (const part of parts) if (part.does === 'signal') seconds += part.timeoutSeconds;
  return seconds;
}
