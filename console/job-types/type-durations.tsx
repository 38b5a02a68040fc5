/** How long the jobs of a type take, by the last that succeeded. */
import type { JSX } from 'preact';
import type { JobListResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { usePolled } from '../net/polled.ts';
import { counted } from '../words/amounts.ts';
import { durationText } from '../words/durations.ts';

const sampleSize = 100;

export function TypeDurations({ type }: { readonly type: string }): JSX.Element | null {
  const path = `/v1/jobs?type=${encodeURIComponent(type)}&status=succeeded&limit=${sampleSize}`;
  const jobs = usePolled<JobListResource>(path, { isFinal: () => true }).data.value?.jobs;
  if (jobs === undefined) return null;
  const durations = jobs
    .flatMap(({ startedAt, finishedAt }) =>
      startedAt === null || finishedAt === null ? [] : [Date.parse(finishedAt) - Date.parse(startedAt)],
    )
    .sort((a, b) => a - b);
  return (
    <section class="panel">
      <header>
        <h2>How long it takes</h2>
      </header>
      {durations.length === 0 ? (
        <p class="soft">No job of this type has succeeded yet.</p>
      ) : (
        <dl class="facts">
          <div>
            <dt>Half of them</dt>
            <dd>up to {durationText(quantile(durations, 0.5))}</dd>
          </div>
          <div>
            <dt>95 of 100</dt>
            <dd>up to {durationText(quantile(durations, 0.95))}</dd>
          </div>
          <div>
            <dt>Sample</dt>
            <dd>the last {counted(durations.length, 'job')} that succeeded, with their waits</dd>
          </div>
        </dl>
      )}
    </section>
  );
}

/** @param sorted ascending, not empty @returns the nearest rank */
function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}
