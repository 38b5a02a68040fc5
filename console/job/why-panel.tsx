/** The first thing on the job's screen: why the job is where it is, until when, and what helps. */
import type { JSX } from 'preact';
import type { JobResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { StatusMark } from '../parts/status-mark.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { nowMs } from '../words/clock.ts';
import { whyOf } from '../words/why-sentence.ts';
import { JobActions } from './job-actions.tsx';

export function WhyPanel({ job, onDone }: { readonly job: JobResource; readonly onDone: () => void }): JSX.Element {
  const { sentence, detail, until, next, remedy } = whyOf(job, nowMs.value);
  const { progress } = job;
  return (
    <section class={`why why-${job.status}`} aria-label="State">
      <div class="why-line">
        <StatusMark status={job.status} />
        <p class="sentence">
          {sentence}{' '}
          {until !== null && (
            <span>
              {next} <TimeText at={until} />.
            </span>
          )}
        </p>
      </div>
      {detail !== null && detail !== '' && <p class="detail">{detail}</p>}
      {progress?.fraction != null && job.finishedAt === null && (
        <label class="progress">
          <progress value={progress.fraction} max={1} />
          <span class="number">{Math.floor(progress.fraction * 100)} %</span>
          {progress.message !== null && progress.message !== detail && <span class="soft">{progress.message}</span>}
        </label>
      )}
      <JobActions job={job} remedy={remedy} onDone={onDone} />
    </section>
  );
}
