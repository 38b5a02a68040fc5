/** The report on delegated work: what the records of ended jobs say of each type. Who waits, reads and polls is in the access log, which no page can read. */
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { buildJobsReport } from '../../report/jobs/build-jobs-report.ts';
import type { JobsReport } from '../../report/jobs/jobs-report.ts';
import { headline } from '../../report/jobs/jobs-text.ts';
import { me } from '../net/session.ts';
import { AsCode } from '../parts/as-code.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { CodeBlock } from '../parts/scroll-frame.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { counted } from '../words/amounts.ts';
import { consoleJobPrices } from './console-job-prices.ts';
import { maxRecords, pageSize, useEndedJobs } from './ended-jobs.ts';
import { TypeDetail } from './type-detail.tsx';
import { TypeTable } from './type-table.tsx';

export function ReportScreen(): JSX.Element {
  const { records, isReading, hasMore, problem, readMore } = useEndedJobs();
  const report = useMemo(
    () => buildJobsReport({ records, log: undefined, prices: consoleJobPrices, isCutShort: false, logCommand: '' }),
    [records],
  );
  const isLoaded = records.length > 0 || !isReading;
  return (
    <>
      <PageHead title="Report" />
      <p class="soft">Was it right to delegate this work, and is it as fast as it must be, and no faster?</p>
      {problem !== null && <ProblemNote problem={problem} onRetry={readMore} />}
      {!isLoaded && <p class="soft loading">Reading the jobs that ended last…</p>}
      {isLoaded && problem === null && report.types.length === 0 && (
        <div class="empty">
          <p>No job has ended yet, so there is nothing to report.</p>
        </div>
      )}
      {report.types.length > 0 && (
        <>
          <p class="panel sentence" aria-live="polite">
            {headline(report)}
          </p>
          <Sample report={report} />
          <p class="actions">
            {hasMore && records.length < maxRecords && (
              <button type="button" disabled={isReading} onClick={readMore}>
                {isReading ? 'Reading…' : `Read ${pageSize} more`}
              </button>
            )}
            {hasMore && records.length >= maxRecords && <span class="soft">There are more: the command below reads them.</span>}
          </p>
          <TypeTable types={report.types} />
          <WithLog />
          {report.types.map((type) => (
            <TypeDetail key={type.type} type={type} />
          ))}
          <Limits report={report} />
        </>
      )}
      <AsCode
        what="This report"
        action={() => ({
          method: 'GET',
          path: '/v1/jobs?status=succeeded,failed,cancelled&limit=100',
          cli: ['report', '--jobs'],
          script: "delegation.jobs({ status: ['succeeded', 'failed', 'cancelled'] })",
        })}
      />
    </>
  );
}

function Sample({ report: { input } }: { readonly report: JobsReport }): JSX.Element {
  return (
    <p class="soft">
      From {counted(input.jobs, 'job')} that ended, accepted {input.from !== null && <TimeText at={input.from} />} and later.
    </p>
  );
}

function WithLog(): JSX.Element {
  const group = `/aws/vendedlogs/delegation/${me.value?.deployment ?? 'DEPLOYMENT'}/access`;
  return (
    <section class="panel">
      <header>
        <h2>What needs the access log</h2>
      </header>
      <p>
        Does somebody wait for the end? Are results read, and how soon? Do callers poll too much? The log of the API's requests knows, and
        this page cannot read it. On a machine with AWS's and this project's command line:
      </p>
      <CodeBlock
        label="Commands that fetch the access log and report on it"
        text={`aws logs filter-log-events --log-group-name ${group} --output json > access.json\nnpx delegation report --jobs access.json`}
      />
    </section>
  );
}

function Limits({ report }: { readonly report: JobsReport }): JSX.Element {
  return (
    <details class="panel">
      <summary>What it rests on, and what it cannot know</summary>
      <ul class="soft">
        {[...report.assumptions, ...report.cannotKnow].map((text) => (
          <li key={text}>{text}</li>
        ))}
      </ul>
    </details>
  );
}
