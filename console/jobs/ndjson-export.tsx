/** Saves all jobs that match as a file with a job a line. */
import type { JSX } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { stringifyExact } from '../../client/unrounded-json.ts';
import type { JobListResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { asProblem, type Problem } from '../net/api-calls.ts';
import { session } from '../net/session.ts';
import { saveText } from '../parts/download-link.tsx';
import { Icon } from '../parts/icon.tsx';
import { Modal } from '../parts/modal.tsx';
import { ProblemNote } from '../parts/problem-note.tsx';
import { counted } from '../words/amounts.ts';
import { apiQueryOf, type JobFilter } from '../words/job-filter.ts';

const pageSize = 100;

export function NdjsonExport({ filter }: { readonly filter: JobFilter }): JSX.Element {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" onClick={() => setOpen(true)}>
        <Icon name="down" />
        Export
      </button>
      {isOpen && <Export filter={filter} onClose={() => setOpen(false)} />}
    </>
  );
}

function Export({ filter, onClose }: { readonly filter: JobFilter; readonly onClose: () => void }): JSX.Element {
  const [count, setCount] = useState(0);
  const [isDone, setDone] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  useEffect(() => {
    const ending = new AbortController();
    readAll(filter, ending.signal, setCount).then(
      (lines) => {
        saveText(lines, `jobs-${new Date().toISOString().slice(0, 19).replaceAll(':', '')}.ndjson`, 'application/x-ndjson');
        setDone(true);
      },
      (error: unknown) => ending.signal.aborted || setProblem(asProblem(error)),
    );
    return () => ending.abort();
  }, []);
  return (
    <Modal title="Export" onClose={onClose}>
      <div class="dialog-body">
        <p aria-live="polite">
          {counted(count, 'job')} {isDone ? 'saved, a job a line.' : 'read so far. Leave this open until the file is saved.'}
        </p>
        {problem !== null && <ProblemNote problem={problem} />}
      </div>
      <footer>
        <button type="button" class={isDone ? 'primary' : ''} onClick={onClose}>
          {isDone ? 'Done' : 'Stop'}
        </button>
      </footer>
    </Modal>
  );
}

/** The texts of pages go into a file of the browser's one by one, so the page holds no list of objects. */
async function readAll(filter: JobFilter, signal: AbortSignal, onCount: (count: number) => void): Promise<Blob> {
  const query = apiQueryOf(filter, Date.now());
  query.set('limit', String(pageSize));
  let [lines, count] = [new Blob([], { type: 'application/x-ndjson' }), 0];
  for (let cursor: string | null = ''; cursor !== null; ) {
    if (cursor !== '') query.set('cursor', cursor);
    const page: JobListResource | undefined = (await session().api.send<JobListResource>(`/v1/jobs?${query}`, { signal })).body;
    const text = page?.jobs.map((job) => `${stringifyExact(job)}\n`).join('') ?? '';
    lines = new Blob([lines, text], { type: lines.type });
    count += page?.jobs.length ?? 0;
    onCount(count);
    cursor = page?.nextCursor ?? null;
  }
  return lines;
}
