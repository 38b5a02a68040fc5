import { parseSourceUrl } from '../../../../lambdas/jobs/run-query/source-urls.ts';

it.each([
  ['s3://a-bucket/flights.parquet', { bucket: 'a-bucket', key: 'flights.parquet', isPrefix: false }],
  ['s3://a-bucket/2026/', { bucket: 'a-bucket', key: '2026/', isPrefix: true }],
  ['s3://a-bucket/2026/part-*', { bucket: 'a-bucket', key: '2026/part-', isPrefix: true }],
  ['s3://a-bucket/', { bucket: 'a-bucket', key: '', isPrefix: true }],
  ['s3://a-bucket/%2e%2e/x', { bucket: 'a-bucket', key: '%2e%2e/x', isPrefix: false }],
])('reads %s literally', (url, location) => expect(parseSourceUrl(url)).toEqual(location));

it.each([
  's3://a-bucket',
  's3://A-Bucket/x',
  'S3://a-bucket/x',
  'https://a-bucket/x',
  's3://a-bucket/../other/x',
  's3://a-bucket/x/./y',
  's3://a-bucket/x/..',
  's3://a-bucket//x',
  's3://a-bucket/*/x',
  's3://a-bucket/x\n',
  's3://a-bucket/x\\..\\y',
  's3://a-bucket@other/x',
  's3://a..b/x',
  's3://ab/x',
  ' s3://a-bucket/x',
  `s3://a-bucket/${'x'.repeat(1025)}`,
])('refuses %j, which is not a single object or prefix by its literal key', (url) => expect(parseSourceUrl(url)).toBeUndefined());
