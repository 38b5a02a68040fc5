/** The submit screen: which type, or which job again, and then the form. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { JobResource, JobTypeResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { asProblem, type Problem } from '../net/api-calls.ts';
import { usePolled } from '../net/polled.ts';
import { mayWrite, me, session } from '../net/session.ts';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { address, hrefOf, navigate } from '../route/address.ts';
import { SubmitForm } from './submit-form.tsx';
import { noOptions, type Options, tagsText } from './submit-options.ts';

interface Template {
  readonly job: JobResource;
  readonly input: unknown;
}

export function SubmitScreen(): JSX.Element {
  const { query } = address.value;
  const again = query.get('again');
  return (
    <>
      <PageHead title={again === null ? 'Submit a job' : 'Submit again'} />
      {mayWrite() ? (
        again === null ? (
          <OfType name={query.get('type')} />
        ) : (
          <Again key={again} id={again} />
        )
      ) : (
        <p>This console is read-only: it submits nothing.</p>
      )}
    </>
  );
}

function OfType({ name }: { readonly name: string | null }): JSX.Element {
  return (
    <>
      <TypeChoice name={name} />
      {name !== null && <WithType key={name} name={name} input={undefined} options={noOptions} />}
    </>
  );
}

function TypeChoice({ name }: { readonly name: string | null }): JSX.Element {
  const allowed = me.value?.allowed.submit ?? [];
  return (
    <div class="field">
      <label for="type">Job type</label>
      <select
        id="type"
        class="short"
        value={name ?? ''}
        onChange={(event) => navigate(hrefOf('/submit', { type: event.currentTarget.value }), { isReplacing: true })}
      >
        <option value="" disabled>
          Choose a type
        </option>
        {name !== null && !allowed.includes(name) && <option value={name}>{name}</option>}
        {allowed.map((one) => (
          <option key={one}>{one}</option>
        ))}
      </select>
      {name !== null && !allowed.includes(name) && <p class="fault">This type takes no jobs now, or there is none of this name.</p>}
    </div>
  );
}

function Again({ id }: { readonly id: string }): JSX.Element {
  const [template, setTemplate] = useState<Template | null>(null);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    readTemplate(id).then(setTemplate, (error: unknown) => setProblem(asProblem(error)));
  }, [id]);
  if (problem !== null) return <ProblemNote problem={problem} />;
  if (template === null) return <p class="soft loading">Loading the job…</p>;
  const { job, input } = template;
  return (
    <>
      <p>
        As{' '}
        <a href={hrefOf(`/jobs/${id}`)}>
          {job.type} {id}
        </a>
        , with what you change. It is a new job.
      </p>
      <WithType name={job.type} input={input} options={optionsOf(job)} />
    </>
  );
}

interface WithTypeProps {
  readonly name: string;
  readonly input: unknown;
  readonly options: Options;
}

function WithType({ name, input, options }: WithTypeProps): JSX.Element {
  const polled = usePolled<JobTypeResource>(`/v1/job-types/${encodeURIComponent(name)}`, { isFinal: () => true });
  const problem = polled.problem.value;
  if (problem !== null) return <ProblemNote problem={problem} onRetry={() => void polled.refresh()} />;
  const type = polled.data.value;
  return type === undefined ? <p class="soft loading">Loading the type…</p> : <SubmitForm type={type} input={input} options={options} />;
}

/** A large input is not in the job, and has an address of its own. */
async function readTemplate(id: string): Promise<Template> {
  const { api } = session();
  const { body: job } = await api.send<JobResource>(`/v1/jobs/${encodeURIComponent(id)}`);
  if (job === undefined) throw new Error('The job was answered without a body.');
  const input = job.input ?? (job.links.input === null ? null : (await api.send(job.links.input)).body);
  return { job, input };
}

/** The start and the deadline were about the first time. */
function optionsOf({ tags, concurrencyKey, priority }: JobResource): Options {
  return { ...noOptions, tags: tagsText(tags), concurrencyKey: concurrencyKey ?? '', priority: priority ?? '' };
}
