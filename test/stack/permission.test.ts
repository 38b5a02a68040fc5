import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type IRole, ManagedPolicy, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import fc from 'fast-check';
import type { PermissionStatement } from '../../lambdas/core/contract/contract.ts';
import { type Delegation, DelegationStack } from '../../lib/index.ts';
import { addPermissions } from '../../lib/permissions/permission.ts';
import { partsThatFit } from '../../lib/permissions/permission-parts.ts';
import { policySize, policyViolations } from '../../lib/permissions/policy-size.ts';
import { appOf, plainApp } from './templates.ts';

const roleIn = (stack: Stack) => new Role(stack, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
const fixture = () => {
  const stack = new Stack(appOf({ isValidated: false }), 'Test');
  return { stack, role: roleIn(stack) };
};
const tables = (count: number, length: number): PermissionStatement => ({
  actions: ['dynamodb:BatchWriteItem', 'dynamodb:DescribeTable'],
  resources: Array.from(
    { length: count },
    (_, i) => `arn:{partition}:dynamodb:{region}:{account}:table/${String(i).padStart(length, 't')}`,
  ),
});
/** Every resource of every policy of a stack. */
const resourcesIn = (stack: Stack): readonly string[] => {
  const { Resources } = Template.fromStack(stack).toJSON() as { Resources: Record<string, { Type: string; Properties: never }> };
  const policies = Object.values(Resources).filter(({ Type }) => ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].includes(Type));
  return policies.flatMap(({ Properties }) =>
    (Properties as { PolicyDocument: { Statement: { Resource: unknown }[] } }).PolicyDocument.Statement.flatMap(({ Resource }) =>
      (Array.isArray(Resource) ? Resource : [Resource]).map((one) => JSON.stringify(one)),
    ),
  );
};

describe('a long list', () => {
  it.each([
    [1, 10],
    [26, 10],
    [60, 10],
    [97, 10],
    [120, 10],
    [170, 10],
    [230, 10],
    [500, 10],
    [60, 45],
    [100, 255],
    [150, 255],
  ])('of %d names with %d letters becomes policies that IAM takes, with each name once', (count, length) => {
    const { stack, role } = fixture();
    addPermissions(role, [tables(count, length)]);
    const found = resourcesIn(stack);
    expect(policyViolations(stack)).toEqual([]);
    expect(found).toHaveLength(count);
    expect(new Set(found).size).toBe(count);
  });

  it('of few names stays in the role, where it always was', () => {
    const { stack, role } = fixture();
    addPermissions(role, [tables(26, 10)]);
    Template.fromStack(stack).resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  });

  it.each([
    ['of more names than ten policies hold', tables(1_500, 10)],
    ['with a name that no policy holds', tables(1, 7_000)],
  ])('%s is refused, with what IAM takes', (_, statement) => {
    expect(() => addPermissions(fixture().role, [statement])).toThrow(
      /take about \d+ characters. IAM takes 10 managed policies of 6144 characters/,
    );
  });

  it('of values of a condition is divided as well', () => {
    const { stack, role } = fixture();
    const types = Array.from({ length: 400 }, (_, i) => `m${i}g.metal-24xlarge`);
    const reason = 'An instance has no id before it is launched.';
    const conditions = { StringEquals: { 'ec2:InstanceType': types, 'aws:RequestTag/x': 'y' } };
    addPermissions(role, [
      { actions: ['ec2:RunInstances'], resources: ['arn:{partition}:ec2:{region}:{account}:instance/*'], conditions, reason },
    ]);
    const template = JSON.stringify(Template.fromStack(stack).toJSON());
    expect(policyViolations(stack)).toEqual([]);
    for (const type of types) expect(template.split(`"${type}"`)).toHaveLength(2);
    expect(template.split('"aws:RequestTag/x"').length).toBe(template.split('"ec2:InstanceType"').length);
  });
});

