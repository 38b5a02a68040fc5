import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { benchmarkPage } from '../../../bench/measure/benchmark-page.ts';
import { pictureOf, themes } from '../../../bench/measure/benchmark-picture.ts';
import { type Benchmark, type Benchmarks, isMet, judgedOf } from '../../../bench/measure/benchmarks.ts';
import { computedCosts, usdOfOther } from '../../../bench/measure/computed-costs.ts';
import { reasons } from '../../../bench/measure/missed-targets.ts';
import { latencies, percentile } from '../../../bench/measure/rates.ts';

const docs = join(__dirname, '..', '..', '..', 'docs');
const read = (path: string) => readFileSync(join(docs, path), 'utf8');
const measured = JSON.parse(read('benchmarks.json')) as Benchmarks;

describe('the page about benchmarks', () => {
  it('has what was measured: npm run bench -- page writes it', () => expect(read('benchmarks.md')).toBe(benchmarkPage(measured)));

  it.each(['light', 'dark'] as const)('has the %s picture of it', (theme) =>
    expect(read(`pictures/benchmarks-${theme}.svg`)).toBe(pictureOf(measured, themes[theme])),
  );

  it('has the costs that are computed today', () => {
    const [usd, units] = ['USD', 'units'].map((unit) => measured.rows.filter((row) => row.unit === unit));
    const [jobs, idle] = [usd?.filter(({ against }) => against !== ''), usd?.filter(({ against }) => against === '')];
    expect(jobs?.map(({ ours }) => ours)).toEqual(jobs?.map(() => [computedCosts().usdAMillion]));
    expect(jobs?.map(({ theirs }) => theirs)).toEqual(jobs?.map(({ against }) => [usdOfOther(against)]));
    expect(idle?.map(({ ours }) => ours)).toEqual([[computedCosts().idleUsd]]);
    expect(units?.map(({ ours }) => ours)).toEqual([[computedCosts().writeUnits]]);
  });

  it('has a reason for each target that is missed', () => {
    const explained = new Set(reasons.flatMap(({ rows }) => rows));
    expect([...explained].filter((what) => !measured.rows.some((row) => row.what === what))).toEqual([]);
    expect(measured.rows.filter((row) => !isMet(row) && !explained.has(row.what)).map(({ what }) => what)).toEqual([]);
  });

  it('has only numbers', () => {
    const numbers = measured.rows.flatMap(({ ours, theirs, target }) => [...ours, ...theirs, target]);
    expect(numbers.length).toBeGreaterThan(20);
    expect(numbers.filter((one) => typeof one !== 'number' || !Number.isFinite(one))).toEqual([]);
  });
});

describe('a row', () => {
  const row: Benchmark = { what: 'a row', unit: 'ms', against: 'a peer', better: 'lower', target: 1.1, ours: [2, 6, 4], theirs: [1, 6, 8] };

  it('is judged by the median of the ratios of its rounds', () => expect(judgedOf(row)).toBe(1));

  it('with nothing beside it is judged by its own median', () => expect(judgedOf({ ...row, theirs: [] })).toBe(4));

  it('of which less is better must not exceed its target', () => {
    expect(isMet(row)).toBe(true);
    expect(isMet({ ...row, target: 0.9 })).toBe(false);
  });

  it('of which more is better must reach its target', () => {
    expect(isMet({ ...row, better: 'higher', target: 0.9 })).toBe(true);
    expect(isMet({ ...row, better: 'higher' })).toBe(false);
  });

  it('is not met by what was not measured', () => expect(isMet({ ...row, ours: [], theirs: [1] })).toBe(false));
});

it.each([
  [0.5, 50],
  [0.99, 99],
  [1, 100],
])('takes the percentile %s', (part, expected) =>
  expect(
    percentile(
      Array.from({ length: 100 }, (_, n) => 100 - n),
      part,
    ),
  ).toBe(expected),
);

it('measures one after the other', async () => {
  const done: number[] = [];
  expect(await latencies(3, async (n) => done.push(n))).toHaveLength(3);
  expect(done).toEqual([0, 1, 2]);
});
