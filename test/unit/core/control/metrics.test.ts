import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { emfMetrics } from '../../../../lambdas/adapters/emf-metrics.ts';
import {
  deploymentMetrics,
  type MetricName,
  type MetricValues,
  metricsForRun,
  metricsWithoutType,
  metricUnits,
} from '../../../../lambdas/core/control/metrics.ts';
import type { Job } from '../../../../lambdas/core/job/job.ts';

interface Line {
  readonly _aws: {
    readonly Timestamp: number;
    readonly CloudWatchMetrics: readonly {
      readonly Namespace: string;
      readonly Dimensions: readonly (readonly string[])[];
      readonly Metrics: readonly { readonly Name: string; readonly Unit: string }[];
    }[];
  };
  readonly [member: string]: unknown;
}

function lineOf(numbers: MetricValues, about: object, byType = true): Line {
  let text = '';
  const metrics = emfMetrics({ stage: 'Delegation', byType }, { nowMs: () => 1_700_000_000_000 }, (line) => {
    text += line;
  });
  metrics.put('job', numbers, { ...about });
  expect(text.endsWith('\n')).toBe(true);
  return JSON.parse(text);
}
const counted = (line: Line) =>
  line._aws.CloudWatchMetrics.map(
    ({ Dimensions: [set = []], Metrics }) => `${set.join('+')}: ${Metrics.map(({ Name }) => Name).join(' ')}`,
  );

describe('a line that CloudWatch counts', () => {
  it('counts by type, what alarms need of the deployment as well, and failures by code', () => {
    const line = lineOf({ Failed: 1, TimeToFinish: 1200 }, { type: 'run-query', code: 'sql_error', job: 'job_1' });
    expect(counted(line)).toEqual(['stage+type: Failed TimeToFinish', 'stage: Failed TimeToFinish', 'stage+type+code: Failed']);
    expect(line).toMatchObject({
      stage: 'Delegation',
      type: 'run-query',
      code: 'sql_error',
      job: 'job_1',
      Failed: 1,
      TimeToFinish: 1200,
      message: 'job',
    });
  });

  it('counts by type what is a fault alone, unless it is asked for more', () => {
    const done = { Started: 1, TimeToStart: 500, Succeeded: 1, Failed: 0, TimeToFinish: 1_500 };
    const about = { type: 'run-query', code: undefined };
    expect(counted(lineOf(done, about, false))).toEqual(['stage: Failed TimeToStart TimeToFinish']);
    expect(counted(lineOf(done, about))).toHaveLength(2);
    const failed = lineOf({ Failed: 1, TimeToFinish: 1_200 }, { type: 'run-query', code: 'sql_error' }, false);
    expect(counted(failed)).toEqual(['stage+type: Failed', 'stage: Failed TimeToFinish', 'stage+type+code: Failed']);
    expect(counted(lineOf({ WorkersLost: 1 }, about, false))).toEqual(['stage+type: WorkersLost', 'stage: WorkersLost']);
  });

  it('is a plain line where nothing in it is counted', () => {
    const line = lineOf({ Accepted: 1 }, { type: 'run-query' }, false);
    expect(line).toMatchObject({ message: 'job', Accepted: 1, type: 'run-query' });
    expect(line).not.toHaveProperty('_aws');
  });

  it('counts what is about no type for the deployment alone', () =>
    expect(counted(lineOf({ ClockLag: 12_000 }, {}))).toEqual(['stage: ClockLag']));

  it('counts no code of what did not fail', () =>
    expect(counted(lineOf({ Retried: 1 }, { type: 'run-query', code: 'backing_off' }))).toEqual(['stage+type: Retried']));

  it('keeps to the format: a value for every name, a dimension’s value beside it, the namespace, a unit', () => {
    const line = lineOf(Object.fromEntries(Object.keys(metricUnits).map((name) => [name, 1])), { type: 'a', code: 'b' });
    for (const { Namespace, Dimensions, Metrics } of line._aws.CloudWatchMetrics) {
      expect(Namespace).toBe('Delegation');
      for (const name of Dimensions.flat()) expect(typeof line[name]).toBe('string');
      for (const { Name, Unit } of Metrics) {
        expect(line[Name]).toBe(1);
        expect(['Count', 'Milliseconds', 'None']).toContain(Unit);
      }
    }
    expect(line._aws.Timestamp).toBe(1_700_000_000_000);
  });
});

describe('what an invocation counts', () => {
  const running = { status: 'running', createdAtMs: 1_000, notBeforeMs: 1_000, attempt: 1, startedAtMs: 1_500 } as Job;
  const succeeded = { ...running, status: 'succeeded', finishedAtMs: 2_500 } as Job;

  it('is a start and an end for a job that is done at once', () =>
    expect(metricsForRun({ job: running, origin: 'first' }, succeeded)).toEqual({
      ...{ Started: 1, TimeToStart: 500, Succeeded: 1, Failed: 0, TimeToFinish: 1_500 },
    }));

  it('measures a delayed job from when it was allowed to start', () => {
    const delayed = { ...running, startAtMs: 61_000, notBeforeMs: 61_000, startedAtMs: 61_250 };
    expect(metricsForRun({ job: delayed, origin: 'first' }, { ...delayed, status: 'succeeded', finishedAtMs: 63_250 })).toEqual({
      ...{ Started: 1, TimeToStart: 250, Succeeded: 1, Failed: 0, TimeToFinish: 2_000 },
    });
  });

  it('is a retry when another attempt follows, and not a second start', () =>
    expect(metricsForRun({ job: running, origin: 'resumed' }, { ...running, status: 'waiting', attempt: 2 })).toEqual({ Retried: 1 }));

  it('is a lost worker when the job was taken over', () =>
    expect(metricsForRun({ job: running, origin: 'takeover' }, { ...running, status: 'waiting' })).toEqual({ WorkersLost: 1 }));
});

it('docs/metrics.md describes each metric, with its unit and dimensions', () => {
  const page = readFileSync(join(__dirname, '..', '..', '..', '..', 'docs', 'metrics.md'), 'utf8');
  const rows = [...page.matchAll(/^\| `(\w+)` \| (\w+)[^|]*\| ([^|]+) \|/gm)].map(([, name, unit, by]) => [name, unit, by]);
  const sets = (name: MetricName) => [
    ...(metricsWithoutType.includes(name) ? [] : ['stage, type']),
    ...(deploymentMetrics.includes(name) ? ['stage'] : []),
    ...(name === 'Failed' ? ['stage, type, code'] : []),
  ];
  expect(rows).toEqual(Object.entries(metricUnits).map(([name, unit]) => [name, unit, sets(name as MetricName).join('; ')]));
});
