/** What each function's role grants, as it is synthesised, in the names of the local mode. */
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DelegationStack } from '../../lib/index.ts';
import { local } from '../../local/resources.ts';
import { account, queueArn, region, tableArn } from './iam-requests.ts';

export interface Statement {
  readonly Effect: 'Allow';
  readonly Action: readonly string[];
  readonly Resource: readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

/** What the end-to-end tests launch, and no more. */
const ec2 = {
  instanceTypes: ['t4g.small'],
  subnetIds: ['subnet-1'],
  imageIds: ['ami-1'],
  launchTemplates: ['lt-1'],
};

/** @returns the statements of each function's role, by `api`, `clock` or job type */
export function grantedStatements(): ReadonlyMap<string, readonly Statement[]> {
  const stack = new DelegationStack(
    new App(),
    'Permissions',
    { writableTables: [local.scratchTable], sourceBuckets: [local.sourceBucket], ec2 },
    { env: { account, region } },
  );
  const template = Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> };
  const arns = new Map(Object.entries(template.Resources).map(([id, resource]) => [id, arnOf(id, resource)]));
  const granted = new Map<string, Statement[]>();
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type !== 'AWS::IAM::Policy') continue;
    const name = functionOf(JSON.stringify(Properties['Roles']));
    if (name === undefined) continue;
    const { Statement } = Properties['PolicyDocument'] as { Statement: readonly Raw[] };
    const statements = (resolved(Statement, arns) as readonly Raw[]).map(({ Action, Resource, ...more }) => ({
      ...more,
      Action: [Action].flat(),
      Resource: [Resource].flat(),
    }));
    granted.set(name, [...(granted.get(name) ?? []), ...statements]);
  }
  return granted;
}

interface Resource {
  readonly Type: string;
  readonly Properties: Readonly<Record<string, unknown>>;
}

interface Raw {
  readonly Effect: 'Allow';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, unknown>>;
}

function functionOf(roles: string): string | undefined {
  const [, part] = /Delegation(Api|Clock|Worker[a-z]+)Role/.exec(roles) ?? [];
  if (part === undefined) return undefined;
  const type = part.replace('Worker', '');
  return part.startsWith('Worker')
    ? (['launch-instances', 'terminate-instances', 'write-batch', 'run-query'].find((name) => name.replace('-', '') === type) ?? type)
    : part.toLowerCase();
}

/** The ARN that the emulators would have for it. */
function arnOf(id: string, { Type }: Resource): string {
  if (Type === 'AWS::DynamoDB::GlobalTable') return tableArn(local.tableName);
  if (Type === 'AWS::S3::Bucket') return `arn:aws:s3:::${local.payloadBucket}`;
  if (Type === 'AWS::SQS::Queue') {
    const [, type = '', dead] = /DelegationQueue([a-z]+?)(DeadLetter)?Queue/.exec(id) ?? [];
    return queueArn(`delegation-${type.replace(/(instances|batch|query)$/, '-$1')}${dead === undefined ? '' : '-dead'}`);
  }
  return `arn:aws:other:${region}:${account}:${id}`;
}

/** Puts names in the place of CloudFormation's references. */
function resolved(value: unknown, arns: ReadonlyMap<string, string>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((one) => resolved(one, arns));
  const {
    Ref,
    'Fn::GetAtt': attribute,
    'Fn::Join': join,
  } = value as {
    readonly Ref?: string;
    readonly 'Fn::GetAtt'?: readonly string[];
    readonly 'Fn::Join'?: readonly [string, readonly unknown[]];
  };
  if (join !== undefined) return join[1].map((part) => resolved(part, arns)).join(join[0]);
  if (Ref === 'AWS::Partition') return 'aws';
  if (Ref !== undefined || attribute !== undefined) return arns.get(attribute?.[0] ?? Ref ?? '');
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, resolved(member, arns)]));
}
