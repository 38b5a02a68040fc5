/** What the README shows is what the code does: its worker, its prices, its limits. */
import { existsSync, readFileSync } from 'node:fs';
import { maxBatchJobs } from '../../lambdas/api/request/body-schemas.ts';
import { maxBodyBytes } from '../../lambdas/api/request/read-body.ts';
import { defaultTimes } from '../../lambdas/config.ts';
import { maxEntries } from '../../lambdas/core/context/journal.ts';
import { contractViolations } from '../../lambdas/core/contract/contract-violations.ts';
import { maxDelaySeconds } from '../../lambdas/core/job/alarm.ts';
import { maxShards } from '../../lambdas/core/job/group.ts';
import { maxJsonBytes } from '../../lambdas/core/job/json-value.ts';
import { maxPredecessors } from '../../lambdas/core/job/predecessors.ts';
import { maxUploadBytes } from '../../lambdas/core/job/upload.ts';
import { billOf, sumOf } from '../../lib/cost/bill.ts';
import { pricesOf } from '../../lib/cost/cost-arguments.ts';
import { shapeOf } from '../../lib/cost/shape.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import { anchorsOf } from '../../site/heading-anchor.ts';
import { describedTypes } from '../support/described-types.ts';

const readme = readFileSync('README.md', 'utf8');

it('the worker in the README is the one in examples, which is type-checked and tested', () => {
  const [, worker] = /^```ts\n(.*?)^```$/ms.exec(readme) ?? [];
  expect(worker).toBe(readFileSync('examples/welcome-mails/worker.ts', 'utf8'));
  expect(readme.match(/^```ts$/gm)).toHaveLength(1);
});

describe('the prices in the README', () => {
  const contract = describedTypes.find(({ name }) => name === 'write-batch');
  if (contract === undefined) throw new Error('There is no write-batch.');
  const shape = shapeOf(
    parseSettings(
      {},
      describedTypes.map(({ name }) => name),
    ),
    describedTypes,
  );
  const bill = (reads: number) =>
    billOf(shape, pricesOf(), { contract, jobs: 1_000_000, seconds: 0.1, batch: 1, retries: 0, inputBytes: 100, reads });
  const { idle, work } = { idle: sumOf(bill(0).idle), work: sumOf(bill(0).work) };

  it('are what npm run cost computes', () => {
    const reads = sumOf(bill(1).work).usd - work.usd;
    expect(readme).toContain(`| idle, a month, with its alarms | ${idle.usd.toFixed(2)} | ${idle.usdAfterFree.toFixed(2)} |`);
    expect(readme).toContain(`| a million jobs of 0.1 s, one by one | ${work.usd.toFixed(2)} | ${work.usdAfterFree.toFixed(2)} |`);
    expect(readme).toContain(`| a million status requests | ${reads.toFixed(2)} | |`);
  });

  it('of others are those of docs/cost.md', () => {
    const costs = readFileSync('docs/cost.md', 'utf8');
    const others = ['Step Functions Standard', 'Lambda durable functions', 'QStash'];
    const prices = others.map((name) => [...costs.matchAll(/^\| ([^|]+) \| ([^|]+) \|/gm)].find(([, row]) => row === name)?.[2]);
    expect(readme).toContain(`| | Delegation | ${others.join(' | ')} | Trigger.dev | BullMQ |`);
    expect(readme).toContain(`| USD a million short jobs | ${work.usd.toFixed(2)} | ${prices.join(' | ')} | not computed | not computed |`);
    expect(readme).toContain(`| USD idle, a month, list price | ${idle.usd.toFixed(2)} | 0 | 0 | 0 |`);
  });
});

it('the limits in the README are those of the code', () => {
  const isTaken = (timeoutSeconds: number) => contractViolations({ ...describedTypes[0], timeoutSeconds }).length === 0;
  const longestMinutes = 15;
  expect([isTaken(longestMinutes * 60), isTaken(longestMinutes * 60 + 1)]).toEqual([true, false]);
  const limits = [
    `up to ${maxPredecessors} of them`,
    `of up to ${(maxShards * maxBatchJobs).toLocaleString('en-US')} jobs`,
    `A submission is at most ${maxBodyBytes / 2 ** 20} MiB, a result ${maxJsonBytes / 2 ** 20} MiB; larger inputs are uploaded (${maxUploadBytes / 1e9} GB)`,
    `A job has at most ${maxEntries} steps, sleeps, waits and child jobs together`,
    `One stretch of code runs for ${longestMinutes} minutes at most`,
    `Sleeps beyond ${maxDelaySeconds / 60} minutes end up to a minute late`,
    `| longest stretch without a pause | ${longestMinutes} minutes |`,
    'delays it by about three minutes',
  ];
  expect(limits.filter((limit) => !readme.replaceAll('\n', ' ').includes(limit))).toEqual([]);
  // A lost message: the grace, then the clock's next run.
  expect((defaultTimes.graceSeconds + defaultTimes.clockSeconds) / 60).toBe(3);
});

it('CI runs as many histories as the README says', () => {
  const [, from = '', seeds = ''] = /simulate -- --from (\d+) --seeds (\d+)/.exec(readFileSync('test/check-all.sh', 'utf8')) ?? [];
  const [, inTests = ''] = /^const seeds = (\d+);$/m.exec(readFileSync('test/simulation/simulation.test.ts', 'utf8')) ?? [];
  expect([Number(from), Number(inTests) + Number(seeds)]).toEqual([Number(inTests) + 1, 5_000]);
  expect(readme).toContain('CI runs five thousand simulated histories');
});

it('every link of the README leads to a file of the repository, and to a heading where it names one', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)\s#]*)(?:#([^)\s]+))?\)/g)];
  expect(links.length).toBeGreaterThan(30);
  for (const [, path = '', anchor] of links) {
    const target = path === '' ? 'README.md' : path;
    if (anchor === undefined) expect([target, existsSync(target)]).toEqual([target, true]);
    else expect(anchorsOf(readFileSync(target, 'utf8'))).toContain(anchor);
  }
});
