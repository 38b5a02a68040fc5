import { parseSettings } from '../../lib/settings.ts';

const types = ['launch-instances', 'write-batch'];
const parse = (input: object) => parseSettings(input, types);

it('needs nothing: IAM, nothing allowed, everything kept, no key and no network of its own', () =>
  expect(parse({})).toMatchObject({
    auth: { kind: 'iam', admins: [] },
    writableTables: [],
    sourceBuckets: [],
    ec2: { instanceTypes: [], subnetIds: [], imageIds: [], launchTemplates: [], instanceRoles: [] },
    architecture: 'arm64',
    encryption: 'aws-owned',
    removalPolicy: 'retain',
    tracing: 'off',
    retentionDays: 30,
  }));

it.each<[string, object, string]>([
  ['open access', { auth: { kind: 'open' } }, 'there is no open access'],
  ['open access by omission', { auth: {} }, 'there is no open access'],
  ['an issuer without TLS', { auth: { kind: 'jwt', issuer: 'http://issuer.example', audience: ['a'] } }, 'https URL'],
  ['tokens for anybody', { auth: { kind: 'jwt', issuer: 'https://issuer.example', audience: [] } }, 'at least one audience'],
  ['an admin that is no principal', { auth: { kind: 'iam', admins: ['ann'] } }, 'must be an ARN such as arn:aws:iam::'],
  [
    'an admin that nobody can ever be',
    { auth: { kind: 'iam', admins: ['arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Operations_0123'] } },
    'without its path',
  ],
  ['a misspelt setting', { writeableTables: ['orders'] }, 'writeableTables'],
  ['a stage that no stack can be named by', { stage: 'Prod 1' }, 'lower-case letters'],
  ['a type that does not exist', { disabledJobTypes: ['write-batches'] }, 'There are: launch-instances, write-batch'],
  ['no type at all', { disabledJobTypes: types }, 'Enable at least one'],
  ['the concurrency of a type that does not exist', { concurrency: { 'run-queries': 5 } }, 'There are: launch-instances, write-batch'],
  ['a concurrency that SQS does not take', { concurrency: { 'write-batch': 1 } }, 'at least 2'],
  ['a log retention that CloudWatch does not know', { logRetentionDays: 42 }, 'must be one of 1, 3, 5'],
  ['a budget that nobody hears of', { alarms: { monthlyUsd: 20 } }, 'needs alarms.email'],
  ['roles that no template can bring', { ec2: { instanceRoles: ['arn:aws:iam::123456789012:role/Web'] } }, 'ec2.launchTemplates'],
  ['a key that is none', { encryption: 'alias/key' }, 'ARN of a KMS key'],
  ['allow-lists that a function cannot carry', { writableTables: Array.from({ length: 300 }, (_, i) => `orders-${i}`) }, 'Shorten them'],
])('refuses %s, and says what to change', (_, input, message) => expect(() => parse(input)).toThrow(message));
