/** Each limit of the table is met where docs/scale.md says. Beyond it callers are asked to come again, and nothing that was accepted is lost. */
import { ledger, writeUnitsOf } from '../../lambdas/ledger.ts';
import { searchTolerance } from '../support/scale-figures.ts';
import { partitionUnitsPerSecond } from '../support/table-throughput.ts';
import { unitsOfJob } from './limits.ts';
import { simulateLimits } from './run-simulate.ts';

const limitOf = simulateLimits();

it('a job pays the units of the ledger: three on the table, two for its alarm, one for the list', async () => {
  const units = await unitsOfJob();
  expect(units).toEqual({ table: 3, due: 2, listing: 1, ended: 0 });
  const ofLedger = writeUnitsOf([...ledger.accept, ...ledger.claim, ...ledger.finish], 1);
  expect(Object.values(units).reduce((sum, part) => sum + part, 0)).toBe(ofLedger);
});

it.each(['a job of one type', 'a fresh table', 'an owner under a quota'])(
  'the highest rate that the table takes is the computed one: %s',
  async (name) => {
    const { found, computed } = await limitOf(name);
    const part = Number(found['perSecond']) / Number(computed['perSecond']);
    expect(part).toBeGreaterThan(1 - searchTolerance.below);
    expect(part).toBeLessThan(1 + searchTolerance.above);
  },
);

it.each([
  'a job of one owner',
  'a job of one owner, over 16 partitions',
  'a burst that waits in the queue',
  'a burst that waits in the queue, over 16 partitions',
  'jobs that start later',
])('what was found is what was computed: %s', async (name) => {
  const { found, computed } = await limitOf(name);
  expect(found).toEqual(computed);
});

it('half as much again as a fresh table takes: callers are asked to come again, all are accepted then, and all jobs end', async () => {
  const { found } = await limitOf('more than a fresh table takes');
  expect(found['refused']).toBeGreaterThan(100);
  expect(found).toMatchObject({ withoutRetryAfter: 0, otherAnswers: 0, submissions: 4_000, accepted: 4_000, records: 4_000, lost: 0 });
});

it('the plans of the simulation, whose table has these limits as well, stay far below them', async () => {
  const { found } = await limitOf('the plans of the simulation');
  expect(found['spent']).toBeGreaterThan(1_000);
  expect(found['peak']).toBeLessThan(partitionUnitsPerSecond / 4);
  expect(found['refusals']).toBe(0);
});
