/** All job types. */
import type { JSX } from 'preact';
import type { JobTypeSummaryResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { usePolled } from '../net/polled.ts';
import { maySubmit } from '../net/session.ts';
import { AsCode } from '../parts/as-code.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { hrefOf } from '../route/address.ts';
import { counted } from '../words/amounts.ts';
import { durationText } from '../words/durations.ts';

export function JobTypesScreen(): JSX.Element {
  const polled = usePolled<{ jobTypes: readonly JobTypeSummaryResource[] }>('/v1/job-types');
  const problem = polled.problem.value;
  return (
    <>
      <PageHead title="Job types" />
      {problem !== null && <ProblemNote problem={problem} onRetry={() => void polled.refresh()} />}
      <ul class="cards">
        {polled.data.value?.jobTypes.map((type) => (
          <li key={type.name} class="card">
            <div class="card-head">
              <h2>
                <a href={hrefOf(`/job-types/${type.name}`)}>{type.name}</a>
              </h2>
              <StatusMark status={type.state} />
            </div>
            <p>{type.description}</p>
            <p class="soft">{queueText(type)}</p>
            {maySubmit(type.name) && (
              <a class="button small" href={hrefOf('/submit', { type: type.name })}>
                Submit<span class="unseen"> {type.name}</span>
              </a>
            )}
          </li>
        ))}
      </ul>
      <AsCode
        what="This list"
        action={() => ({
          method: 'GET',
          path: '/v1/job-types',
          cli: ['types'],
          script: "delegation.request({ method: 'GET', path: '/v1/job-types' })",
        })}
      />
    </>
  );
}

function queueText({ queue }: JobTypeSummaryResource): string {
  if (queue === null) return 'Its queue could not be read.';
  const oldest = queue.oldestSeconds === null ? '' : `, the oldest has been due for ${durationText(queue.oldestSeconds * 1000)}`;
  return queue.depth === 0 && oldest === '' ? 'Nothing waits for a worker.' : `${counted(queue.depth, 'message')} in its queue${oldest}.`;
}
