import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { estimateCost } from '../../../../lambdas/api/resources/estimated-cost.ts';
import { version } from '../../../../lambdas/api/version.ts';

it.each([
  [10, 6, 0],
  [300, 6, 0],
  [1_000, 9, 0],
  [2_048, 12, 0],
  [2_049, 6, 2],
  [100_000, 6, 2],
])('of an input of %d bytes is %d write units and %d requests to S3', (inputBytes, dynamoDbWriteUnits, s3Requests) =>
  expect(estimateCost({ memoryMiB: 512 }, { inputBytes, seconds: 4 })).toEqual({
    ...{ dynamoDbWriteUnits, s3Requests, sqsRequests: 3, lambdaRequests: 2, lambdaGigabyteSeconds: 2, seconds: 4 },
  }),
);

it('the version is that of the package', () => {
  const file = readFileSync(join(__dirname, '..', '..', '..', '..', 'package.json'), 'utf8');
  expect(version).toBe((JSON.parse(file) as { version: string }).version);
});
