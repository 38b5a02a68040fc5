import { namesIn } from './given-names.ts';
import { type Deployed, type Resource, templates } from './templates.ts';

const all = Object.entries(templates());
const resourcesOf = ({ template }: Deployed, ...types: string[]): readonly (readonly [string, Resource])[] =>
  Object.entries(template.Resources).filter(([, { Type }]) => types.length === 0 || types.includes(Type));

/** The longest that generated names can be. @see https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-name.html */
const maxName: Readonly<Record<string, number>> = {
  'AWS::S3::Bucket': 63,
  'AWS::SQS::Queue': 80,
  'AWS::Lambda::Function': 64,
  'AWS::IAM::Role': 64,
  'AWS::DynamoDB::GlobalTable': 255,
};

/** A value of a template as the deployment gets it, with generated names of their greatest length. */
function deployed({ template, region }: Deployed, value: unknown): unknown {
  const pseudo: Readonly<Record<string, string>> = {
    'AWS::Partition': 'aws-us-gov',
    'AWS::Region': region,
    'AWS::AccountId': '123456789012',
    'AWS::URLSuffix': 'amazonaws.com.cn',
  };
  const nameOf = (id: string) =>
    'x'.repeat(Math.min('Delegation-'.length + id.length + 14, maxName[template.Resources[id]?.Type ?? ''] ?? 255));
  const replace = (part: unknown): unknown => {
    if (typeof part !== 'object' || part === null) return part;
    if (Array.isArray(part)) return part.map(replace);
    const {
      Ref,
      'Fn::GetAtt': attribute,
      'Fn::Join': join,
    } = part as { Ref?: string; 'Fn::GetAtt'?: string[]; 'Fn::Join'?: [string, unknown[]] };
    if (join !== undefined) return join[1].map(replace).join(join[0]);
    if (attribute !== undefined) return `arn:aws-us-gov:dynamodb:${region}:123456789012:table/${nameOf(String(attribute[0]))}`;
    if (Ref === undefined) return Object.fromEntries(Object.entries(part).map(([name, member]) => [name, replace(member)]));
    const isQueue = template.Resources[Ref]?.Type === 'AWS::SQS::Queue';
    return pseudo[Ref] ?? `${isQueue ? `https://sqs.${region}.amazonaws.com.cn/123456789012/` : ''}${nameOf(Ref)}`;
  };
  return replace(value);
}

