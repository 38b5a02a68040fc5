import { examined, makeReader, unknownToMinistack } from './run-doctor.ts';

it('reports what an account lacks that was not bootstrapped, and writes nothing', async () => {
  const { unusual, sentenceOf, findings } = await examined('test', await makeReader());
  expect(unusual.filter((one) => !unknownToMinistack.includes(one)).sort()).toEqual(
    // One of the source buckets is in another region.
    ['bootstrap: problem', 'bucket: warning', 'service-roles: warning'].sort(),
  );
  expect(sentenceOf('identity')).toBe('You are arn:aws:iam::000000000000:user/reader: account 000000000000, region us-east-1.');
  expect(sentenceOf('bootstrap')).toBe('This account and region are not bootstrapped.');
  expect(sentenceOf('stack')).toBe('The stack Delegation-test is not deployed yet.');
  expect(findings.find(({ check }) => check === 'bootstrap')?.commands).toEqual(['npx cdk bootstrap aws://000000000000/us-east-1']);
  // The resources that the settings name existed before.
  for (const check of ['table', 'bucket', 'subnets', 'images']) expect(sentenceOf(check)).toMatch(/exist/);
});