/** What a statement allows: each resource with each choice of the values of its conditions. */
function allowed({ resources, conditions = {} }: PermissionStatement): ReadonlySet<string> {
  let choices: readonly string[] = resources;
  for (const [operator, keys] of Object.entries(conditions)) {
    for (const [key, values] of Object.entries(keys as Record<string, string | readonly string[]>)) {
      // Any value allows; but of those that deny all count together.
      const isAnyOf = !/Not|ForAllValues/.test(operator);
      const options = typeof values === 'string' ? [values] : isAnyOf ? values : [[...values].sort().join('&')];
      choices = choices.flatMap((choice) => options.map((option) => `${choice} ${operator} ${key}=${option}`));
    }
  }
  return new Set(choices);
}

it('is divided into parts that together allow the same, with any conditions', () => {
  const texts = fc.uniqueArray(fc.stringMatching(/^[a-z]{1,12}$/), { minLength: 1, maxLength: 6 });
  const operators = [
    'StringEquals',
    'ArnLike',
    'StringLikeIfExists',
    'ForAnyValue:StringEquals',
    'StringNotEquals',
    'ForAllValues:StringEquals',
    'ArnNotLike',
  ];
  const conditions = fc.dictionary(
    fc.constantFrom(...operators),
    fc.dictionary(fc.constantFrom('a', 'b'), fc.oneof(fc.string({ minLength: 1, maxLength: 8 }), texts), { maxKeys: 2 }),
    { maxKeys: 3 },
  );
  fc.assert(
    fc.property(texts, conditions, fc.integer({ min: 1, max: 300 }), (resources, conditions, room) => {
      const statement: PermissionStatement = { actions: ['x:Y'], resources, conditions };
      const sizeOf = (one: PermissionStatement) => JSON.stringify(one).length;
      const parts = partsThatFit(statement, (one) => sizeOf(one) <= room);
      expect(new Set(parts.flatMap((part) => [...allowed(part)]))).toEqual(allowed(statement));
      // What does not fit has nothing left to divide.
      for (const part of parts.filter((one) => sizeOf(one) > room)) expect(partsThatFit(part, () => false)).toEqual([part]);
    }),
    { numRuns: 300 },
  );
});

describe('what an app adds to a role on its own', () => {
  it('is refused at synth where it is more than IAM takes, with the sizes', () => {
    const { stack, role } = fixture();
    const statements = [new PolicyStatement({ actions: ['s3:GetObject'], resources: [`arn:aws:s3:::${'b'.repeat(7_000)}`] })];
    new ManagedPolicy(stack, 'Large', { statements, roles: [role] });
    for (let i = 0; i < 10; i += 1)
      new ManagedPolicy(stack, `Small${i}`, {
        statements: [new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b'] })],
        roles: [role],
      });
    expect(policyViolations(stack)).toEqual([
      expect.stringMatching(/^Test\/Large\/Resource takes up to 7\d{3} characters, and IAM takes 6144 of a managed policy\.$/),
      expect.stringMatching(/ has 11 managed policies, and IAM takes 10 of one role\.$/),
    ]);
  });

  it.each([
    [
      'policies of its own stack',
      (stack: Stack, role: IRole) => {
        for (let i = 0; i < 11; i += 1)
          new ManagedPolicy(stack, `Mine${i}`, {
            statements: [new PolicyStatement({ actions: ['s3:GetObject'], resources: ['arn:aws:s3:::b'] })],
            roles: [role],
          });
      },
    ],
    [
      'policies that are there',
      (stack: Stack, role: IRole) => {
        for (let i = 0; i < 11; i += 1)
          role.addManagedPolicy(ManagedPolicy.fromManagedPolicyArn(stack, `There${i}`, `arn:aws:iam::123456789012:policy/p${i}`));
      },
    ],
  ] as const)('is seen beside the construct, too: %s', (_, add) => {
    const app = plainApp();
    const stack = new DelegationStack(app, 'Test', { disabledJobTypes: ['run-query', 'launch-instances', 'terminate-instances'] });
    const jobs = stack.node.findChild('Delegation') as Delegation;
    add(stack, jobs.workerOf('write-batch'));
    expect(() => app.synth()).toThrow(/has 11 managed policies, and IAM takes 10 of one role/);
  });

  it('is measured with names as long as they may become', () => {
    const { stack } = fixture();
    expect(policySize(stack, [stack.partition, stack.region, stack.account])).toBe('["aws-us-gov","ap-southeast-1","123456789012"]'.length);
  });
});