describe.each(all)('a deployment with %s', (name, it_) => {
  it('has policies that IAM takes: 6,144 characters in a managed one, 10,240 in a role, 10 managed ones a role', () => {
    const inline = new Map<string, number>();
    const managed = new Map<string, number>();
    for (const [id, { Type, Properties }] of resourcesOf(it_, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy')) {
      const size = JSON.stringify(deployed(it_, Properties?.['PolicyDocument'])).length;
      for (const role of ((Properties?.['Roles'] ?? []) as unknown[]).map((one) => JSON.stringify(one))) {
        if (Type === 'AWS::IAM::Policy') inline.set(role, (inline.get(role) ?? 0) + size);
        else managed.set(role, (managed.get(role) ?? 0) + 1);
      }
      if (Type === 'AWS::IAM::ManagedPolicy') expect([id, size]).toEqual([id, Math.min(size, 6_144)]);
    }
    for (const [role, size] of inline) expect([role, size]).toEqual([role, Math.min(size, 10_240)]);
    for (const [role, count] of managed) expect([role, count]).toEqual([role, Math.min(count, 10)]);
    expect(managed.size > 0).toBe(name.startsWith('long lists'));
  });

  it('gives no name whose scope is unknown, and none in the account without its region', () => {
    const names = namesIn(it_);
    expect(names.filter(({ scope }) => scope === undefined)).toEqual([]);
    const ofAccount = names.filter(({ scope }) => scope === 'account');
    const dashboards = resourcesOf(it_, 'AWS::CloudWatch::Dashboard');
    expect(ofAccount.map(({ text }) => text)).toEqual(dashboards.map(() => expect.stringContaining(it_.region)));
  });

  it('has environments that Lambda takes: 4 KB', () => {
    for (const [id, { Properties }] of resourcesOf(it_, 'AWS::Lambda::Function')) {
      const bytes = Buffer.byteLength(JSON.stringify(deployed(it_, Properties?.['Environment']?.Variables ?? {})));
      expect([id, bytes]).toEqual([id, Math.min(bytes, 4_096)]);
    }
  });

  it('keeps jobs, objects and their key when it is destroyed by default, and nothing of a first deploy that fails', () => {
    const isKept = it_.props.removalPolicy !== 'destroy';
    const stateful = ['AWS::DynamoDB::GlobalTable', 'AWS::S3::Bucket', 'AWS::KMS::Key'];
    for (const [id, { Type, DeletionPolicy = 'Delete', UpdateReplacePolicy = 'Delete' }] of resourcesOf(it_)) {
      const expected = isKept && stateful.includes(Type) ? ['RetainExceptOnCreate', 'Retain'] : ['Delete', 'Delete'];
      expect([id, DeletionPolicy, UpdateReplacePolicy]).toEqual([id, ...expected]);
    }
    expect(resourcesOf(it_, ...stateful).length).toBeGreaterThanOrEqual(2);
  });

  it('hands API Gateway the ARN of a log as it keeps it, without `:*`', () => {
    const arns = resourcesOf(it_, 'AWS::ApiGatewayV2::Stage').map(([, { Properties }]) => Properties?.['AccessLogSettings'].DestinationArn);
    expect(arns).toHaveLength(1);
    for (const arn of arns) {
      expect(arn).toHaveProperty('Fn::Join'); // GetAtt Arn ends in `:*`
      expect(deployed(it_, arn)).toMatch(/^arn:[a-z-]+:logs:[a-z0-9-]+:\d{12}:log-group:[^:*]+$/);
    }
  });

  it('names no partition but its own', () => {
    const own = { 'cn-north-1': 'aws-cn', 'us-gov-west-1': 'aws-us-gov' }[it_.region] ?? 'aws';
    // What a person wrote into the settings is theirs.
    const written = new Set(JSON.stringify(it_.props).match(/arn:aws[a-z-]*:[^"]*/g) ?? []);
    const arns = (JSON.stringify(it_.template).match(/arn:aws[a-z-]*:[^"\\]*/g) ?? []).filter((arn) => !written.has(arn));
    const partitions = new Set(arns.map((arn) => arn.split(':')[1]));
    expect([...partitions].filter((partition) => partition !== own)).toEqual([]);
    const isWithoutFlags = name.includes('without flags');
    expect(arns.length > 0).toBe(!isWithoutFlags);
  });

  it('lets services act by the names that they have in its partition', () => {
    const suffix = it_.region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
    const found = [...JSON.stringify(it_.template).matchAll(/"Service":("[^"]+"|\{.*?\]\]\})/g)].map(([, service = '']) =>
      String(deployed(it_, JSON.parse(service))).replace('amazonaws.com.cn', suffix),
    );
    const universal = ['apigateway', 'budgets', 'cloudwatch', 'events', 'lambda'].map((service) => `${service}.amazonaws.com`);
    expect([...new Set(found)].filter((service) => !universal.includes(service))).toEqual(
      resourcesOf(it_, 'AWS::KMS::Key').map(() => `logs.${it_.region}.${suffix}`),
    );
  });

  // Lambda refuses a trigger whose function may not receive yet, and a worker that starts without its rights fails its first jobs.
  it('lets every function wait for all policies of its role', () => {
    for (const [id, { Properties, DependsOn = [] }] of resourcesOf(it_, 'AWS::Lambda::Function')) {
      const role = JSON.stringify({ Ref: Properties?.['Role']['Fn::GetAtt'][0] });
      const policies = resourcesOf(it_, 'AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy').filter(([, policy]) =>
        JSON.stringify(policy.Properties?.['Roles']).includes(role),
      );
      expect([id, [DependsOn].flat()]).toEqual([id, expect.arrayContaining(policies.map(([policy]) => policy))]);
    }
  });

  it('reserves no concurrency, of which a new account of ten has none to give', () => {
    for (const [, { Properties }] of resourcesOf(it_, 'AWS::Lambda::Function'))
      expect(Properties).not.toHaveProperty('ReservedConcurrentExecutions');
  });

  it('has alarms whose way is open: to a topic that CloudWatch may publish to, under a key that it may use', () => {
    const allows = (policy: { Statement: readonly Record<string, unknown>[] }, action: string) =>
      policy.Statement.some(({ Effect, Action, Principal }) => {
        const { Service } = (Principal ?? {}) as { Service?: unknown };
        return Effect === 'Allow' && [Action].flat().includes(action) && Service === 'cloudwatch.amazonaws.com';
      });
    const alarms = resourcesOf(it_, 'AWS::CloudWatch::Alarm');
    expect(alarms.length).toBeGreaterThanOrEqual(9);
    const actions = alarms.flatMap(([, { Properties }]) => (Properties?.['AlarmActions'] ?? []) as ({ Ref: string } | string)[]);
    const given = it_.props.alarms?.topicArn;
    const topics = new Set(actions.map((action) => (typeof action === 'string' ? action : action.Ref)));
    expect(topics.size).toBe(1);
    // What a topic of the account allows is its owner's: the doctor reads it.
    if (given !== undefined) {
      expect([...topics]).toEqual([given]);
      return;
    }
    for (const topic of topics) {
      const policies = resourcesOf(it_, 'AWS::SNS::TopicPolicy').filter(([, { Properties }]) =>
        JSON.stringify(Properties?.['Topics']).includes(topic),
      );
      expect(policies.map(([, { Properties }]) => allows(Properties?.['PolicyDocument'], 'sns:Publish'))).toEqual([true]);
      const key = it_.template.Resources[topic]?.Properties?.['KmsMasterKeyId'];
      const keys = key === undefined ? [] : [it_.template.Resources[key['Fn::GetAtt'][0]]?.Properties?.['KeyPolicy']];
      for (const action of ['kms:Decrypt', 'kms:GenerateDataKey']) expect(keys.every((policy) => allows(policy, action))).toBe(true);
    }
  });
});
