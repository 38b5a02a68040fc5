/** What each function's role grants, as it is synthesised, in the names of the local mode. */
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { builtInJobTypes, type DelegationProps, DelegationStack } from '../../lib/index.ts';
import { internalJobTypes } from '../../lib/job-type.ts';
import { local } from '../../local/resources.ts';
import { account, keyArn, logGroupArn, queueArn, region, secretArn, tableArn } from './iam-requests.ts';

/** One action on one resource. */
export interface Grant {
  readonly effect: 'Allow' | 'Deny';
  readonly action: string;
  readonly resource: string;
  readonly condition?: Condition;
}

/** By operator: what must hold of which key. */
export type Condition = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** By `api`, `clock` or job type. */
export type Grants = ReadonlyMap<string, readonly Grant[]>;

/** What the end-to-end tests use, and what an account has besides: keys, and templates that set all that a template can set. */
export const settingsOfTests = {
  webhooks: {},
  writableTables: [local.scratchTable],
  tableKeys: [keyArn('table')],
  events: {},
  sourceBuckets: [local.sourceBucket],
  sourceKeys: [keyArn('source')],
  ec2: {
    templateParameters: ['resolve:ssm:/template/image'],
    volumeKeys: [keyArn('volume')],
    instanceTypes: ['t4g.small', 't4g.medium'],
    subnetIds: ['subnet-1', 'subnet-2', 'subnet-3'],
    imageIds: ['ami-1'],
    launchTemplates: ['lt-1'],
  },
} satisfies DelegationProps;

/**
 * @returns each grant once, even where two statements of a role make the same
 * @throws Error for permissions in any other form than a policy of a function's role, so that none goes unseen
 */
export function grantsWith(settings: DelegationProps): Grants {
  const stack = new DelegationStack(new App(), local.deployment, settings, { env: { account, region } });
  const template = Template.fromStack(stack).toJSON() as { Resources: Record<string, Resource> };
  const arns = new Map(Object.entries(template.Resources).map(([id, resource]) => [id, arnOf(id, resource)]));
  const grants = new Map<string, Map<string, Grant>>();
  for (const [id, resource] of Object.entries(template.Resources)) {
    checkForm(id, resource);
    const { Type, Properties = {} } = resource;
    if (!policyTypes.includes(Type)) continue;
    const name = functionOf(JSON.stringify(Properties['Roles']));
    if (name === undefined) throw new Error(`${id} is a policy of a role that does not belong to a function: add here what it is for.`);
    const { Statement } = Properties['PolicyDocument'] as { Statement: readonly Statement[] };
    const found = grants.get(name) ?? new Map<string, Grant>();
    for (const grant of (resolved(Statement, arns) as readonly Statement[]).flatMap(grantsOf)) found.set(JSON.stringify(grant), grant);
    grants.set(name, found);
  }
  return new Map([...grants].map(([name, found]) => [name, [...found.values()]]));
}

interface Resource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

interface Statement {
  readonly Effect: 'Allow' | 'Deny';
  readonly Action: string | readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Condition;
}

function grantsOf({ Effect: effect, Action, Resource, Condition: condition, ...more }: Statement): readonly Grant[] {
  const unknown = Object.keys(more).filter((member) => member !== 'Sid');
  if (unknown.length > 0) throw new Error(`A statement holds ${unknown.join(', ')}, which is not judged here.`);
  const common = { effect, ...(condition === undefined ? {} : { condition }) };
  return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => ({ ...common, action, resource })));
}

/** CDK moves what does not fit into a role's own policy into managed ones. */
const policyTypes = ['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'];

function checkForm(id: string, { Type, Properties = {} }: Resource): void {
  const other = Type === 'AWS::IAM::Role' ? ['Policies', 'ManagedPolicyArns'] : ['Users', 'Groups'];
  const found = other.filter((member) => [Properties[member] ?? []].flat().length > 0);
  const isKnown = !Type.startsWith('AWS::IAM::') || (['AWS::IAM::Role', ...policyTypes].includes(Type) && found.length === 0);
  if (!isKnown) throw new Error(`${id} is ${Type} ${found.join(', ')}: its permissions are not judged here.`);
}

function functionOf(roles: string): string | undefined {
  const [, part] = /Delegation(Api|Clock|Worker[a-z]+)(?:Role|Logs)/.exec(roles) ?? [];
  if (part === undefined) return undefined;
  return part.startsWith('Worker') ? typeNamed(part.replace('Worker', '')) : part.toLowerCase();
}

/** A logical id leaves the dashes of a type's name out. */
function typeNamed(part: string): string {
  return (
    [...builtInJobTypes, ...internalJobTypes].map(({ contract }) => contract.name).find((name) => name.replaceAll('-', '') === part) ?? part
  );
}

/** The ARN that the emulators would have for it. */
function arnOf(id: string, { Type }: Resource): string {
  if (Type === 'AWS::DynamoDB::GlobalTable') return tableArn(local.tableName);
  if (Type === 'AWS::S3::Bucket') return `arn:aws:s3:::${local.payloadBucket}`;
  if (Type === 'AWS::SecretsManager::Secret') return secretArn;
  if (Type === 'AWS::Logs::LogGroup') return logGroupArn(functionOf(id) ?? id);
  if (Type === 'AWS::KMS::Key') return keyArn('own');
  if (Type === 'AWS::SQS::Queue') {
    const [, type = '', dead] = /DelegationQueue([a-z]+?)(DeadLetter)?Queue/.exec(id) ?? [];
    return queueArn(`delegation-${typeNamed(type)}${dead === undefined ? '' : '-dead'}`);
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
