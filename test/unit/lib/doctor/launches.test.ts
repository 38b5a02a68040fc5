import {
  images,
  instanceRoles,
  instanceTypes,
  launchTemplates,
  subnets,
  volumeEncryption,
} from '../../../../lib/doctor/checks/launches.ts';
import { network } from '../../../../lib/doctor/checks/network.ts';
import { type Answers, elements, Fault, itemSet, members } from '../../../support/aws-endpoint.ts';
import { inShort, withAws } from '../../../support/doctor-clients.ts';

const subnet = (subnetId: string, availableIpAddressCount = 9) =>
  elements({ subnetId, availableIpAddressCount, availabilityZone: 'eu-central-1a', vpcId: 'vpc-1' });
const twoSubnets = itemSet('subnetSet', [subnet('subnet-1'), subnet('subnet-2', 0)]);

it.each([
  [['subnet-1'], 'ok: 1 subnet of ec2.subnetIds exist, with free addresses.'],
  [['subnet-1', 'subnet-9', 'subnet-8'], 'problem: There is no subnet subnet-9, subnet-8 in this region.'],
  [['subnet-1', 'subnet-2'], 'warning: No address is left in subnet-2: launches skip it.'],
])('reports the subnets %j', async (ids, expected) => {
  expect(inShort(await withAws({ DescribeSubnets: twoSubnets }, ({ ec2 }) => subnets(ec2, ids)))).toEqual([expected]);
});

it.each([
  ['eu-central-1a', 'ok: 1 instance type of ec2.instanceTypes: offered in the zones of the subnets.'],
  ['eu-central-1c', 'problem: t4g.small: not offered in the zones of ec2.subnetIds (eu-central-1a).'],
])('reports an instance type that is offered in %s', async (location, expected) => {
  const DescribeInstanceTypeOfferings = itemSet('instanceTypeOfferingSet', [elements({ instanceType: 't4g.small', location })]);
  const finding = await withAws({ DescribeInstanceTypeOfferings, DescribeSubnets: twoSubnets }, ({ ec2 }) =>
    instanceTypes(ec2, ['t4g.small'], ['subnet-1']),
  );
  expect(inShort(finding)).toEqual([expected]);
});

describe('images', () => {
  const there = itemSet('imagesSet', [elements({ imageId: 'ami-1', imageState: 'available', architecture: 'arm64' })]);
  it.each<[string, Answers, string, RegExp]>([
    ['there', { DescribeImages: there }, 'ami-1', /^ok: The image ami-1 exists, for arm64/],
    ['missing', { DescribeImages: itemSet('imagesSet', []) }, 'ami-2', /^problem: There is no image ami-2/],
    [
      'not ready',
      { DescribeImages: itemSet('imagesSet', [elements({ imageId: 'ami-1', imageState: 'pending' })]) },
      'ami-1',
      /^problem: The image ami-1 is pending/,
    ],
    [
      'named by a parameter',
      { DescribeImages: there, GetParameter: { Parameter: { Value: 'ami-1' } } },
      'resolve:ssm:/a/b',
      /^ok: The image resolve:ssm:\/a\/b \(ami-1\)/,
    ],
    [
      'named by a parameter that is missing',
      { GetParameter: new Fault('ParameterNotFound') },
      'resolve:ssm:/a/b',
      /^problem: There is no parameter \/a\/b/,
    ],
  ])('%s', async (_, answers, name, expected) =>
    expect(inShort(await withAws(answers, (clients) => images(clients, [name])))[0]).toMatch(expected),
  );
});

it.each<[string, string | Fault, string]>([
  ['lt-1', itemSet('launchTemplates', [elements({ launchTemplateId: 'lt-1' })]), 'ok: The launch template lt-1 exists.'],
  ['lt-2', new Fault('InvalidLaunchTemplateId.NotFound'), 'problem: There is no launch template lt-2 in this region.'],
  ['web', new Fault('InvalidLaunchTemplateName.NotFoundException'), 'problem: There is no launch template web in this region.'],
])('reports the launch template %s', async (name, answer, expected) => {
  expect(inShort(await withAws({ DescribeLaunchTemplates: answer }, ({ ec2 }) => launchTemplates(ec2, [name])))).toEqual([expected]);
});

// EC2 finds a template by its name, and refuses a name in the place of an id.
it.each(['lt-My.Template', 'lt-web_1', 'LT-1', 'web'])('asks for the launch template %s by its name', async (name) => {
  const DescribeLaunchTemplates = (input: URLSearchParams | Record<string, unknown>) =>
    (input as URLSearchParams).get('LaunchTemplateName.1') === name
      ? itemSet('launchTemplates', [elements({ launchTemplateId: 'lt-0123456789abcdef0', launchTemplateName: name })])
      : new Fault('InvalidLaunchTemplateId.Malformed');
  expect(inShort(await withAws({ DescribeLaunchTemplates }, ({ ec2 }) => launchTemplates(ec2, [name])))).toEqual([
    `ok: The launch template ${name} exists.`,
  ]);
});

