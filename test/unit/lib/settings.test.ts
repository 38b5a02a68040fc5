import { readConfig, writeConfig } from '../../../lambdas/config.ts';
import { parseSettings, parseStage, runtimeSettings } from '../../../lib/parse-settings.ts';

const types = ['launch-instances', 'write-batch'];
const key = 'arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d-0000-1111-2222-333344445555';
const topicArn = 'arn:aws:sns:eu-central-1:123456789012:operations';
const certificateArn = 'arn:aws:acm:eu-central-1:123456789012:certificate/0a1b2c3d-0000-1111-2222-333344445555';
const parse = (input: object) => parseSettings(input, types);

it('has safe defaults: IAM, nothing allowed, everything kept, no key and no network', () =>
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
  ['a default webhook without TLS', { webhooks: { default: { url: 'http://hooks.example.com/' } } }, 'must begin with https://'],
  ['a default webhook inside', { webhooks: { owners: { ann: { url: 'https://10.0.0.1/' } } } }, 'public addresses only'],
  [
    'a default webhook to a host that is not listed',
    { webhooks: { allowedHosts: ['hooks.example.com'], owners: { ann: { url: 'https://other.example.com/' } } } },
    'names a URL that webhooks.allowedHosts refuses',
  ],
  ['an event twice', { webhooks: { default: { url: 'https://hooks.example.com/', events: ['ended', 'ended'] } } }, 'twice'],
  ['an unknown event', { webhooks: { default: { url: 'https://hooks.example.com/', events: ['finished'] } } }, 'expected one of'],
  ['a secret by its name', { webhooks: { owners: { ann: { secretArn: 'hooks' } } } }, 'the ARN of a secret'],
  ['a domain with a scheme', { domain: { name: 'https://jobs.example.com', certificateArn } }, 'without https://'],
  ['a domain with a path', { domain: { name: 'jobs.example.com/v1', certificateArn } }, 'a host name in lower case'],
  ['a domain for every name', { domain: { name: '*.example.com', certificateArn } }, 'a host name in lower case'],
  ['a domain in capitals', { domain: { name: 'Jobs.example.com', certificateArn } }, 'a host name in lower case'],
  ['a domain without a dot', { domain: { name: 'jobs', certificateArn } }, 'a host name in lower case'],
  ['an address as a domain', { domain: { name: '10.0.0.1', certificateArn } }, 'a host name in lower case'],
  ['a label that is too long', { domain: { name: `${'a'.repeat(64)}.example.com`, certificateArn } }, 'a host name in lower case'],
  [
    'the generated address as a domain',
    { domain: { name: 'a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com', certificateArn } },
    'must be a name of yours',
  ],
  ['a domain without a certificate', { domain: { name: 'jobs.example.com' } }, 'certificateArn'],
  [
    'a certificate of IAM',
    { domain: { name: 'jobs.example.com', certificateArn: 'arn:aws:iam::123456789012:server-certificate/x' } },
    'of ACM',
  ],
  ['a zone by its name', { domain: { name: 'jobs.example.com', certificateArn, hostedZoneId: 'example.com' } }, 'the id of a hosted zone'],
  ['a zone by its path', { domain: { name: 'jobs.example.com', certificateArn, hostedZoneId: '/hostedzone/Z01' } }, 'without /hostedzone/'],
  [
    'an unknown part of a domain',
    { domain: { name: 'jobs.example.com', certificateArn, zone: 'Z01' } },
    'There is no zone here. There are: name,',
  ],
  ['a topic by its name', { alarms: { topicArn: 'operations' } }, 'the ARN of a topic of SNS'],
  ['a queue as a topic', { alarms: { topicArn: 'arn:aws:sqs:eu-central-1:123456789012:operations' } }, 'the ARN of a topic of SNS'],
  ['a subscription as a topic', { alarms: { topicArn: `${topicArn}:11111111-2222-3333-4444-555555555555` } }, 'the ARN of a topic of SNS'],
  ['a FIFO topic', { alarms: { topicArn: `${topicArn}.fifo` } }, 'CloudWatch cannot publish to a FIFO topic'],
  ['an address beside a topic', { alarms: { topicArn, email: 'ops@example.com' } }, 'no effect beside alarms.topicArn'],
  ['open access by omission', { auth: {} }, 'there is no open access'],
  ['an issuer without TLS', { auth: { kind: 'jwt', issuer: 'http://issuer.example', audience: ['a'] } }, 'https URL'],
  ['tokens without an audience', { auth: { kind: 'jwt', issuer: 'https://issuer.example', audience: [] } }, 'at least one audience'],
  ['an admin that is not a principal', { auth: { kind: 'iam', admins: ['ann'] } }, 'such as arn:aws:iam::'],
  ['an admin group', { auth: { kind: 'iam', admins: ['arn:aws:iam::123456789012:group/x'] } }, 'of a user, or of a role'],
  ['any role as an admin', { auth: { kind: 'iam', admins: ['arn:aws:iam::123456789012:role/*'] } }, 'of a user, or of a role'],
  ['every table', { writableTables: ['*'] }, 'the name of a table'],
  ['a table by its ARN', { writableTables: ['arn:aws:dynamodb:eu-central-1:123456789012:table/orders'] }, 'the name of a table'],
  ['every bucket', { sourceBuckets: ['*'] }, 'the name of a bucket'],
  ['a bucket by its URL', { sourceBuckets: ['s3://data-lake'] }, 'the name of a bucket'],
  ['every instance type', { ec2: { instanceTypes: ['*'] } }, 'an instance type such as'],
  ['an image by its name', { ec2: { imageIds: ['ubuntu'] } }, 'ami-'],
  ['every template', { ec2: { launchTemplates: ['*'] } }, 'launch template'],
  [
    'an instance profile for its role',
    { ec2: { launchTemplates: ['web'], instanceRoles: ['arn:aws:iam::123456789012:instance-profile/web'] } },
    'not that of its instance profile',
  ],
  ['types that cannot be launched anywhere', { ec2: { instanceTypes: ['t4g.small'], imageIds: ['ami-1'] } }, 'allows no launch at all'],
  [
    'the concurrency of a type that is not deployed',
    { disabledJobTypes: ['write-batch'], concurrency: { 'write-batch': 2 } },
    'does not deploy',
  ],
  ["Delegation's own table", { writableTables: ['Delegation-DelegationJobsTable13E63AE3-1ABC'] }, "is Delegation's own"],
  ["Delegation's own bucket", { sourceBuckets: ['delegation-delegationpayloadsbuckete2d1e6ae-x1'] }, "is Delegation's own"],
  ['a key by its alias', { encryption: 'arn:aws:kms:eu-central-1:123456789012:alias/x' }, 'not an alias'],
  [
    'an issuer with a query',
    { auth: { kind: 'jwt', issuer: 'https://issuer.example/?a=b', audience: ['a'] } },
    'without user, query and fragment',
  ],
  ['a budget of nothing', { alarms: { monthlyUsd: 0.001, email: 'ops@example.com' } }, '>=1'],
  [
    'an admin whose ARN no caller can have',
    { auth: { kind: 'iam', admins: ['arn:aws:iam::123456789012:role/aws-reserved/sso.amazonaws.com/AWSReservedSSO_Operations_0123'] } },
    'without its path',
  ],
  ['a misspelt setting', { writeableTables: ['orders'] }, 'writeableTables'],
  ['a stage that cannot be part of a stack name', { stage: 'Prod 1' }, 'lower-case letters'],
  ['a type that does not exist', { disabledJobTypes: ['write-batches'] }, 'There are: launch-instances, write-batch'],
  ['no type at all', { disabledJobTypes: types }, 'Enable at least one'],
  ['the concurrency of a type that does not exist', { concurrency: { 'run-queries': 5 } }, 'There are: launch-instances, write-batch'],
  ['a concurrency below the minimum of SQS', { concurrency: { 'write-batch': 1 } }, 'at least 2'],
  ['a log retention that CloudWatch does not support', { logRetentionDays: 42 }, 'must be one of 1, 3, 5'],
  ['a budget without an address to notify', { alarms: { monthlyUsd: 20 } }, 'needs alarms.email'],
  ['roles without a template that uses them', { ec2: { instanceRoles: ['arn:aws:iam::123456789012:role/Web'] } }, 'ec2.launchTemplates'],
  ['a text that is not a key', { encryption: 'alias/key' }, 'ARN of a KMS key'],
  [
    'a source’s key by its alias',
    { sourceBuckets: ['lake'], sourceKeys: ['arn:aws:kms:eu-central-1:123456789012:alias/x'] },
    'not an alias',
  ],
  ['every key of sources', { sourceBuckets: ['lake'], sourceKeys: ['*'] }, 'the ARN of a KMS key'],
  [
    'every key of tables',
    { writableTables: ['orders'], tableKeys: ['arn:aws:kms:eu-central-1:123456789012:key/*'] },
    'the ARN of a KMS key',
  ],
  ['every key of volumes', { ec2: { launchTemplates: ['web'], volumeKeys: ['*'] } }, 'the ARN of a KMS key'],
  ['keys of sources without a bucket', { sourceKeys: [key] }, 'sourceKeys has no effect without sourceBuckets'],
  ['keys of tables without a table', { tableKeys: [key] }, 'tableKeys has no effect without writableTables'],
  ['keys of volumes without a launch', { ec2: { volumeKeys: [key] } }, 'ec2.volumeKeys has no effect without'],
  [
    'a template’s parameter without templates',
    { ec2: { templateParameters: ['resolve:ssm:/x'] } },
    'ec2.templateParameters has no effect without',
  ],
  [
    'a template’s parameter by its path',
    { ec2: { launchTemplates: ['web'], templateParameters: ['/x'] } },
    'resolve:ssm:/path/of/parameter',
  ],
])('refuses %s, and says what to change', (_, input, message) => expect(() => parse(input)).toThrow(message));

