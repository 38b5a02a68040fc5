/** Prints a bill as text, line by line. */

import { isStored } from '../../lambdas/ledger.ts';
import { type Bill, type BillLine, sumOf } from './bill.ts';
import { pricesAsOf } from './prices.ts';
import type { Shape } from './shape.ts';
import { assumed, type Work } from './usage.ts';

const widths = { what: 52, count: 15, unit: 16, usd: 10 };

/** @param region the region of the prices */
export function printBill(
  bill: Bill,
  { shape, work, region }: { readonly shape: Shape; readonly work: Work | undefined; readonly region: string },
): string {
  const idle = sumOf(bill.idle);
  const ofWork = sumOf(bill.work);
  const all = sumOf([...bill.idle, ...bill.work]);
  const lines = [
    `USD a month in ${region}, ${shape.settings.architecture}, ${shape.types.length} job types; prices as of ${pricesAsOf}.`,
    'Free: the monthly allowances that AWS gives each account permanently, if nothing else uses them.',
    ...(work === undefined ? [] : ['', ...describe(work), heading('For the jobs'), ...bill.work.map(row), sum('All jobs', ofWork)]),
    '',
    heading('Idle deployment'),
    ...bill.idle.map(row),
    sum('Idle', idle),
    ...(work === undefined ? [] : ['', sum('Total', all)]),
    '',
    'Not included: what the work itself does elsewhere (tables, buckets, instances), data transfer, tracing, requests of KMS, taxes.',
    `Assumed: a call of the API takes ${assumed.apiSeconds * 1000} ms, a run of the clock ${assumed.clockSeconds * 1000} ms${(work?.webhooks ?? 0) === 0 ? '' : `, a try of a webhook ${assumed.deliverySeconds * 1000} ms`}, cold starts included.`,
  ];
  return `${lines.join('\n')}\n`;
}

function describe({ jobs, contract, seconds, batch, retries, inputBytes, reads, webhooks = 0 }: Work): readonly string[] {
  return [
    `${number(jobs)} ${contract.name} jobs: ${seconds} s with ${contract.memoryMiB} MB, ${batch} in an invocation, ${number(inputBytes)} bytes of input` +
      `${isStored(inputBytes) ? ' (in S3)' : ''}, ${retries} retries and ${reads} status requests each${webhooks === 0 ? '' : `, ${number(webhooks * 100)} % with a webhook`}.`,
  ];
}

function heading(title: string): string {
  return cells(title, 'quantity', 'USD each', 'USD', 'less free');
}

function row({ what, count, unitUsd, usd, usdAfterFree }: BillLine): string {
  return cells(`  ${what}`, number(count), unitPrice(unitUsd), usd.toFixed(2), usdAfterFree.toFixed(2));
}

function sum(title: string, { usd, usdAfterFree }: { readonly usd: number; readonly usdAfterFree: number }): string {
  return cells(title, '', '', usd.toFixed(2), usdAfterFree.toFixed(2));
}

function cells(what: string, ...numbers: readonly [count: string, unit: string, usd: string, usdAfterFree: string]): string {
  const right = [widths.count, widths.unit, widths.usd, widths.usd];
  return what.padEnd(widths.what) + numbers.map((text, i) => text.padStart(right[i] ?? 0)).join('');
}

function number(value: number): string {
  return value.toLocaleString('en-US', { maximumFractionDigits: value < 100 ? 2 : 0 });
}

/** Shows small prices by the million, so that a reader need not count zeros. */
function unitPrice(usd: number): string {
  const isSmall = usd < 0.01;
  const value = (isSmall ? usd * 1e6 : usd).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 4 });
  return isSmall ? `${value} /M` : value;
}
