/** How the members of a group ended: a bar, and the numbers in words. */
import type { JSX } from 'preact';
import type { GroupResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { countText } from '../words/amounts.ts';

const ends = ['succeeded', 'failed', 'cancelled', 'refused', 'unfinished'] as const;
const width = 1000;
const height = 12;

export function GroupCounts({ counts }: { readonly counts: GroupResource['counts'] }): JSX.Element {
  let at = 0;
  return (
    <div class="group-counts">
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
        <rect class="track" x="0" y="0" width={width} height={height} />
        {ends.map((end) => {
          const x = at;
          const share = (counts[end] / Math.max(1, counts.total)) * width;
          at += share;
          return <rect key={end} class={`fill-${end}`} x={x} y="0" width={share} height={height} />;
        })}
      </svg>
      <ul class="totals">
        {ends.map((end) => (
          <li key={end}>
            <b class="number">{countText(counts[end])}</b> <span class="soft">{end}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
