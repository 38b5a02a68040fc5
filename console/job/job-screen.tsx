/** The job screen: why it is where it is, first; then all that is known of it. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { type Polled, usePolled } from '../net/polled.ts';
import { me, session } from '../net/session.ts';
import { AsCode } from '../parts/as-code.tsx';
import { CopyButton } from '../parts/copy-button.tsx';
import { JsonTree } from '../parts/json-tree.tsx';
import { announce } from '../parts/notices.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { CodeBlock } from '../parts/scroll-frame.tsx';
import { hrefOf } from '../route/address.ts';
import type { Action } from '../words/code-samples.ts';
import { AttemptsChart } from './attempts-chart.tsx';
import { JobFacts } from './job-facts.tsx';
import { bugReport, localLogCommand, logQuery } from './job-reports.ts';
import { PayloadPanel } from './payload-panel.tsx';
import { RelatedJobs } from './related-jobs.tsx';
import { TimelineTable } from './timeline-table.tsx';
import { WhyPanel } from './why-panel.tsx';

export function JobScreen({ id }: { readonly id: string }): JSX.Element {
  const polled = usePolled<JobResource>(`/v1/jobs/${encodeURIComponent(id)}`, { isFinal: ({ finishedAt }) => finishedAt !== null });
  const job = polled.data.value;
  const problem = polled.problem.value;
  useAnnouncedStatus(job);
  return (
    <>
      <PageHead
        title={job === undefined ? id : `${job.type} ${id}`}
        above={<a href={hrefOf('/jobs')}>Jobs</a>}
        heading={
          job === undefined ? (
            'Job'
          ) : (
            <>
              {job.type} <span class="id">{id}</span>
            </>
          )
        }
      >
        <CopyButton text={id} label="Copy id" />
        {job !== undefined && <CopyButton text={() => bugReport(job, me.peek()?.version ?? '')} label="Copy as bug report" />}
      </PageHead>
      {problem !== null && <ProblemNote problem={problem} onRetry={() => void polled.refresh()} />}
      {job === undefined ? problem === null && <p class="soft loading">Loading the job…</p> : <JobBody job={job} polled={polled} />}
    </>
  );
}

function JobBody({ job, polled }: { readonly job: JobResource; readonly polled: Polled<JobResource> }): JSX.Element {
  const details = job.error?.details;
  return (
    <>
      <WhyPanel job={job} onDone={() => void polled.refresh()} />
      <div class="columns">
        <div>
          <section class="panel">
            <header>
              <h2>Attempts</h2>
            </header>
            <AttemptsChart job={job} />
          </section>
          {details !== undefined && (
            <section class="panel">
              <header>
                <h2>Details of the error</h2>
              </header>
              <JsonTree value={details} />
            </section>
          )}
          {job.status === 'succeeded' && (
            <PayloadPanel
              title="Result"
              value={job.result}
              path={job.links.result}
              fileName={`${job.id}.json`}
              absent="The result is null."
            />
          )}
          <PayloadPanel
            title="Input"
            value={job.input}
            path={job.links.input}
            fileName={`${job.id}-input.json`}
            absent="It may not be shown, since its type is no longer deployed."
          />
          <section class="panel">
            <header>
              <h2>Timeline</h2>
            </header>
            <TimelineTable job={job} />
          </section>
        </div>
        <div>
          <section class="panel">
            <header>
              <h2>Facts</h2>
            </header>
            <JobFacts job={job} />
          </section>
          <RelatedJobs job={job} />
          <LogPanel id={job.id} />
          <AsCode what="This job" action={() => jobAction(job)} />
        </div>
      </div>
    </>
  );
}

function LogPanel({ id }: { readonly id: string }): JSX.Element {
  const { isLocal, region } = session().config;
  const text = isLocal ? localLogCommand(id) : logQuery(id);
  return (
    <section class="panel">
      <header>
        <h2>Log</h2>
        <CopyButton text={text} label={isLocal ? 'Copy command' : 'Copy query'} />
      </header>
      <CodeBlock label="Log query" text={text} />
      {region !== null && (
        <a
          href={`https://${region}.console.aws.amazon.com/cloudwatch/home?region=${region}#logsV2:logs-insights`}
          target="_blank"
          rel="noreferrer"
        >
          Open Logs Insights
        </a>
      )}
    </section>
  );
}

/** Says the new status once it changes while somebody looks. */
function useAnnouncedStatus(job: JobResource | undefined): void {
  const [last, setLast] = useState<string | undefined>(undefined);
  const status = job?.status;
  useEffect(() => {
    if (status === undefined || status === last) return;
    if (last !== undefined) announce(`The job is ${status} now.`);
    setLast(status);
  }, [status, last]);
}

function jobAction({ id }: JobResource): Action {
  return { method: 'GET', path: `/v1/jobs/${id}`, cli: ['job', id], script: `delegation.job('${id}').refresh()` };
}
