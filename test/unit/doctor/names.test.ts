import { dashboardName, leftovers, logGroupNames } from '../../../lib/doctor/checks/names.ts';
import { Fault } from '../../support/aws-endpoint.ts';
import { inShort, stackOf, templateOf, withAws } from '../../support/doctor.ts';

const template = templateOf({
  Dashboard: { Type: 'AWS::CloudWatch::Dashboard', Properties: { DashboardName: 'Delegation' } },
  Log: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/vendedlogs/delegation/Delegation/access' } },
  OtherLog: { Type: 'AWS::Logs::LogGroup' },
  DelegationJobsTable13E63AE3: { Type: 'AWS::DynamoDB::GlobalTable' },
  DelegationPayloadsBucketE2D1E6AE: { Type: 'AWS::S3::Bucket' },
});
const group = '/aws/vendedlogs/delegation/Delegation/access';
const noDashboard = new Fault('ResourceNotFound', 'Dashboard Delegation does not exist', 404);

it.each([
  ['is free', noDashboard, undefined, 'ok'],
  ["is another stack's, of any region", { DashboardName: 'Delegation', DashboardBody: '{}' }, undefined, 'problem'],
  [
    "is the stack's own",
    { DashboardName: 'Delegation', DashboardBody: '{}' },
    stackOf([['Dashboard', 'AWS::CloudWatch::Dashboard', 'Delegation']]),
    'ok',
  ],
])('the name of the dashboard %s', async (_, answer, stack, status) => {
  const finding = await withAws({ GetDashboard: answer }, ({ cloudWatch }) => dashboardName(cloudWatch, template, stack));
  expect(finding.status).toBe(status);
});

it.each([
  ['is free', [], undefined, 'ok'],
  ['begins like another', [`${group}-2`], undefined, 'ok'],
  ['is taken', [group], undefined, 'problem'],
  ["is the stack's own", [group], stackOf([['Log', 'AWS::Logs::LogGroup', group]]), 'ok'],
])('the name of the access log %s', async (_, names, stack, status) => {
  const answer = { logGroups: names.map((logGroupName) => ({ logGroupName })) };
  const finding = await withAws({ DescribeLogGroups: answer }, ({ logs }) => logGroupNames(logs, template, stack));
  expect(finding.status).toBe(status);
});

describe('what earlier stacks left', () => {
  const own = 'Delegation-DelegationJobsTable13E63AE3-OWN';
  const find = (tables: readonly string[], buckets: readonly string[]) =>
    withAws(
      {
        // Two pages.
        ListTables: (input) =>
          (input as Record<string, unknown>)['ExclusiveStartTableName'] === undefined
            ? { TableNames: [own], LastEvaluatedTableName: own }
            : { TableNames: tables },
        'GET /': `<ListAllMyBucketsResult><Buckets>${buckets.map((name) => `<Bucket><Name>${name}</Name></Bucket>`).join('')}</Buckets></ListAllMyBucketsResult>`,
      },
      (clients) => leftovers(clients, { stackName: 'Delegation', template }, stackOf([['T', 'AWS::DynamoDB::GlobalTable', own]])),
    );

  it('is nothing: neither what the stack has, nor what others have', async () => {
    const finding = await find(
      ['orders', 'Delegation-test-DelegationJobsTable13E63AE3-X'],
      ['delegation-test-delegationpayloadsbucket1-x', 'cdk-assets'],
    );
    expect(inShort(finding)).toEqual(['ok: No earlier stack of this name has left a table or a bucket.']);
  });

  it('is named, with what removes it', async () => {
    const finding = await find(['Delegation-DelegationJobsTable13E63AE3-OLD'], ['delegation-delegationpayloadsbuckete2d1e6ae-old']);
    expect(inShort(finding)).toEqual(['warning: Earlier stacks of this name have left 1 table and 1 bucket, which cost what they cost.']);
    expect(finding.commands).toEqual([
      'aws dynamodb delete-table --table-name Delegation-DelegationJobsTable13E63AE3-OLD',
      'aws s3 rb --force s3://delegation-delegationpayloadsbuckete2d1e6ae-old',
    ]);
  });
});
