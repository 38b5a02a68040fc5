import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { type DelegationProps, DelegationStack } from '../../lib/index.ts';
import { hasLoopDetection, partitionOf, regionsWithoutBudgets, supportedPartitions } from '../../lib/regions.ts';
import { appOf, flags } from './templates.ts';

const disabledJobTypes = ['run-query', 'launch-instances', 'terminate-instances'];
const deploy = (region: string | undefined, props: DelegationProps = {}) =>
  new DelegationStack(
    appOf({ isValidated: false }),
    'Test',
    { disabledJobTypes, ...props },
    region === undefined ? {} : { env: { region } },
  );
const alarms = { email: 'ops@example.com', monthlyUsd: 20 };

it.each(regionsWithoutBudgets)('refuses a budget in %s, before anything is made, and says where the command for it is', (region) =>
  expect(() => deploy(region, { alarms })).toThrow(
    `The setting alarms.monthlyUsd creates a budget, which CloudFormation does not support in ${region}. Leave it out, and create the budget with the command in docs/deploy.md, "A budget elsewhere".`,
  ),
);

it.each(['eu-central-1', 'cn-north-1', undefined])('makes a budget in %s', (region) =>
  Template.fromStack(deploy(region, { alarms })).resourceCountIs('AWS::Budgets::Budget', 1),
);

const loopsOf = (region: string | undefined) =>
  Object.values(Template.fromStack(deploy(region)).findResources('AWS::Lambda::Function')).map(
    ({ Properties }) => Properties.RecursiveLoop,
  );

it.each(['mx-central-1', 'ap-southeast-6', 'us-gov-west-1', 'cn-north-1'])(
  'sets nothing against loops in %s, where Lambda does not look for them',
  (region) => expect(loopsOf(region)).toEqual([undefined, undefined, undefined, undefined]),
);

it.each(['eu-central-1', undefined])('lets workers send to themselves in %s, where Lambda would stop them', (region) =>
  expect(loopsOf(region).sort()).toEqual(['Allow', 'Allow', 'Allow', 'Terminate', 'Terminate']),
);

it('takes a region that CDK does not know for one of the standard partition', () => {
  expect(partitionOf('xx-nowhere-1')).toBeUndefined();
  expect(hasLoopDetection('xx-nowhere-1')).toBe(true);
});

it.each([
  ['us-iso-east-1', 1],
  ['eusc-de-east-1', 1],
  ['cn-north-1', 0],
  ['us-gov-west-1', 0],
  ['eu-central-1', 0],
])('warns in %s of a partition that was never looked at: %d time(s)', (region, count) => {
  const output = jest.spyOn(console, 'error').mockReturnValue(undefined);
  const warnings = Annotations.fromStack(deploy(region)).findWarning(
    '*',
    Match.stringLikeRegexp('no template of Delegation was ever looked at'),
  );
  output.mockRestore();
  expect(warnings).toHaveLength(count);
});

it('claims the partitions that cdk.json has services looked up in', () =>
  expect(flags['@aws-cdk/core:target-partitions' as keyof typeof flags]).toEqual(supportedPartitions));

it("names every worker's role in an output", () => {
  const outputs = Template.fromStack(new DelegationStack(appOf({ isValidated: false }), 'Test')).findOutputs('*');
  const roles = Object.keys(outputs).filter((id) => id.endsWith('Role'));
  expect(roles.sort()).toEqual(['LaunchInstancesRole', 'RunQueryRole', 'TerminateInstancesRole', 'WriteBatchRole']);
  expect(outputs['RunQueryRole']?.['Value']).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^DelegationWorkerrunqueryRole/), 'Arn'] });
});
