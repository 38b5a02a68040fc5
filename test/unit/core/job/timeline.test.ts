import type { TimelineEntry } from '../../../../lambdas/core/job/job.ts';
import { extendTimeline } from '../../../../lambdas/core/job/timeline.ts';

const entry = (atMs: number): TimelineEntry => ({ atMs, event: 'sleeping' });

it('a long timeline keeps its start and its end, and counts the entries between', () => {
  let timeline: readonly TimelineEntry[] = [];
  for (let i = 0; i < 1_000; i++) timeline = extendTimeline(timeline, entry(i));
  expect(timeline.length).toBeLessThanOrEqual(41);
  expect(timeline[0]).toEqual(entry(0));
  expect(timeline.at(-1)).toEqual(entry(999));
  const summary = timeline.filter(({ event }) => event === 'summarised');
  expect(summary).toHaveLength(1);
  expect(Number(summary[0]?.detail) + timeline.length - 1).toBe(1_000);
});

it('truncates a long detail of a timeline entry', () => {
  const [only] = extendTimeline([], { ...entry(0), detail: 'x'.repeat(10_000) });
  expect(only?.detail).toHaveLength(300);
});
