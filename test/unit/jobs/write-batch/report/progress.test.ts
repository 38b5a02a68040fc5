import { Progress } from '../../../../../lambdas/jobs/write-batch/report/progress.ts';
import { Batch, rejectedRow } from '../../../../../lambdas/jobs/write-batch/write/batch.ts';

describe('the progress of a batch of writes', () => {
  it('counts rejected rows in bytes, until their lines are taken', () => {
    const progress = new Progress('put', undefined);
    const batch = new Batch({ offset: 0, line: 0 });
    const row = rejectedRow(1, 'bad', 'é€😀');
    batch.reject(row, { offset: 40, line: 1 });
    progress.commit(batch, []);
    expect(progress).toMatchObject({ rejected: 1, rows: 1, rejectedBytes: Buffer.byteLength(row.json), firstRejected: row });
    expect(progress.takeRejectedLines()).toEqual([row.json]);
    expect(progress.rejectedBytes).toBe(0);
  });

  it('continues from its checkpoint', () => {
    const checkpoint = { offset: 90, line: 7, written: 5, deleted: 0, rejected: 2, rejectedParts: [] };
    expect(new Progress('put', checkpoint)).toMatchObject({ position: { offset: 90, line: 7 }, written: 5, rejected: 2, rows: 7 });
  });
});
