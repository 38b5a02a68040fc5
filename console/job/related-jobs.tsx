/** The jobs that this one has to do with. */
import type { JSX } from 'preact';
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { StatusMark } from '../parts/status-mark.tsx';
import { hrefOf } from '../route/address.ts';

const maxShown = 20;

export function RelatedJobs({ job }: { readonly job: JobResource }): JSX.Element | null {
  const related: readonly (readonly [string, string])[] = [
    ...one('Retry of', job.retryOf),
    ...one('Retried by', job.retriedBy),
    ...one('Run by', job.parent),
    ...one('Group', job.group),
    ...one('Webhook delivery', job.webhook?.delivery ?? null),
    ...job.after.map((id) => ['Starts after', id] as const),
    ...job.children.map((id) => ['Runs', id] as const),
  ];
  const delegated = job.delegated ?? [];
  if (related.length + delegated.length === 0) return null;
  return (
    <section class="panel">
      <header>
        <h2>Related jobs</h2>
      </header>
      <ul class="related">
        {related.slice(0, maxShown).map(([how, id]) => (
          <li key={how + id}>
            <span class="soft">{how}</span> <a href={hrefOf(how === 'Group' ? `/groups/${id}` : `/jobs/${id}`)}>{id}</a>
          </li>
        ))}
        {delegated.map(({ id, type, status }) => (
          <li key={id}>
            <span class="soft">Delegated {type}</span> <a href={hrefOf(`/jobs/${id}`)}>{id}</a> <StatusMark status={status} />
          </li>
        ))}
        {related.length > maxShown && <li class="soft">and {related.length - maxShown} more</li>}
      </ul>
    </section>
  );
}

function one(how: string, id: string | null): readonly (readonly [string, string])[] {
  return id === null ? [] : [[how, id]];
}
