import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { estimateCost } from '../../../../lambdas/api/resources/estimated-cost.ts';
import { version } from '../../../../lambdas/api/version.ts';
import { itemBytes, ledger, sendsOf, writeUnitsOf } from '../../../../lib/cost/ledger.ts';

const path = [...ledger.accept, ...ledger.claim, ...ledger.finish];

it.each([[10], [300], [1_000], [2_048], [2_049], [100_000]])('of an input of %d bytes is what the ledger says', (inputBytes) => {
  const kilobytes = Math.ceil(itemBytes(inputBytes) / 1024);
  const cost = estimateCost({ memoryMiB: 512 }, { inputBytes, seconds: 4 });
  expect(cost.dynamoDbWriteUnits).toBe(writeUnitsOf(path, kilobytes));
  // A message is sent, received and deleted.
  expect(cost.sqsRequests).toBe(sendsOf(path) + 2);
  expect([cost.lambdaGigabyteSeconds, cost.s3Requests]).toEqual([2, inputBytes > 2_048 ? 2 : 0]);
});

it('the version is that of the package', () => {
  const file = readFileSync(join(__dirname, '..', '..', '..', '..', 'package.json'), 'utf8');
  expect(version).toBe((JSON.parse(file) as { version: string }).version);
});
