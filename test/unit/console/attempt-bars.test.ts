import fc from 'fast-check';
import { barsOf, type Stretch, stretchesOf } from '../../../console/job/attempt-bars.ts';

const at = (seconds: number) => new Date(seconds * 1000).toISOString();

it('reads running and waiting from a timeline', () => {
  const stretches = stretchesOf(
    [
      { at: at(0), event: 'queued' },
      { at: at(2), event: 'started', attempt: 1 },
      { at: at(3), event: 'step', detail: 'mail' },
      { at: at(5), event: 'attempt_failed', attempt: 1, detail: 'Full.' },
      { at: at(9), event: 'started', attempt: 2 },
      { at: at(10), event: 'sleeping', detail: 'a day' },
    ],
    30_000,
  );
  expect(stretches.map(({ kind, attempt, fromMs, toMs, label }) => [kind, attempt, fromMs, toMs, label])).toEqual([
    ['waiting', 0, 0, 2_000, 'waits for a worker'],
    ['running', 1, 2_000, 5_000, 'runs'],
    ['waiting', 1, 5_000, 9_000, 'waits for the next attempt: Full.'],
    ['running', 2, 9_000, 10_000, 'runs'],
    ['waiting', 2, 10_000, 30_000, 'sleeps: a day'],
  ]);
});

it('ends with the job', () =>
  expect(
    stretchesOf(
      [
        { at: at(0), event: 'queued' },
        { at: at(1), event: 'cancelled' },
      ],
      9_000,
    ),
  ).toHaveLength(1));

it('draws a long wait shorter, and says so', () => {
  const stretch = (kind: Stretch['kind'], fromMs: number, toMs: number): Stretch => ({ kind, attempt: 1, fromMs, toMs, label: '' });
  const [run, wait] = barsOf([stretch('running', 0, 1_000), stretch('waiting', 1_000, 86_400_000)]);
  expect(run?.isCut).toBe(false);
  expect(wait?.isCut).toBe(true);
  expect((run?.to ?? 0) - (run?.from ?? 0)).toBeCloseTo(2 / 3, 2);
});

it('fills the axis without a gap, and every stretch can be seen', () =>
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom('running', 'waiting'), fc.integer({ min: 0, max: 1e9 })), { minLength: 1, maxLength: 12 }),
      (parts) => {
        let fromMs = 0;
        const bars = barsOf(
          parts.map(([kind, length]) => {
            const stretch: Stretch = { kind, attempt: 1, fromMs, toMs: fromMs + length, label: '' };
            fromMs += length;
            return stretch;
          }),
        );
        expect(bars[0]?.from).toBe(0);
        expect(bars.at(-1)?.to).toBeCloseTo(1, 6);
        for (const [i, bar] of bars.entries()) {
          expect(bar.to - bar.from).toBeGreaterThan(0.004);
          if (i > 0) expect(bar.from).toBe(bars[i - 1]?.to);
        }
      },
    ),
  ));
