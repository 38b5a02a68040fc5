/** The jobs that ended, the newest first, page by page. Only times are kept: a page of large results is gone once it is read. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { JobListResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { type JobRecord, recordOf } from '../../report/jobs/job-record.ts';
import { asProblem, type Problem } from '../net/api-calls.ts';
import { countPoll } from '../net/polling.ts';
import { session } from '../net/session.ts';

/** Jobs that are read at once, in pages of a hundred. */
export const pageSize = 200;
export const maxRecords = 1_000;
const limit = 100;

export interface EndedJobs {
  readonly records: readonly JobRecord[];
  readonly isReading: boolean;
  readonly hasMore: boolean;
  readonly problem: Problem | null;
  readonly readMore: () => void;
}

interface State {
  readonly records: readonly JobRecord[];
  readonly cursor: string | null;
  readonly isReading: boolean;
  readonly problem: Problem | null;
}

/** Reads the first page at once, and more when asked to. */
export function useEndedJobs(): EndedJobs {
  const [state, setState] = useState<State>({ records: [], cursor: '', isReading: true, problem: null });
  const ending = useRef(new AbortController());
  const readFrom = async ({ records, cursor }: State) => {
    setState({ records, cursor, isReading: true, problem: null });
    const { signal } = ending.current;
    const found = [...records];
    let next = cursor;
    try {
      for (let read = 0; read < pageSize && next !== null; read += limit) {
        const page = await readPage(next, signal);
        found.push(...page.jobs.flatMap((job) => recordOf(job) ?? []));
        next = page.nextCursor;
      }
      setState({ records: found, cursor: next, isReading: false, problem: null });
    } catch (error) {
      if (!signal.aborted) setState({ records: found, cursor: next, isReading: false, problem: asProblem(error) });
    }
  };
  useEffect(() => {
    void readFrom(state);
    return () => ending.current.abort();
  }, []);
  return { ...state, hasMore: state.cursor !== null, readMore: () => void readFrom(state) };
}

async function readPage(cursor: string, signal: AbortSignal): Promise<JobListResource> {
  const query = new URLSearchParams({ status: 'succeeded,failed,cancelled', limit: String(limit), ...(cursor === '' ? {} : { cursor }) });
  const { body } = await session().api.send<JobListResource>(`/v1/jobs?${query}`, { signal });
  countPoll(body?.jobs.length ?? 0);
  return body ?? { jobs: [], nextCursor: null };
}
