/** The history of a job for people to read, bounded so that the record stays small. No state is decided by it. */

import { truncate } from '../../text/truncate.ts';
import type { TimelineEntry } from './job.ts';

const kept = { first: 10, last: 30 };
/** The maximum length of a detail, in the timeline and in a reason. */
export const maxDetailLength = 300;

/** @returns the timeline with more entries. A long one keeps its first 10 and last 30 entries, and an entry that counts those between. */
export function extendTimeline(timeline: readonly TimelineEntry[], ...entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const all = [...timeline, ...entries.map(truncateDetail)];
  if (all.length <= kept.first + kept.last) return all;
  const middle = all.slice(kept.first, -kept.last);
  const earlier = middle.reduce((count, entry) => count + (entry.event === 'summarised' ? Number(entry.detail) : 1), 0);
  const summary: TimelineEntry = { atMs: middle.at(-1)?.atMs ?? 0, event: 'summarised', detail: String(earlier) };
  return [...all.slice(0, kept.first), summary, ...all.slice(-kept.last)];
}

function truncateDetail(entry: TimelineEntry): TimelineEntry {
  return entry.detail === undefined ? entry : { ...entry, detail: truncate(entry.detail, maxDetailLength) };
}
