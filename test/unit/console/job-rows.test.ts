import { type ListedJob, patchRows, rowsOf } from '../../../console/jobs/job-rows.ts';

const job = (number: number, status = 'running') =>
  ({ id: `job_${number}`, status, createdAt: new Date(number * 1000).toISOString() }) as unknown as ListedJob;
const page = (jobs: readonly ListedJob[], nextCursor: string | null = null) => ({ jobs, nextCursor });
const shown = (rows: ReturnType<typeof rowsOf>) => rows.rows.map(({ job: { id, status }, state }) => `${id} ${status} ${state}`);

it('patches rows where they are, and counts what is new', () => {
  const rows = patchRows(rowsOf(page([job(2), job(1)])), page([job(3), job(2, 'failed'), job(1)]));
  expect(shown(rows)).toEqual(['job_2 failed fresh', 'job_1 running fresh']);
  expect(rows.newCount).toBe(1);
});

it('keeps a row that no longer matches, and says so', () =>
  expect(shown(patchRows(rowsOf(page([job(3), job(2), job(1)], 'more')), page([job(3), job(1)], 'more')))).toEqual([
    'job_3 running fresh',
    'job_2 running left',
    'job_1 running fresh',
  ]));

it('says of a row that newer jobs pushed off the page that nothing is known of it', () =>
  expect(shown(patchRows(rowsOf(page([job(2), job(1)], 'more')), page([job(3), job(2)], 'more')))).toEqual([
    'job_2 running fresh',
    'job_1 running behind',
  ]));

it('knows the other order', () =>
  expect(shown(patchRows(rowsOf(page([job(1), job(2), job(3)], 'more')), page([job(1), job(3), job(4)], 'more')))).toEqual([
    'job_1 running fresh',
    'job_2 running left',
    'job_3 running fresh',
  ]));

it('says that all rows left where a complete page is empty', () =>
  expect(shown(patchRows(rowsOf(page([job(1)])), page([])))).toEqual(['job_1 running left']));

it('takes a row back that matches again', () => {
  const left = patchRows(rowsOf(page([job(1)])), page([]));
  expect(shown(patchRows(left, page([job(1, 'waiting')])))).toEqual(['job_1 waiting fresh']);
});
