/** The resources of a deployment whose replacement would lose something, read from its template, and whether a change would replace them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** The deployments that are recorded, by their names in the baselines. */
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
    events: { bus: 'orders', starts: true },
  },
};

/** Data, messages, logs, the key that decrypts them, and addresses that others use: the API and its domain for callers, the topic for mailboxes. */
const statefulTypes = [
  'AWS::DynamoDB::GlobalTable',
  'AWS::S3::Bucket',
  'AWS::KMS::Key',
  'AWS::SQS::Queue',
  'AWS::Logs::LogGroup',
  'AWS::ApiGatewayV2::Api',
  'AWS::ApiGatewayV2::DomainName',
  'AWS::SNS::Topic',
];

/** @returns the stateful resources of a deployment, by logical id */
export function statefulResources(deployment: DelegationProps): Resources {
  // Only the template is looked at.
  const app = new App({ context: { 'aws:cdk:disable-asset-staging': true }, builtinCloudFormationValidation: false });
  const stack = new DelegationStack(app, 'Delegation', deployment, { env: { region: 'eu-central-1' } });
  const { Resources = {} } = Template.fromStack(stack).toJSON() as { Resources?: Resources };
  return Object.fromEntries(Object.entries(Resources).filter(([, { Type }]) => statefulTypes.includes(Type)));
}

const harmful = [ResourceImpact.WILL_REPLACE, ResourceImpact.MAY_REPLACE, ResourceImpact.WILL_DESTROY, ResourceImpact.WILL_ORPHAN];

export type Baseline = Readonly<Record<string, Resources>>;

/** Writes the baseline of this code. @returns its file, and the number of resources in each deployment */
export function recordStateful(folder: string, version: string) {
  const baseline: Baseline = Object.fromEntries(
    Object.entries(deployments).map(([name, deployment]) => [name, statefulResources(deployment)]),
  );
  const file = join(folder, `stateful-${version}.json`);
  writeFileSync(file, `${JSON.stringify(baseline, null, 2)}\n`);
  return { file, counts: Object.values(baseline).map((resources) => Object.keys(resources).length) };
}

export function readBaseline(file: string): Baseline {
  return JSON.parse(readFileSync(file, 'utf8')) as Baseline;
}

/** @returns a line for each recorded resource that a deployment of this code would replace, destroy, abandon or stop protecting */
export function losses(released: Resources, now: Resources): readonly string[] {
  const { resources } = fullDiff({ Resources: released }, { Resources: now });
  return Object.entries(resources.changes).flatMap(([id, change]) => [
    ...(harmful.includes(change.changeImpact) ? [`${id}: ${change.changeImpact} ${replacing(change).join(', ')}`.trimEnd()] : []),
    ...unprotected(released[id], now[id]).map((policy) => `${id}: ${policy} is no longer Retain`),
    ...changedIndexes(released[id], now[id]).map((index) => `${id}: the index ${index} is replaced`),
    ...(newIndexes(released[id], now[id]).length > 1 ? [`${id}: more than one new index, which DynamoDB refuses`] : []),
  ]);
}

/** @returns the changed properties that cannot be changed in place */
function replacing({ propertyUpdates }: ResourceDifference): readonly string[] {
  return Object.entries(propertyUpdates).flatMap(([name, { changeImpact }]) =>
    changeImpact !== undefined && harmful.includes(changeImpact) ? [name] : [],
  );
}

function unprotected(released: Resource | undefined, now: Resource | undefined): readonly string[] {
  if (released === undefined || now === undefined) return [];
  return (['DeletionPolicy', 'UpdateReplacePolicy'] as const).filter((policy) => keeps(released[policy]) && !keeps(now[policy]));
}

/** `RetainExceptOnCreate` deletes a resource only if the deployment that creates it fails. */
function keeps(policy: string | undefined): boolean {
  return policy === 'Retain' || policy === 'RetainExceptOnCreate';
}

interface Index {
  readonly IndexName: string;
  readonly KeySchema: unknown;
  readonly Projection: unknown;
}

/** CloudFormation calls it an update of the table, but deletes the index and builds it again; meanwhile the clock finds nothing. */
function changedIndexes(released: Resource | undefined, now: Resource | undefined): readonly string[] {
  if (now === undefined) return [];
  const shape = ({ KeySchema, Projection }: Index) => JSON.stringify([KeySchema, Projection]);
  return indexesOf(released)
    .filter((index) => !indexesOf(now).some((other) => other.IndexName === index.IndexName && shape(other) === shape(index)))
    .map(({ IndexName }) => IndexName);
}

/** A deployment would fail at the second new index. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.OnlineOps.html */
function newIndexes(released: Resource | undefined, now: Resource | undefined): readonly Index[] {
  if (released === undefined) return [];
  return indexesOf(now).filter(({ IndexName }) => !indexesOf(released).some((other) => other.IndexName === IndexName));
}

export function indexesOf(resource: Resource | undefined): readonly Index[] {
  return (resource?.Properties?.['GlobalSecondaryIndexes'] ?? []) as readonly Index[];
}
