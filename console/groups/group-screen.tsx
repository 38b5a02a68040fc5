/** One group: its counts, its members, and buttons to seal and cancel it. */
import type { JSX } from 'preact';
import { useState } from 'preact/hooks';
import type { GroupResource, JobListResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { JobsTable } from '../jobs/jobs-table.tsx';
import { type Polled, usePolled } from '../net/polled.ts';
import { mayWrite, session } from '../net/session.ts';
import { AsCode } from '../parts/as-code.tsx';
import { ConfirmForm } from '../parts/confirm-form.tsx';
import { say } from '../parts/notices.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { StatusMark } from '../parts/status-mark.tsx';
import { TimeText } from '../parts/time-text.tsx';
import { address, hrefOf } from '../route/address.ts';
import { counted, countText } from '../words/amounts.ts';
import { GroupCounts } from './group-counts.tsx';

export function GroupScreen({ id }: { readonly id: string }): JSX.Element {
  const path = `/v1/groups/${encodeURIComponent(id)}`;
  const polled = usePolled<GroupResource>(path, { isFinal: ({ finishedAt }) => finishedAt !== null });
  const group = polled.data.value;
  const problem = polled.problem.value;
  return (
    <>
      <PageHead
        title={`Group ${id}`}
        above={<a href={hrefOf('/groups')}>Groups</a>}
        heading={
          <>
            Group <span class="id">{id}</span>
          </>
        }
      >
        <a class="button" href={hrefOf(`/jobs/${id}`)}>
          Its own job
        </a>
      </PageHead>
      {problem !== null && <ProblemNote problem={problem} onRetry={() => void polled.refresh()} />}
      {group === undefined ? problem === null && <p class="soft loading">Loading…</p> : <State group={group} polled={polled} />}
      <Members path={path} />
      <AsCode what="This group" action={() => ({ method: 'GET', path, cli: ['groups', id], script: `delegation.groups.get('${id}')` })} />
    </>
  );
}

function State({ group, polled }: { readonly group: GroupResource; readonly polled: Polled<GroupResource> }): JSX.Element {
  const { status, counts, error, deadline, finishedAt } = group;
  return (
    <section class={`why why-${status}`} aria-label="State">
      <div class="why-line">
        <StatusMark status={status} />
        <p class="sentence">{sentenceOf(group)}</p>
      </div>
      {error !== null && <p class="detail">{error.message}</p>}
      {finishedAt === null && (
        <p class="soft">
          Its deadline is <TimeText at={deadline} />. Members that have not ended by then are cancelled.
        </p>
      )}
      <GroupCounts counts={counts} />
      {mayWrite() && <Buttons group={group} onDone={() => void polled.refresh()} />}
    </section>
  );
}

function Buttons({ group: { id, links, counts }, onDone }: { readonly group: GroupResource; readonly onDone: () => void }): JSX.Element {
  const [asked, setAsked] = useState<'seal' | 'cancel' | null>(null);
  const post = async (path: string, body: unknown, done: string) => {
    await session().api.send(path, { method: 'POST', body });
    say(done);
    onDone();
  };
  const close = () => setAsked(null);
  return (
    <div class="actions">
      {links.seal !== null && (
        <button type="button" onClick={() => setAsked('seal')}>
          Seal…
        </button>
      )}
      {links.cancel !== null && (
        <button type="button" onClick={() => setAsked('cancel')}>
          Cancel…
        </button>
      )}
      {asked === 'seal' && links.seal !== null && (
        <ConfirmForm
          title="Seal this group?"
          button="Seal the group"
          reason="none"
          onConfirm={() => post(links.seal ?? '', undefined, 'The group is sealed.')}
          onClose={close}
        >
          <p>No more jobs can be added to {id}. It ends with its last member.</p>
        </ConfirmForm>
      )}
      {asked === 'cancel' && links.cancel !== null && (
        <ConfirmForm
          title={`Cancel the group and ${counted(counts.unfinished, 'job')}?`}
          button="Cancel the group"
          isDangerous={true}
          reason="optional"
          onConfirm={(reason) => post(links.cancel ?? '', reason === '' ? {} : { reason }, 'The group was cancelled.')}
          onClose={close}
        >
          <p>All members that have not ended are cancelled. Those that have ended stay as they are.</p>
        </ConfirmForm>
      )}
    </div>
  );
}

function Members({ path }: { readonly path: string }): JSX.Element {
  const cursor = address.value.query.get('cursor');
  const query = `limit=50${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
  const page = usePolled<JobListResource>(`${path}/jobs?${query}`).data.value;
  return (
    <section class="panel">
      <header>
        <h2>Members</h2>
      </header>
      {page?.jobs.length === 0 && <p class="soft">There are none on this page.</p>}
      {page !== undefined && page.jobs.length > 0 && (
        <JobsTable rows={page.jobs.map((job) => ({ job, state: 'fresh' }))} selected={new Set()} onSelect={undefined} />
      )}
      {page != null && page.nextCursor !== null && (
        <nav class="pager" aria-label="Pages">
          <a class="button" href={hrefOf(address.value.path, { cursor: page.nextCursor })}>
            Next page
          </a>
        </nav>
      )}
    </section>
  );
}

function sentenceOf({ status, sealed, counts, cancelRequestedAt }: GroupResource): string {
  const members = `${countText(counts.total)} ${counts.total === 1 ? 'member' : 'members'}`;
  if (status === 'succeeded') return `All ${members} succeeded.`;
  if (status === 'failed' || status === 'cancelled') return `It ended as ${status}, with ${members}.`;
  if (cancelRequestedAt !== null) return 'It is being cancelled, and its members with it.';
  return sealed ? `It waits for ${countText(counts.unfinished)} of ${members}.` : `It is open: jobs can be added to its ${members}.`;
}