it('passes no key and no parameter to functions: only permissions use these', () => {
  const settings = parse({
    writableTables: ['orders'],
    sourceBuckets: ['lake'],
    sourceKeys: [key],
    tableKeys: [key],
    ec2: { launchTemplates: ['web'], templateParameters: ['resolve:ssm:/golden'], volumeKeys: [key] },
  });
  const names = { tableName: 't', bucketName: 'b', queues: {}, leaseSeconds: 1, graceSeconds: 1, clockSeconds: 1, retentionDays: 1 };
  const environment = writeConfig({ ...names, settings: runtimeSettings(settings) });
  expect(environment['DELEGATION_SETTINGS']).not.toMatch(/kms|golden/);
  expect(readConfig(environment).settings).toMatchObject({ sourceBuckets: ['lake'], ec2: { launchTemplates: ['web'] } });
});

it.each(['Bad_Stage', 'a b', ''])('refuses the stage %j before a stack is named after it', (stage) =>
  expect(() => parseStage(stage)).toThrow('must be 1 to 20 lower-case letters'),
);

it.each([
  [{ writeableTables: ['orders'] }, /There is no writeableTables here\. There are: .*\bwritableTables\b/],
  [{ alarms: { mail: 'ops@example.com' } }, /There is no mail here\. There are: email, .*\n.*at alarms/],
])('lists the known settings if one is misspelt: %j', (settings, message) =>
  expect(() => parseSettings(settings, ['run-query'])).toThrow(message),
);

it('hands the webhooks of owners to the functions, which read the same from their environment', () => {
  const secretArn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:hooks-a1b2c3';
  const owners = { ann: { url: null }, bob: { url: 'https://hooks.example.com/bob', events: ['started' as const], secretArn } };
  const given = { allowedHosts: ['*.example.com'], default: { url: 'https://hooks.example.com/' }, owners };
  expect(runtimeSettings(parse({ webhooks: given })).webhooks).toEqual(given);
});

it.each<[string, object]>([
  ['a domain', { domain: { name: 'jobs.example.com', certificateArn } }],
  ['a domain at the top of a zone', { domain: { name: 'example.com', certificateArn, hostedZoneId: 'Z0123456789ABCDEFGHIJ' } }],
  ['a domain in letters of its own', { domain: { name: 'xn--bcher-kva.example.xn--p1ai', certificateArn } }],
  ['a topic', { alarms: { topicArn } }],
  ['a topic, and an address for the budget', { alarms: { topicArn, email: 'ops@example.com', monthlyUsd: 20 } }],
])('takes %s', (_, input) => expect(() => parse(input)).not.toThrow());
