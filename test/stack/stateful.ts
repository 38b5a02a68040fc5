/** What of a deployment would be missed if it were replaced, as its template says it, and whether a change would do that. */
import { fullDiff, type ResourceDifference, ResourceImpact } from '@aws-cdk/cloudformation-diff';
import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { type DelegationProps, DelegationStack } from '../../lib/index.ts';

export interface Resource {
  readonly Type: string;
  readonly DeletionPolicy?: string;
  readonly UpdateReplacePolicy?: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}
export type Resources = Readonly<Record<string, Resource>>;

/** By the names that stand in the baselines. */
export const deployments: Readonly<Record<string, DelegationProps>> = {
  'no settings': {},
  'every setting': {
    stage: 'prod',
    auth: { kind: 'jwt', issuer: 'https://issuer.example', audience: ['delegation'] },
    writableTables: ['orders'],
    sourceBuckets: ['data-lake'],
    vpc: {
      vpcId: 'vpc-0123456789abcdef0',
      availabilityZones: ['eu-central-1a'],
      subnetIds: ['subnet-0123456789abcdef0'],
      securityGroupIds: ['sg-0123456789abcdef0'],
    },
    encryption: 'own-key',
    tracing: 'xray',
    alarms: { email: 'ops@example.com', monthlyUsd: 20 },
  },
};

/** Data, messages, logs, what decrypts them, and what others know by its address: callers the API, and mail boxes the topic. */
const statefulTypes = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::S3::Bucket',
  'AWS::KMS::Key',
  'AWS::SQS::Queue',
  'AWS::Logs::LogGroup',
  'AWS::ApiGatewayV2::Api',
  'AWS::SNS::Topic',
];

/** @returns the stateful resources of a deployment, by logical id */
export function statefulResources(deployment: DelegationProps): Resources {
  const stack = new DelegationStack(new App(), 'Delegation', deployment, { env: { region: 'eu-central-1' } });
  const { Resources = {} } = Template.fromStack(stack).toJSON() as { Resources?: Resources };
  return Object.fromEntries(Object.entries(Resources).filter(([, { Type }]) => statefulTypes.includes(Type)));
}

const harmful = [ResourceImpact.WILL_REPLACE, ResourceImpact.MAY_REPLACE, ResourceImpact.WILL_DESTROY, ResourceImpact.WILL_ORPHAN];

/** @returns a line for each resource of a release that a deployment of this code would replace, destroy, abandon or stop protecting */
export function losses(released: Resources, now: Resources): readonly string[] {
  const { resources } = fullDiff({ Resources: released }, { Resources: now });
  return Object.entries(resources.changes).flatMap(([id, change]) => [
    ...(harmful.includes(change.changeImpact) ? [`${id}: ${change.changeImpact} ${replacing(change).join(', ')}`.trimEnd()] : []),
    ...unprotected(released[id], now[id]).map((policy) => `${id}: ${policy} is no longer Retain`),
    ...changedIndexes(released[id], now[id]).map((index) => `${id}: the index ${index} is replaced`),
    ...(newIndexes(released[id], now[id]).length > 1 ? [`${id}: more than one new index, which DynamoDB refuses`] : []),
  ]);
}

/** Properties that cannot be changed in place. */
function replacing({ propertyUpdates }: ResourceDifference): readonly string[] {
  return Object.entries(propertyUpdates).flatMap(([name, { changeImpact }]) =>
    changeImpact !== undefined && harmful.includes(changeImpact) ? [name] : [],
  );
}

function unprotected(released: Resource | undefined, now: Resource | undefined): readonly string[] {
  if (released === undefined || now === undefined) return [];
  return (['DeletionPolicy', 'UpdateReplacePolicy'] as const).filter((policy) => keeps(released[policy]) && !keeps(now[policy]));
}

/** Also where only a deployment that fails takes away what it made. */
function keeps(policy: string | undefined): boolean {
  return policy === 'Retain' || policy === 'RetainExceptOnCreate';
}

interface Index {
  readonly IndexName: string;
  readonly KeySchema: unknown;
  readonly Projection: unknown;
}

/** CloudFormation calls it an update of the table, but an index is deleted and built again, and the clock finds nothing meanwhile. */
function changedIndexes(released: Resource | undefined, now: Resource | undefined): readonly string[] {
  if (now === undefined) return [];
  const shape = ({ KeySchema, Projection }: Index) => JSON.stringify([KeySchema, Projection]);
  return indexesOf(released)
    .filter((index) => !indexesOf(now).some((other) => other.IndexName === index.IndexName && shape(other) === shape(index)))
    .map(({ IndexName }) => IndexName);
}

/** A deployment would fail at the second one. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html */
function newIndexes(released: Resource | undefined, now: Resource | undefined): readonly Index[] {
  if (released === undefined) return [];
  return indexesOf(now).filter(({ IndexName }) => !indexesOf(released).some((other) => other.IndexName === IndexName));
}

export function indexesOf(resource: Resource | undefined): readonly Index[] {
  return (resource?.Properties?.['GlobalSecondaryIndexes'] ?? []) as readonly Index[];
}
