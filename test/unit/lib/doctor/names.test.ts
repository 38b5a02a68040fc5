import { customDomain, dashboardName, leftovers, logGroupNames } from '../../../../lib/doctor/checks/names.ts';
import type { DeployedStack } from '../../../../lib/doctor/stack.ts';
import { type Answer, elements, Fault, members } from '../../../support/aws-endpoint.ts';
import { inShort, stackOf, target, templateOf, withAws } from '../../../support/doctor-clients.ts';

const template = templateOf({
  Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardName: 'Delegation' } },
  Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/vendedlogs/delegation/Delegation/access' } },
  OtherLog: { Type: 'AWS::Logs::LogGroup' },
  DelegationJobsTable13E63AE3: { Type: 'AWS::DynamoDB::GlobalTable' },
  DelegationPayloadsBucketE2D1E6AE: { Type: 'AWS::S3::Bucket' },
});
const group = '/aws/vendedlogs/delegation/Delegation/access';
const noDashboard = new Fault('ResourceNotFound', 'Dashboard Delegation does not exist', 404);
const planned = (stack?: DeployedStack) => ({
  stackName: 'Delegation',
  template,
  region: target.region,
  ...(stack === undefined ? {} : { stack }),
});

/** Answers as CloudFormation does: the stack that has or had a resource, by the resource's name, and the stack's state. */
function owners(all: Readonly<Record<string, readonly [stack: string, status: string]>>) {
  const missing = (what: string) => new Fault('ValidationError', `Stack ${what} does not exist`);
  const idOf = (stack: string) => `arn:aws:cloudformation:eu-central-1:123456789012:stack/${stack}/1`;
  return {
    DescribeStackResources: (input: URLSearchParams | Record<string, unknown>): Answer => {
      const name = (input as URLSearchParams).get('PhysicalResourceId') ?? '';
      const [stack] = all[name] ?? [];
      if (stack === undefined) return missing(`for ${name}`);
      return members('StackResources', [elements({ StackName: stack, StackId: idOf(stack), PhysicalResourceId: 'another of it' })]);
    },
    DescribeStacks: (input: URLSearchParams | Record<string, unknown>): Answer => {
      const id = (input as URLSearchParams).get('StackName') ?? '';
      const [stack, StackStatus] = Object.values(all).find(([name]) => idOf(name) === id) ?? [];
      if (stack === undefined || StackStatus === undefined) return missing(`with id ${id}`);
      return members('Stacks', [elements({ StackName: stack, StackStatus, CreationTime: '2026-11-26T11:00:00Z' })]);
    },
  };
}

it.each<[string, Answer, DeployedStack | undefined, string | undefined, RegExp]>([
  ['is free', noDashboard, undefined, undefined, /^ok/],
  [
    'belongs to no stack of the region, so perhaps to one of another region',
    { DashboardName: 'Delegation', DashboardBody: '{}' },
    undefined,
    undefined,
    /^problem: There is already a dashboard Delegation, which belongs to no stack\./,
  ],
  [
    'belongs to another stack',
    { DashboardName: 'Delegation', DashboardBody: '{}' },
    undefined,
    'Shop',
    /^problem: There is already a dashboard Delegation, which belongs to the stack Shop\./,
  ],
  [
    'belongs to the stack',
    { DashboardName: 'Delegation', DashboardBody: '{}' },
    stackOf([['Dashboard', 'AWS::CloudWatch::Dashboard', 'Delegation']]),
    undefined,
    /^ok/,
  ],
  ['belongs to the stack, whose first deploy failed', { DashboardName: 'Delegation', DashboardBody: '{}' }, undefined, 'Delegation', /^ok/],
])('the name of the dashboard %s', async (_, GetDashboard, stack, owner, expected) => {
  const answers = { GetDashboard, ...owners(owner === undefined ? {} : { Delegation: [owner, 'CREATE_FAILED'] }) };
  const finding = await withAws(answers, (clients) => dashboardName(clients, planned(stack)));
  expect(inShort(finding)[0]).toMatch(expected);
  expect(finding.commands?.join() ?? '').not.toMatch(/delete/);
});

it.each<[string, readonly string[], DeployedStack | undefined, string | undefined, RegExp, boolean]>([
  ['is free', [], undefined, undefined, /^ok/, false],
  ['is the beginning of another', [`${group}-2`], undefined, undefined, /^ok/, false],
  [
    'is taken by a log group without a stack',
    [group],
    undefined,
    undefined,
    /^problem: .*which belongs to no stack, so the deploy would fail/,
    true,
  ],
  ['belongs to another stack', [group], undefined, 'Shop', /^problem: .*which belongs to the stack Shop, so the deploy would fail/, false],
  ['belongs to the stack', [group], stackOf([['Log', 'AWS::Logs::LogGroup', group]]), undefined, /^ok/, false],
  ['belongs to the stack, whose first deploy failed', [group], undefined, 'Delegation', /^ok/, false],
])('the name of the access log %s', async (_, names, stack, owner, expected, isRemovable) => {
  const answers = {
    DescribeLogGroups: { logGroups: names.map((logGroupName) => ({ logGroupName })) },
    ...owners(owner === undefined ? {} : { [group]: [owner, 'CREATE_FAILED'] }),
  };
  const finding = await withAws(answers, (clients) => logGroupNames(clients, planned(stack)));
  expect(inShort(finding)[0]).toMatch(expected);
  const removal = `aws logs delete-log-group --region eu-central-1 --log-group-name ${group}`;
  expect(finding.commands?.includes(removal) ?? false).toBe(isRemovable);
});

