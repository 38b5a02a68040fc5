/**
 * Into how many partitions the indexes are split, for each key: the alarms of a type, the timers, and with half as many the lists of an owner. One partition
 * takes 1,000 writes a second. The number may grow while there are jobs, and never shrinks. Readers go first: whoever writes may use fewer partitions than
 * those that are read, since a bucket of a smaller number is one of a larger number as well. So the clock, which must find every alarm, announces a larger
 * number, and the others write by it two minutes later.
 */
import { lastLetterOf } from './ids.ts';

/** Powers of two, up to the number of values of an id's last letter. */
export const partitionCounts = [8, 16, 32] as const;
export type PartitionCount = (typeof partitionCounts)[number];

/** The number that every deployment starts with. */
export const fewestPartitions = 8;
/** The number that a reader takes that could not read how many there are. */
export const mostPartitions = 32;

/** What the clock announced. */
export interface AnnouncedPartitions {
  readonly count: PartitionCount;
  /** When writers may begin to use them, in epoch milliseconds. */
  readonly fromMs: number;
  /** How many they use until then. */
  readonly before: PartitionCount;
}

/** Every reader knows of an announcement ten seconds after it was written, which may take some more; the clocks of two machines may differ by a minute. */
const noticeMs = 120_000;

/** @returns what the clock announces where more partitions are wanted than there are; else what there is */
export function growPartitions(
  announced: AnnouncedPartitions | undefined,
  wanted: PartitionCount,
  nowMs: number,
): AnnouncedPartitions | undefined {
  if (wanted <= partitionsToRead(announced)) return announced;
  return { count: wanted, fromMs: nowMs + noticeMs, before: partitionsToWrite(announced, nowMs) };
}

export function partitionsToRead(announced: AnnouncedPartitions | undefined): PartitionCount {
  return announced?.count ?? fewestPartitions;
}

export function partitionsToWrite(announced: AnnouncedPartitions | undefined, nowMs: number): PartitionCount {
  if (announced === undefined) return fewestPartitions;
  return nowMs >= announced.fromMs ? announced.count : announced.before;
}

/** @returns the bucket of a job, from 0. Ids are spread evenly, since the fullest bucket sets the limit */
export function bucketOf(jobId: string, count: number): number {
  return lastLetterOf(jobId) % count;
}
