/** The story of a job as its callers see it, bounded so that the record stays small. */

import { truncate } from '../../text/truncate.ts';
import type { TimelineEntry } from './job.ts';

const kept = { first: 10, last: 30 };
const longestDetail = 300;

/** @returns the timeline with more entries; a long one keeps its beginning and its end and says how much it left out */
export function extendTimeline(timeline: readonly TimelineEntry[], ...entries: readonly TimelineEntry[]): readonly TimelineEntry[] {
  const all = [...timeline, ...entries.map(shortenDetail)];
  if (all.length <= kept.first + kept.last) return all;
  const middle = all.slice(kept.first, -kept.last);
  const earlier = middle.reduce((count, entry) => count + (entry.event === 'summarised' ? Number(entry.detail) : 1), 0);
  const summary: TimelineEntry = { atMs: middle.at(-1)?.atMs ?? 0, event: 'summarised', detail: String(earlier) };
  return [...all.slice(0, kept.first), summary, ...all.slice(-kept.last)];
}

function shortenDetail(entry: TimelineEntry): TimelineEntry {
  return entry.detail === undefined ? entry : { ...entry, detail: truncate(entry.detail, longestDetail) };
}