describe('what earlier stacks left', () => {
  const own = 'Delegation-DelegationJobsTable13E63AE3-OWN';
  const oldTable = 'Delegation-DelegationJobsTable13E63AE3-OLD';
  const oldBucket = 'delegation-delegationpayloadsbuckete2d1e6ae-old';
  const none = 'ok: No earlier stack of this name has left a table or a bucket.';
  /** Lists as S3 does: the buckets of all regions unless one is requested, and then with their region. */
  const listBuckets = (buckets: readonly (readonly [name: string, region?: string])[]) => (input: unknown, region: string) => {
    const wanted = (input as URLSearchParams).get('bucket-region');
    if (wanted !== null && wanted !== region) return new Fault('InvalidArgument', 'Argument value bucket-region is invalid');
    const listed = buckets.filter(([, of]) => wanted === null || of === undefined || of === wanted);
    const each = listed.map(([Name, of]) => elements({ Name, ...(wanted === null || of === undefined ? {} : { BucketRegion: of }) }));
    return `<ListAllMyBucketsResult><Buckets>${each.map((one) => `<Bucket>${one}</Bucket>`).join('')}</Buckets></ListAllMyBucketsResult>`;
  };
  const find = (
    tables: readonly string[],
    buckets: readonly (readonly [name: string, region?: string])[],
    all: Parameters<typeof owners>[0] = {},
  ) =>
    withAws(
      {
        // Two pages.
        ListTables: (input) =>
          (input as Record<string, unknown>)['ExclusiveStartTableName'] === undefined
            ? { TableNames: [own], LastEvaluatedTableName: own }
            : { TableNames: tables },
        'GET /': listBuckets(buckets),
        ...owners(all),
      },
      (clients) => leftovers(clients, planned(stackOf([['T', 'AWS::DynamoDB::GlobalTable', own]]))),
    );

  it('is nothing: neither resources of the stack nor of other stacks count', async () => {
    const finding = await find(
      ['orders', 'Delegation-test-DelegationJobsTable13E63AE3-X', 'Delegation-delegationjobs-DelegationJobsTable13E63AE3-X'],
      [
        ['delegation-test-delegationpayloadsbucket1-x', target.region],
        ['cdk-assets', target.region],
      ],
    );
    expect(inShort(finding)).toEqual([none]);
  });

  it('is named, with the commands that show it and that remove it, once it is empty', async () => {
    const finding = await find([oldTable], [[oldBucket, target.region]]);
    expect(inShort(finding)).toEqual(['warning: Earlier stacks of this name have left 1 table and 1 bucket.']);
    expect(finding.advice).toMatch(/S3 deletes a bucket only when it is empty/);
    expect(finding.commands).toEqual([
      `aws dynamodb describe-table --region eu-central-1 --table-name ${oldTable} --query "Table.[CreationDateTime,ItemCount]"`,
      `aws dynamodb delete-table --region eu-central-1 --table-name ${oldTable}`,
      `aws s3 ls --region eu-central-1 --recursive --summarize s3://${oldBucket}`,
      `aws s3 rb --region eu-central-1 s3://${oldBucket}`,
    ]);
  });

  it.each<[string, readonly [name: string, region?: string]]>([
    ['of another region, which has a stack of the same name', [oldBucket, 'us-east-1']],
    ['without a region', [oldBucket]],
  ])('does not include a bucket %s', async (_, bucket) => expect(inShort(await find([], [bucket]))).toEqual([none]));

  it.each([
    'CREATE_FAILED',
    'CREATE_IN_PROGRESS',
    'DELETE_FAILED',
    'DELETE_IN_PROGRESS',
    'ROLLBACK_COMPLETE',
    'ROLLBACK_FAILED',
    'UPDATE_IN_PROGRESS',
    'UPDATE_ROLLBACK_FAILED',
  ])('does not include the resources of a stack in %s', async (status) => {
    const all = { [oldTable]: ['Delegation', status], [oldBucket]: ['Delegation', status] } as const;
    expect(inShort(await find([oldTable], [[oldBucket, target.region]], all))).toEqual([none]);
  });

  it('includes the resources of a deleted stack', async () => {
    const finding = await find([oldTable], [], { [oldTable]: ['Delegation', 'DELETE_COMPLETE'] });
    expect(finding.status).toBe('warning');
  });
});

describe('the domain', () => {
  const withDomain = templateOf({ Domain: { Type: 'AWS::ApiGatewayV2::DomainName', Properties: { DomainName: 'jobs.example.com' } } });
  const taken = 'problem: API Gateway already has the domain jobs.example.com, which';

  it.each<[string, Answer, readonly [string, string][], DeployedStack | undefined, string]>([
    ['is free', new Fault('NotFoundException', 'Invalid domain name identifier specified', 404), [], undefined, 'ok: The domain is free,'],
    ['belongs to no stack', { domainName: 'jobs.example.com' }, [], undefined, `${taken} belongs to no stack`],
    [
      'belongs to another stack',
      { domainName: 'jobs.example.com' },
      [['Shop', 'CREATE_COMPLETE']],
      undefined,
      `${taken} belongs to the stack Shop`,
    ],
    ['belongs to the stack', {}, [], stackOf([['Domain', 'AWS::ApiGatewayV2::DomainName', 'jobs.example.com']]), 'ok: The domain is free,'],
  ])('%s', async (_, answer, [owner], stack, expected) => {
    const answers = { 'GET /domainnames/jobs.example.com': answer, ...owners(owner === undefined ? {} : { 'jobs.example.com': owner }) };
    const finding = await withAws(answers, (clients) => customDomain(clients, { ...planned(stack), template: withDomain }));
    expect(inShort(finding)).toEqual([expect.stringContaining(expected)]);
  });
});
