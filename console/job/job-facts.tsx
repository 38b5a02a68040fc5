/** The plain facts of a job. */
import type { ComponentChildren, JSX } from 'preact';
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { TagList } from '../parts/tag-list.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { hrefOf } from '../route/address.ts';
import { counted } from '../words/amounts.ts';
import { durationText } from '../words/durations.ts';

export function JobFacts({ job }: { readonly job: JobResource }): JSX.Element {
  return (
    <dl class="facts">
      {factsOf(job).map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

function factsOf(job: JobResource): readonly (readonly [string, ComponentChildren])[] {
  const { cost } = job;
  const time = (at: string | null): ComponentChildren => (at === null ? null : <TimeText at={at} />);
  const runs = `${counted(cost.invocations, 'invocation')}, ran ${durationText(cost.runSeconds * 1000)}`;
  const used = `${cost.gigabyteSeconds === null ? '' : `, ${cost.gigabyteSeconds} GB-s`}, ${counted(cost.recordWrites, 'write')}`;
  const facts: readonly (readonly [string, ComponentChildren])[] = [
    ['Accepted', time(job.createdAt)],
    ['Started', time(job.startedAt)],
    ['Ended', time(job.finishedAt)],
    ['Deadline', job.finishedAt === null ? time(job.deadline) : null],
    ['Record kept', time(job.expiresAt)],
    ['Attempts', `${job.attempt} of ${job.maxAttempts}`],
    ['Owner', job.owner],
    ['Tags', Object.keys(job.tags).length === 0 ? null : <TagList tags={job.tags} />],
    ['Unique key', job.uniqueKey],
    ['Concurrency key', job.concurrencyKey],
    ['Priority', job.priority],
    ['Schedule', job.schedule === null ? null : <a href={hrefOf('/schedules')}>{job.schedule}</a>],
    ['Scheduled for', time(job.scheduledFor)],
    ['Webhook', job.webhook === null ? null : `${job.webhook.url} (${job.webhook.events.join(', ')})`],
    ['Trace', job.traceparent],
    ['Used so far', runs + used],
  ];
  return facts.filter(([, value]) => value !== null);
}
