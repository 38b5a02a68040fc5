import { UnavailableError } from '../../../lambdas/core/contract/errors.ts';
import { freshUnitsPerSecond, partitionUnitsPerSecond, TableThroughput } from '../../support/table-throughput.ts';
import type { Charge } from '../../support/write-units.ts';

const write = (id: string, due = 'rescue#t#0', units = 1): readonly Charge[] => [
  { part: 'table', partition: id, units },
  { part: 'due', partition: due, units: 1 },
];

/** A table at a time that the test sets. */
function tableAt(options = {}) {
  const time = { nowMs: 0 };
  return { time, table: new TableThroughput(() => time.nowMs, options) };
}

it('takes a thousand units a second for each value of a partition key, and again in the next second', () => {
  const { time, table } = tableAt();
  for (let i = 0; i < partitionUnitsPerSecond; i++) table.spend(write(`job-${i}`));
  expect(() => table.spend(write('one-more'))).toThrow(UnavailableError);
  table.spend(write('another-partition', 'rescue#t#1'));
  time.nowMs = 1_000;
  table.spend(write('one-more'));
  expect(table.refused).toEqual({ table: 0, due: 1, listing: 0, ended: 0 });
  expect(table.peak).toEqual({ table: 1, due: partitionUnitsPerSecond, listing: 0, ended: 0 });
});

it('spends nothing on the table for a write that an index refuses', () => {
  const { table } = tableAt();
  for (let i = 0; i < partitionUnitsPerSecond; i++) table.spend(write(`job-${i}`));
  expect(() => table.spend(write('refused', 'rescue#t#0', 400))).toThrow(UnavailableError);
  expect(table.spent).toEqual({ table: partitionUnitsPerSecond, due: partitionUnitsPerSecond, listing: 0, ended: 0 });
});

it('refuses one item that is written for more than its partition takes', () => {
  const { table } = tableAt();
  table.spend(write('hot', 'rescue#t#0', 600));
  expect(() => table.spend(write('hot', 'rescue#t#1', 600))).toThrow('ProvisionedThroughputExceededException');
  expect(table.refused.table).toBe(1);
});

it('counts an alarm that moves within its partition twice', () => {
  const { table } = tableAt();
  const move: readonly Charge[] = [
    { part: 'due', partition: 'timer#0', units: 1 },
    { part: 'due', partition: 'timer#0', units: 1 },
  ];
  for (let i = 0; i < partitionUnitsPerSecond / 2; i++) table.spend(move);
  expect(() => table.spend(move)).toThrow(UnavailableError);
});

it('takes four thousand units a second of a fresh table, and as many of each index', () => {
  const { table } = tableAt({ unitsPerSecond: freshUnitsPerSecond });
  for (let i = 0; i < freshUnitsPerSecond; i++) table.spend(write(`job-${i}`, `rescue#t#${i % 8}`));
  expect(() => table.spend([{ part: 'table', partition: 'one-more', units: 1 }])).toThrow(UnavailableError);
  table.spend([{ part: 'listing', partition: 'ann#0', units: 1 }]);
  expect(table.refusals).toBe(1);
});
