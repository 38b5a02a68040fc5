/** What a short job and an idle month cost, as docs/cost.md has it: computed by the cost tool, and those of others from its table. Nothing is measured. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findContract } from '../../lambdas/core/contract/contract.ts';
import { billOf, sumOf } from '../../lib/cost/bill.ts';
import { pricesOf } from '../../lib/cost/cost-arguments.ts';
import { shapeOf } from '../../lib/cost/shape.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import { describedTypes } from '../../test/support/described-types.ts';

const jobs = 1_000_000;

interface ComputedCosts {
  readonly writeUnits: number;
  readonly requests: number;
  readonly usdAMillion: number;
  readonly idleUsd: number;
}

/**
 * @returns of a job of write-batch that takes 0.1 s and comes alone: write units of DynamoDB, requests that AWS bills, and USD a million such jobs at list
 * prices; and USD of a month without a job
 */
export function computedCosts(): ComputedCosts {
  const contract = findContract(describedTypes, 'write-batch');
  if (contract === undefined) throw new Error('There is no job type write-batch.');
  const settings = parseSettings(
    {},
    describedTypes.map(({ name }) => name),
  );
  const prices = pricesOf();
  const work = { contract, jobs, seconds: 0.1, batch: 1, retries: 0, inputBytes: 100, reads: 0 };
  const { idle, work: lines } = billOf(shapeOf(settings, describedTypes), prices, work);
  const count = (pattern: RegExp) => lines.filter(({ what }) => pattern.test(what)).reduce((sum, line) => sum + line.count, 0) / jobs;
  return {
    writeUnits: count(/^DynamoDB: writes/),
    requests: count(/^(?:HTTP API: submissions|Lambda: (?:calls|invocations)|SQS: (?:wake-ups|batches|the clock))/),
    usdAMillion: sumOf(lines).usd,
    idleUsd: sumOf(idle).usd,
  };
}

/** @param name of a row in the comparison of docs/cost.md @returns USD a million jobs @throws Error where the page has no such row */
export function usdOfOther(name: string): number {
  const page = readFileSync(join(import.meta.dirname, '..', '..', 'docs', 'cost.md'), 'utf8');
  const [, usd] = new RegExp(`^\\| ${name} \\| (?:about )?([\\d.]+) \\|`, 'm').exec(page) ?? [];
  if (usd === undefined) throw new Error(`docs/cost.md has no price of ${name}.`);
  return Number(usd);
}
