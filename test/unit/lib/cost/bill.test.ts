import { emfMetrics } from '../../../../lambdas/adapters/emf-metrics.ts';
import type { JobTypeContract } from '../../../../lambdas/core/contract/contract.ts';
import { metricsForRun } from '../../../../lambdas/core/control/metrics.ts';
import type { Job } from '../../../../lambdas/core/job/job.ts';
import { billOf, sumOf } from '../../../../lib/cost/bill.ts';
import { pricesOf } from '../../../../lib/cost/cost-arguments.ts';
import { bytes, countedOfJob } from '../../../../lib/cost/figures.ts';
import { prices } from '../../../../lib/cost/prices.ts';
import { shapeOf } from '../../../../lib/cost/shape.ts';
import type { Work } from '../../../../lib/cost/usage.ts';
import { parseSettings } from '../../../../lib/parse-settings.ts';
import { describedTypes } from '../../../support/described-types.ts';

const typeOf = (name: string) => {
  const found = describedTypes.find((contract) => contract.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};
const names = describedTypes.map(({ name }) => name);
const shapeFor = (settings: object, types: readonly JobTypeContract[] = describedTypes) => shapeOf(parseSettings(settings, names), types);
const virginia = pricesOf('us-east-1');

const short: Work = {
  ...{ contract: typeOf('write-batch'), jobs: 1_000_000, seconds: 0.1, batch: 1 },
  ...{ retries: 0, inputBytes: 100, reads: 0 },
};

/** Quantity and USD of each line, by its text. */
function linesOf(work: Work | undefined, settings: object = {}): Readonly<Record<string, readonly [number, number]>> {
  const { idle, work: ofWork } = billOf(shapeFor(settings), virginia, work);
  const lines = work === undefined ? idle : ofWork;
  return Object.fromEntries(lines.map(({ what, count, usd }) => [what, [Math.round(count * 100) / 100, Math.round(usd * 100) / 100]]));
}

describe('the bill of a million short jobs, computed by hand', () => {
  it('is 9.78 USD, line by line, of which the writes are 3.75 and what watches them 1.84', () => {
    expect(linesOf(short)).toEqual({
      'HTTP API: submissions': [1_000_000, 1],
      'Lambda: calls of the API': [1_000_000, 0.2],
      'Lambda: time of the API, GB-s': [15_000, 0.2], // half a GB for 0.03 s
      'Lambda: invocations of the worker': [1_000_000, 0.2],
      'Lambda: time of the worker, GB-s': [50_000, 0.67], // half a GB for 0.1 s
      'DynamoDB: writes of records and indexes': [6_000_000, 3.75], // 3 + 1 + 2
      'DynamoDB: reads of job type states': [518_400, 0.06], // one API and one worker, every 10 s for 30 days
      'DynamoDB: records of 30 days, GB': [1.2, 0.3], // 700 + 100 + 400 bytes
      'DynamoDB: point-in-time recovery of them, GB': [1.2, 0.24],
      'SQS: wake-ups sent': [1_000_000, 0.4],
      'SQS: fairness between owners': [1_000_000, 0.1],
      'SQS: batches received and deleted': [2_000_000, 0.8],
      'DynamoDB: the clock looks for overdue jobs': [91_427, 0.01], // 43,200 × (1 - e^-(0.2 × 1,000,000 / 2,592,000)) × 57 / 2
      'SQS: the clock reads queue depths': [19_248, 0.01], // 6 in as many runs
      'CloudWatch: logs, GB': [1.78, 0.89], // 400 + 820 + 560 bytes
      'CloudWatch: logs of 30 days, GB': [1.78, 0.05],
      'CloudWatch: custom metrics': [3, 0.9], // failures, time to start, time to finish
    });
    expect(sumOf(billOf(shapeFor({}), virginia, short).work).usd).toBeCloseTo(9.78, 2);
  });

  it('has the deliveries of webhooks, one for each end that has one', () => {
    const settings = { webhooks: {} };
    const { work } = billOf(shapeFor(settings), virginia, { ...short, webhooks: 0.5 });
    const webhooks = work.filter(({ what }) => what.startsWith('Webhooks'));
    expect(Object.fromEntries(webhooks.map(({ what, count }) => [what.replace('Webhooks: ', ''), Math.round(count * 100) / 100]))).toEqual({
      'writes of records and indexes': 8_500_000, // 17 for each
      'reads of records': 500_000,
      'records of 30 days, GB': 1.75, // 3,500 bytes
      'wake-ups sent, received and deleted': 1_500_000,
      'fairness between owners': 500_000,
      'invocations of their worker': 500_000,
      'time of their worker, GB-s': 37_500, // a quarter of a GB for 0.3 s
      'logs, GB': 0.41,
    });
    expect(billOf(shapeFor(settings), virginia, short).work.filter(({ what }) => what.startsWith('Webhooks'))).toEqual([]);
  });

  it('has a tenth of the invocations and receives if ten jobs arrive together', () =>
    expect(linesOf({ ...short, batch: 10 })).toMatchObject({
      'Lambda: invocations of the worker': [100_000, 0.02],
      'Lambda: time of the worker, GB-s': [5_000, 0.07],
      'SQS: batches received and deleted': [200_000, 0.08],
    }));

  it('counts one more claim, moved alarm and message for each attempt that fails', () =>
    expect(linesOf({ ...short, retries: 0.5 })).toMatchObject({
      'DynamoDB: writes of records and indexes': [8_000_000, 5], // 6 + 0.5 × (1 + 3)
      'SQS: wake-ups sent': [1_500_000, 0.6],
      'Lambda: invocations of the worker': [1_500_000, 0.3],
      'CloudWatch: custom metrics': [4, 1.2],
    }));

  it('counts a heartbeat every 15 s, and the clock’s reads of jobs that outlast their grace period', () => {
    const lines = linesOf({ ...short, jobs: 1_000, seconds: 61 });
    expect(lines['DynamoDB: writes of records and indexes']?.[0]).toBe(10_000); // 6 + 4 heartbeats
    expect(lines['SQS: visibility timeouts extended']?.[0]).toBe(4_000);
    // 250 s: 6 + 16 heartbeats + 2 postponed alarms, of 3 units and a read each.
    const long = linesOf({ ...short, jobs: 1_000, seconds: 250 });
    expect(long['DynamoDB: writes of records and indexes']?.[0]).toBe(28_000);
    expect(long['DynamoDB: reads of records']?.[0]).toBe(2_000);
  });

  it('pays for each started KB of an item in each write, and for the bucket when the input is larger than 2 KB', () => {
    expect(linesOf({ ...short, inputBytes: 1_500 })['DynamoDB: writes of records and indexes']?.[0]).toBe(12_000_000); // 3 KB: 5 + 3 + 4
    expect(linesOf({ ...short, inputBytes: 10_000 })).toMatchObject({
      'DynamoDB: writes of records and indexes': [6_000_000, 3.75],
      'S3: inputs written': [1_000_000, 5],
      'S3: inputs read': [1_000_000, 0.4],
      'S3: inputs of 762 days, GB': [254, 5.84], // 10 GB a month, for 25.4 months
    });
  });

  it('pays for /tmp beyond 512 MB', () =>
    expect(linesOf({ ...short, contract: typeOf('run-query'), seconds: 1 })).toMatchObject({
      'Lambda: time of the worker, GB-s': [2_000_000, 26.67],
      'Lambda: /tmp of the worker, GB-s': [3_500_000, 0.11],
    }));

  it('counts the status requests of callers', () =>
    expect(linesOf({ ...short, reads: 2 })).toMatchObject({
      'HTTP API: status requests': [2_000_000, 2],
      'Lambda: calls of the API': [3_000_000, 0.6],
      'DynamoDB: reads of records': [2_000_000, 0.25],
    }));
});

describe('an idle deployment', () => {
  it('polls queues, checks for overdue jobs, pays for alarms, and nothing else, computed by hand', () =>
    expect(linesOf(undefined)).toEqual({
      'SQS: Lambda polls 6 queues': [3_888_000, 1.56], // 6 × 5 polls every 20 s for 30 days
      'DynamoDB: the clock looks for jobs': [64_800, 0.01], // 43,200 × (1 + 1 / 2)
      'Lambda: runs of the clock': [43_200, 0.01],
      'Lambda: time of the clock, GB-s': [1_620, 0.02],
      'CloudWatch: alarms': [9, 0.9],
      'CloudWatch: custom metrics (none sent)': [0, 0],
      'CloudWatch: logs (none written), GB': [0, 0],
    }));

  it.each(Object.entries(prices))('costs at most 2.50 USD a month in %s, alarms included', (_, prices) => {
    const { usd, usdAfterFree } = sumOf(billOf(shapeFor({}), prices).idle);
    expect(usd).toBeLessThanOrEqual(2.5);
    expect(usdAfterFree).toBeLessThan(1.2);
  });

  it('costs 3 USD more with metrics of five types, whose dashboard is not free, and 1 USD more with its own key', () => {
    const fifth = { ...typeOf('write-batch'), name: 'fifth' };
    const dashboard = billOf(shapeFor({ metrics: 'types' }, [...describedTypes, fifth]), virginia).idle.find(({ what }) =>
      what.includes('dashboard'),
    );
    expect(dashboard).toMatchObject({ what: 'CloudWatch: a dashboard of 53 metrics', usdAfterFree: 3 });
    expect(linesOf(undefined, { encryption: 'own-key' })['KMS: a key of its own']).toEqual([1, 1]);
  });
});

describe('what the bill assumes about a job', () => {
  const owner = 'arn:aws:sts::123456789012:assumed-role/SomeDeploymentRole/a-session-name';
  const job = { status: 'succeeded', createdAtMs: 1_000, notBeforeMs: 1_000 } as Job;
  const before = { ...job, status: 'running', startedAtMs: 1_200 } as Job;
  const counted = metricsForRun({ job: before, origin: 'first' }, { ...job, finishedAtMs: 1_300 });

  it('is the metrics that a job counts', () => expect(['Accepted', ...Object.keys(counted)].sort()).toEqual([...countedOfJob].sort()));

  it('is the length of its log lines', () => {
    const sizes: number[] = [];
    const metrics = emfMetrics({ stage: 'Delegation-prod', byType: false }, { nowMs: () => 1_700_000_000_000 }, (line) =>
      sizes.push(Buffer.byteLength(line) + 26),
    );
    const about = { job: `job_${'0'.repeat(26)}`, type: 'terminate-instances', owner };
    metrics.put('accepted', { Accepted: 1 }, about);
    metrics.put('job', counted, { ...about, attempt: 1, status: 'succeeded', code: undefined, ms: 1_234 });
    const [accepted = 0, run = 0] = sizes;
    const trace = '"trace":"1-5759e988-bd862e3fe1be46a994272793",'.length;
    for (const [size, max] of [
      [accepted + trace, bytes.acceptedLine],
      [run + trace, bytes.runLine],
    ] as const) {
      expect(size).toBeLessThanOrEqual(max);
      expect(size).toBeGreaterThan(0.8 * max);
    }
  });
});

it('of a warm API has its events, which cost less than half a cent', () => {
  const warm = linesOf(undefined, { warm: true });
  expect(warm['Lambda: events that keep the API warm']?.[0]).toBe(8_640); // 30 days, every five minutes
  expect(warm['Lambda: time of them, GB-s']?.[0]).toBe(64.8); // half a GB for 0.015 s
  const [cold, kept] = [{}, { warm: true }].map((settings) => sumOf(billOf(shapeFor(settings), virginia).idle).usd);
  expect((kept ?? 0) - (cold ?? 0)).toBeCloseTo(0.0026, 4);
});