it.each<[string, Answers, string]>([
  ['missing', { GetRole: new Fault('NoSuchEntity', 'gone', 404) }, 'problem'],
  ['under another path', { GetRole: `<Role>${elements({ Arn: 'arn:aws:iam::123456789012:role/x/Web' })}</Role>` }, 'problem'],
  [
    'in no profile',
    {
      GetRole: `<Role>${elements({ Arn: 'arn:aws:iam::123456789012:role/Web' })}</Role>`,
      ListInstanceProfilesForRole: members('InstanceProfiles', []),
    },
    'warning',
  ],
  [
    'in a profile',
    {
      GetRole: `<Role>${elements({ Arn: 'arn:aws:iam::123456789012:role/Web' })}</Role>`,
      ListInstanceProfilesForRole: members('InstanceProfiles', [elements({ InstanceProfileName: 'Web' })]),
    },
    'ok',
  ],
])('reports a role of instances that is %s', async (_, answers, status) => {
  const [finding] = await withAws(answers, ({ iam }) => instanceRoles(iam, ['arn:aws:iam::123456789012:role/Web']));
  expect(finding?.status).toBe(status);
});

const volumeKey = 'arn:aws:kms:eu-central-1:123456789012:key/1';
it.each<[string, boolean, string, readonly string[], string]>([
  ['are not encrypted by default', false, volumeKey, [], 'ok'],
  ["are, with AWS's own key", true, 'alias/aws/ebs', [], 'ok'],
  ["are, with AWS's own key by its ARN", true, 'arn:aws:kms:eu-central-1:123456789012:alias/aws/ebs', [], 'ok'],
  ["are, with a customer's key", true, volumeKey, [], 'warning'],
  ['are, with a key that the settings name', true, volumeKey, [volumeKey], 'ok'],
])('reports that volumes %s', async (_, isDefault, key, keys, status) => {
  const answers = {
    GetEbsEncryptionByDefault: elements({ ebsEncryptionByDefault: isDefault }),
    GetEbsDefaultKmsKeyId: elements({ kmsKeyId: key }),
  };
  expect((await withAws(answers, ({ ec2 }) => volumeEncryption(ec2, keys))).status).toBe(status);
});

describe('the network of the workers', () => {
  const vpc = { vpcId: 'vpc-1', subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'] };
  const route = (gateway: object) =>
    `<routeSet><item>${elements({ destinationCidrBlock: '0.0.0.0/0', state: 'active', ...gateway })}</item></routeSet>`;
  const routes = (inner: string, association = elements({ subnetId: 'subnet-1' })) =>
    itemSet('routeTableSet', [`<routeTableId>rtb-1</routeTableId><associationSet><item>${association}</item></associationSet>${inner}`]);
  const endpoint = (service: string, type: string, table = 'rtb-1') =>
    `${elements({ serviceName: `com.amazonaws.eu-central-1.${service}`, vpcEndpointType: type, state: 'available' })}<routeTableIdSet><item>${table}</item></routeTableIdSet>`;
  const three = (table?: string) => [
    endpoint('s3', 'Gateway', table),
    endpoint('dynamodb', 'Gateway', table),
    endpoint('sqs', 'Interface'),
  ];
  const look = (DescribeRouteTables: string, endpoints: readonly string[] = [], groups = ['sg-1']) =>
    withAws(
      {
        DescribeSubnets: twoSubnets,
        DescribeSecurityGroups: itemSet(
          'securityGroupInfo',
          groups.map((groupId) => elements({ groupId })),
        ),
        DescribeRouteTables,
        DescribeVpcEndpoints: itemSet('vpcEndpointSet', endpoints),
      },
      async ({ ec2 }) => inShort(await network(ec2, vpc, ['dynamodb', 's3', 'sqs']))[0],
    );

  it('reaches the services by a NAT gateway', async () =>
    expect(await look(routes(route({ natGatewayId: 'nat-1' })))).toBe('ok: subnet-1 has a route to the internet (its default route).'));
  it('reaches them by a NAT gateway in the main route table', async () =>
    expect(await look(routes(route({ natGatewayId: 'nat-1' }), elements({ main: true })))).toMatch(/^ok/));
  it('reaches them by endpoints', async () =>
    expect(await look(routes(''), three())).toBe('ok: subnet-1 reaches dynamodb, s3, sqs through endpoints.'));
  it('does not reach them by endpoints of another route table', async () =>
    expect(await look(routes(''), three('rtb-2'))).toMatch(/^problem: From subnet-1 there is no route to dynamodb, s3\./));
  it('does not reach them without a route', async () =>
    expect(await look(routes(''))).toMatch(/^problem: From subnet-1 there is no route to dynamodb, s3, sqs\. It has no default route/));
  it('does not reach them by an internet gateway', async () =>
    expect(await look(routes(route({ gatewayId: 'igw-1' })))).toMatch(/internet gateway, which functions cannot use/));
  it('does not reach them by a blackhole route', async () =>
    expect(await look(routes(route({ natGatewayId: 'nat-1', state: 'blackhole' })))).toMatch(/^problem/));
  it('lacks a security group', async () =>
    expect(await look(routes(''), [], ['sg-2'])).toBe('problem: Not in vpc-1 of this region: sg-1.'));
});
