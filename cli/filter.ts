/** Filters of jobs, as options of the command line. */
import type { BulkFilter, JobFilter } from '../client/list-filter.ts';
import type { JobStatus } from '../client/shown-job.ts';
import { type CommandInput, text, texts, UsageError } from './command.ts';
import { tagFilters } from './tag-words.ts';
import { instantOf } from './times.ts';

const statuses: readonly JobStatus[] = ['scheduled', 'queued', 'running', 'waiting', 'succeeded', 'failed', 'cancelled'];

/** @returns the filter of a list @throws UsageError */
export function jobFilterOf(input: CommandInput, nowMs: number): JobFilter {
  const owner = text(input, 'owner');
  const order = text(input, 'order') as JobFilter['order'];
  return { ...bulkFilterOf(input, nowMs), ...(owner === undefined ? {} : { owner }), ...(order === undefined ? {} : { order }) };
}

/** @returns the filter of an action on many jobs; empty where no option selects any @throws UsageError */
export function bulkFilterOf(input: CommandInput, nowMs: number): BulkFilter {
  const status = listed(input, 'status');
  const unknown = status.filter((one) => !(statuses as readonly string[]).includes(one));
  if (unknown.length > 0) throw new UsageError(`--status must be of ${statuses.join(', ')} (was ${unknown.join(', ')}).`);
  const filter = {
    status: status as readonly JobStatus[],
    type: listed(input, 'type'),
    code: listed(input, 'code'),
    tag: tagFilters(texts(input, 'tag')),
  };
  const since = text(input, 'since');
  const until = text(input, 'until');
  return {
    ...(Object.fromEntries(Object.entries(filter).filter(([, values]) => values.length > 0)) as BulkFilter),
    ...(since === undefined ? {} : { since: instantOf(since, '--since', nowMs, 'past') }),
    ...(until === undefined ? {} : { until: instantOf(until, '--until', nowMs, 'past') }),
  };
}

/** Several values, repeated or separated by commas. @throws UsageError for an empty one */
export function listed(input: CommandInput, name: string): readonly string[] {
  return texts(input, name)
    .flatMap((word) => word.split(','))
    .map((word) => {
      // A variable of a script that is not set must not select more jobs than were meant.
      if (word.trim() === '') throw new UsageError(`--${name} has an empty value.`);
      return word.trim();
    });
}
