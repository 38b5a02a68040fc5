/** Grants that only some settings bring: no call of the tests needs them, so that they are held to this list. */
import { deploymentTag } from '../../lambdas/jobs/ec2/tags.ts';
import type { DelegationProps } from '../../lib/index.ts';
import { local } from '../../local/resources.ts';
import { type Condition, type Grant, type Grants, grantsWith, settingsOfTests } from './granted.ts';
import { account, ec2Arn, region } from './iam-requests.ts';

const role = `arn:aws:iam::${account}:role/WebServer`;
const ownersSecret = `arn:aws:secretsmanager:${region}:${account}:secret:owner-a1b2c3`;

/** Everything that a role depends on. */
const everySetting: DelegationProps = {
  ...settingsOfTests,
  ec2: {
    ...settingsOfTests.ec2,
    imageIds: ['ami-1', 'resolve:ssm:/aws/service/image', 'resolve:ssm:/own/image:3'],
    launchTemplates: ['lt-1', 'by-name'],
    instanceRoles: [role],
  },
  webhooks: { owners: { ann: { secretArn: ownersSecret } } },
  encryption: 'own-key',
  tracing: 'xray',
  vpc: {
    vpcId: 'vpc-0123456789abcdef0',
    availabilityZones: ['us-east-1a'],
    subnetIds: ['subnet-0123456789abcdef0'],
    securityGroupIds: ['sg-0123456789abcdef0'],
  },
};

interface Expected {
  readonly by: string;
  /** All functions, when not given. */
  readonly functions?: readonly string[];
  readonly effect?: Grant['effect'];
  readonly actions: readonly string[];
  readonly resources: readonly string[];
  readonly condition?: Condition;
}

const workers = ['bulk-action', 'deliver-webhook', 'group', 'launch-instances', 'run-query', 'terminate-instances', 'write-batch'];
const networkInterfaces = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];
const anyTemplate = ec2Arn('launch-template/*');

const broughtByTemplate = {
  ArnLike: { 'ec2:LaunchTemplate': [anyTemplate] },
  Bool: { 'ec2:IsLaunchTemplateResource': 'true' },
};

const expected: readonly Expected[] = [
  { by: 'a KMS key', actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resources: [`arn:aws:kms:${region}:${account}:key/own`] },
  {
    by: 'a secret of an owner',
    functions: ['deliver-webhook'],
    actions: ['secretsmanager:GetSecretValue'],
    resources: [ownersSecret],
  },
  { by: 'X-Ray', actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] },
  { by: 'a network, for Lambda itself', functions: workers, actions: networkInterfaces, resources: ['*'] },
  {
    by: 'a network, refused to functions’ own code',
    functions: workers,
    effect: 'Deny',
    actions: networkInterfaces,
    resources: ['*'],
    condition: { ArnLike: { 'lambda:SourceFunctionArn': `arn:aws:lambda:${region}:${account}:function:*` } },
  },
  {
    by: 'images by parameter',
    functions: ['launch-instances'],
    actions: ['ssm:GetParameters'],
    resources: [`arn:aws:ssm:${region}::parameter/aws/service/image`, `arn:aws:ssm:${region}:${account}:parameter/own/image`],
  },
  { by: 'images by parameter, any', functions: ['launch-instances'], actions: ['ec2:RunInstances'], resources: [ec2Arn('image/*', '')] },
  { by: 'launch templates by name', functions: ['launch-instances'], actions: ['ec2:RunInstances'], resources: [anyTemplate] },
  {
    by: 'launch templates by name, what they bring',
    functions: ['launch-instances'],
    actions: ['ec2:RunInstances'],
    resources: [
      ...['capacity-reservation/*', 'placement-group/*', 'subnet/*'].map((resource) => ec2Arn(resource, '*')),
      ...['elastic-gpu/*', 'key-pair/*'].map((resource) => ec2Arn(resource)),
      ...['image/*', 'snapshot/*'].map((resource) => ec2Arn(resource, '')),
    ],
    condition: broughtByTemplate,
  },
  {
    by: 'launch templates by name, the instances that they bring',
    functions: ['launch-instances'],
    actions: ['ec2:RunInstances'],
    resources: [ec2Arn('instance/*')],
    condition: { ...broughtByTemplate, StringEquals: { [`aws:RequestTag/${deploymentTag}`]: local.deployment } },
  },
  {
    by: 'roles of instances',
    functions: ['launch-instances'],
    actions: ['iam:PassRole'],
    resources: [role],
    condition: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] } },
  },
];

/** @param tested what is granted without these settings */
export function faultsOfSettings(tested: Grants): {
  readonly count: number;
  readonly what: readonly string[];
  readonly faults: readonly string[];
} {
  const before = new Set(textsOf(tested));
  const found = textsOf(grantsWith(everySetting)).filter((text) => !before.has(text));
  const wanted = expected.flatMap(({ functions = [...tested.keys()], effect = 'Allow', actions, resources, condition }) =>
    functions.flatMap((name) =>
      actions.flatMap((action) =>
        resources.map((resource) => textOf(name, { effect, action, resource, ...(condition === undefined ? {} : { condition }) })),
      ),
    ),
  );
  return {
    count: found.length,
    what: expected.map(
      ({ by, functions, effect, actions }) =>
        `${by}: ${effect ?? 'Allow'} ${actions.join(', ')} (${functions?.join(', ') ?? 'all functions'})`,
    ),
    faults: [
      ...found.filter((text) => !wanted.includes(text)).map((text) => `Settings grant what is not expected: ${text}`),
      ...wanted.filter((text) => !found.includes(text)).map((text) => `Settings do not grant: ${text}`),
    ],
  };
}

function textsOf(grants: Grants): readonly string[] {
  return [...grants].flatMap(([name, list]) => list.map((grant) => textOf(name, grant)));
}

function textOf(name: string, { effect, action, resource, condition }: Grant): string {
  return `${effect} ${name} ${action} on ${resource} ${condition === undefined ? '' : JSON.stringify(condition)}`.trimEnd();
}
