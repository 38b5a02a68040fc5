import fc from 'fast-check';
import {
  apiQueryOf,
  bulkFilterOf,
  filterOfQuery,
  filterTerms,
  filterText,
  type JobFilter,
  parseFilterText,
  queryOfFilter,
  statuses,
} from '../../../console/words/job-filter.ts';

const nowMs = Date.parse('2026-12-01T12:00:00Z');
const filterOf = (text: string) => parseFilterText(text).filter;

it('reads the text of the box as the query of the API', () => {
  const filter = filterOf('status:failed,cancelled type:run-query tag:team=data tag:env since:1h');
  expect(apiQueryOf(filter, nowMs).toString()).toBe(
    new URLSearchParams([
      ['status', 'failed,cancelled'],
      ['type', 'run-query'],
      ['tag', 'team:data'],
      ['tag', 'env'],
      ['since', '2026-12-01T11:00:00.000Z'],
    ]).toString(),
  );
});

it.each([
  ['30m', '2026-12-01T11:30:00.000Z'],
  ['-7d', '2026-11-24T12:00:00.000Z'],
  ['2026-11-30', '2026-11-30'],
  ['2026-11-30T06:00:00+01:00', '2026-11-30T06:00:00+01:00'],
])('takes %s as a time', (text, expected) => {
  expect(parseFilterText(`since:${text}`).faults).toEqual([]);
  expect(apiQueryOf(filterOf(`since:${text}`), nowMs).get('since')).toBe(expected);
});

it.each([
  ['colour:red', '"colour:red" is not a filter'],
  ['berlin', '"berlin" is not a filter'],
  ['status:done', 'There is no status "done"'],
  ['since:yesterday', '"yesterday" is not a time'],
  ['order:up', 'order is asc or desc'],
  ['type:', 'type: has no value'],
])('says what is wrong with %s', (text, fault) => expect(parseFilterText(text).faults.join()).toContain(fault));

const word = fc
  .string({ minLength: 1, maxLength: 12 })
  .filter((text) => text.trim() === text && !text.includes(':') && !text.includes('='));
const filters: fc.Arbitrary<JobFilter> = fc.record({
  status: fc.subarray([...statuses]),
  type: fc.uniqueArray(fc.constantFrom('run-query', 'write-batch')),
  tag: fc.uniqueArray(
    fc.tuple(word, word).map(([name, value]) => `${name}:${value}`),
    { maxLength: 3 },
  ),
});

it('writes each filter as a text and a query that are read as the same filter', () =>
  fc.assert(
    fc.property(filters, (filter) => {
      expect(filterOf(filterText(filter))).toEqual(filter);
      expect(filterOfQuery(new URLSearchParams(queryOfFilter(filter).toString()))).toEqual(filter);
      expect(filterTerms(filter)).toHaveLength(Number(filter.status.length > 0) + Number(filter.type.length > 0) + filter.tag.length);
    }),
  ));

it('gives a filter for many jobs only what that takes', () =>
  expect(bulkFilterOf(filterOf('status:failed since:1h order:asc owner:ann'), nowMs)).toEqual({
    status: ['failed'],
    since: '2026-12-01T11:00:00.000Z',
  }));
