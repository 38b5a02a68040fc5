/** One job type: its state, its limits, how long its jobs take, and its schemas as documentation. */
import type { JSX } from 'preact';
import type { JobTypeResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { usePolled } from '../net/polled.ts';
import { maySubmit } from '../net/session.ts';
import { AsCode } from '../parts/as-code.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { hrefOf } from '../route/address.ts';
import { bytesText } from '../words/amounts.ts';
import { durationText } from '../words/durations.ts';
import { SchemaDoc } from './schema-doc.tsx';
import { TypeDurations } from './type-durations.tsx';
import { TypeState } from './type-state.tsx';

export function JobTypeScreen({ name }: { readonly name: string }): JSX.Element {
  const polled = usePolled<JobTypeResource>(`/v1/job-types/${encodeURIComponent(name)}`);
  const type = polled.data.value;
  const problem = polled.problem.value;
  return (
    <>
      <PageHead title={name} above={<a href={hrefOf('/job-types')}>Job types</a>}>
        <a class="button" href={hrefOf('/jobs', { type: name })}>
          Its jobs
        </a>
        {maySubmit(name) && (
          <a class="button primary" href={hrefOf('/submit', { type: name })}>
            Submit a job
          </a>
        )}
      </PageHead>
      {problem !== null && <ProblemNote problem={problem} onRetry={() => void polled.refresh()} />}
      {type !== undefined && <TypeBody type={type} onDone={() => void polled.refresh()} />}
      {type === undefined && problem === null && <p class="soft loading">Loading…</p>}
    </>
  );
}

function TypeBody({ type, onDone }: { readonly type: JobTypeResource; readonly onDone: () => void }): JSX.Element {
  const { signalSchemas } = type;
  return (
    <>
      <p class="lead">{type.description}</p>
      <TypeState type={type} onDone={onDone} />
      <div class="columns">
        <div>
          <SchemaPanel title="Input" schema={type.inputSchema} />
          <SchemaPanel title="Result" schema={type.resultSchema} />
          {Object.entries(signalSchemas).map(([signal, schema]) => (
            <SchemaPanel key={signal} title={`Signal ${signal}`} schema={schema} />
          ))}
        </div>
        <div>
          <section class="panel">
            <header>
              <h2>Limits</h2>
            </header>
            <Limits type={type} />
          </section>
          <TypeDurations type={type.name} />
          <AsCode
            what="This type"
            action={() => ({
              method: 'GET',
              path: `/v1/job-types/${type.name}`,
              cli: ['types', type.name, '--schema'],
              script: `delegation.request({ method: 'GET', path: '/v1/job-types/${type.name}' })`,
            })}
          />
        </div>
      </div>
    </>
  );
}

function SchemaPanel({ title, schema }: { readonly title: string; readonly schema: Readonly<Record<string, unknown>> }): JSX.Element {
  return (
    <section class="panel">
      <header>
        <h2>{title}</h2>
      </header>
      <SchemaDoc schema={schema} />
    </section>
  );
}

function Limits({ type: { limits, keys, priorities, version, schemaHash } }: { readonly type: JobTypeResource }): JSX.Element {
  const facts: readonly (readonly [string, string])[] = [
    ['One stretch of code', durationText(limits.timeoutSeconds * 1000)],
    ['Deadline', `${durationText(limits.deadlineSeconds * 1000)} after the start, unless the submission says otherwise`],
    ['Attempts', `at most ${limits.maxAttempts}`],
    ['Submission', `at most ${bytesText(limits.bodyBytes)}`],
    [
      'Concurrency keys',
      keys === null ? 'none' : `${keys.limit} at once with one key${keys.isComputed ? ', which the type computes' : ''}`,
    ],
    ['Priorities', priorities ? 'low, normal, high' : 'none'],
    ['Version', `${version}, schemas ${schemaHash}`],
  ];
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
