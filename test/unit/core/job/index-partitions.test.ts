import fc from 'fast-check';
import { alarmPartition, rescuePartitions, timerPartitions } from '../../../../lambdas/core/job/alarm.ts';
import { deriveJobId } from '../../../../lambdas/core/job/ids.ts';
import {
  bucketOf,
  fewestPartitions,
  growPartitions,
  mostPartitions,
  type PartitionCount,
  partitionCounts,
  partitionsToRead,
  partitionsToWrite,
} from '../../../../lambdas/core/job/index-partitions.ts';
import { endedPartition, endedPartitions, listPartition, listPartitions } from '../../../../lambdas/core/job/list-key.ts';

const nowMs = Date.UTC(2026, 10, 24);
const idOf = (i: number) => deriveJobId('o', { kind: 'key', key: String(i) });
const anyCount = fc.constantFrom(...partitionCounts);

it.each(partitionCounts)('spreads jobs evenly over %d partitions, since the fullest one sets the limit', (count) => {
  const ids = Array.from({ length: 32_000 }, (_, i) => idOf(i));
  const counts = Array.from({ length: count }, (_, bucket) => ids.filter((id) => bucketOf(id, count) === bucket).length);
  // Four standard deviations of an even spread.
  for (const jobs of counts) expect(Math.abs(jobs - ids.length / count)).toBeLessThan(4 * Math.sqrt(ids.length / count));
});

it('finds with more partitions each job that was written with fewer: its alarms, and its place in the lists', () => {
  fc.assert(
    fc.property(fc.nat(), anyCount, anyCount, (i, a, b) => {
      const [written, read] = [Math.min(a, b), Math.max(a, b)] as [PartitionCount, PartitionCount];
      const job = { id: idOf(i), type: 'write-batch', owner: 'ann' };
      expect(rescuePartitions(job.type, read)).toContain(alarmPartition(job, 'rescue', written));
      expect(timerPartitions(read)).toContain(alarmPartition(job, 'timer', written));
      expect(listPartitions('ann', read)).toContainEqual(listPartition(job, written));
      expect(endedPartitions('ann', 'failed', read)).toContainEqual(endedPartition(job, 'failed', written));
    }),
  );
});

it('only grows, and is written two minutes after it is read', () => {
  expect(growPartitions(undefined, fewestPartitions, nowMs)).toBeUndefined();
  const grown = growPartitions(undefined, 16, nowMs);
  expect([partitionsToRead(undefined), partitionsToRead(grown)]).toEqual([8, 16]);
  expect([nowMs, nowMs + 119_999, nowMs + 120_000].map((atMs) => partitionsToWrite(grown, atMs))).toEqual([8, 8, 16]);
  expect(growPartitions(grown, 8, nowMs + 1)).toBe(grown);
  expect(growPartitions(grown, 16, nowMs + 1)).toBe(grown);
  expect(growPartitions(grown, 32, nowMs + 1)).toEqual({ count: mostPartitions, fromMs: nowMs + 120_001, before: fewestPartitions });
  const again = growPartitions(grown, 32, nowMs + 200_000);
  expect([nowMs + 200_000, nowMs + 320_000].map((atMs) => partitionsToWrite(again, atMs))).toEqual([16, 32]);
});
