import { Annotations, RemovalPolicy, Stack, Token } from 'aws-cdk-lib';
import { type ISecurityGroup, type ISubnet, type IVpc, SecurityGroup, Subnet, Vpc } from 'aws-cdk-lib/aws-ec2';
import { Grant, type IGrantable, PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type IKey, Key } from 'aws-cdk-lib/aws-kms';
import { Architecture } from 'aws-cdk-lib/aws-lambda';
import type { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { DeploymentError } from './deployment-error.ts';
import { partitionOf, suffixOf } from './regions.ts';
import type { DelegationSettings } from './settings.ts';

/** What every part of one deployment shares. */
export interface DeploymentContext {
  readonly architecture: Architecture;
  /** The policy of table, bucket and own key. A resource that is retained is still deleted when the deployment that created it fails: it is empty then. */
  readonly removalPolicy: RemovalPolicy;
  readonly logRetention: RetentionDays;
  readonly isTraced: boolean;
  /** Undefined: keys that AWS owns. */
  readonly key?: IKey;
  /** Undefined: no events. */
  readonly eventBusArn?: string;
  readonly network?: { readonly vpc: IVpc; readonly subnets: readonly ISubnet[]; readonly securityGroups: readonly ISecurityGroup[] };
}

export function createDeploymentContext(scope: Construct, settings: DelegationSettings): DeploymentContext {
  const removalPolicy = settings.removalPolicy === 'retain' ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY;
  refuseArnsOfOtherRegions(scope, settings);
  refuseOtherPartitions(scope, settings);
  const key = keyOf(scope, settings.encryption, removalPolicy);
  const network = networkOf(scope, settings.vpc);
  return {
    architecture: settings.architecture === 'arm64' ? Architecture.ARM_64 : Architecture.X86_64,
    removalPolicy,
    logRetention: settings.logRetentionDays as number as RetentionDays, // its members are these numbers
    isTraced: settings.tracing === 'xray',
    ...(key === undefined ? {} : { key }),
    ...(settings.events === undefined ? {} : { eventBusArn: busArn(scope, settings.events.bus) }),
    ...(network === undefined ? {} : { network }),
  };
}

/** What using data under the key takes, of the caller and of the services that act for it. Without stars, unlike CDK's own grants. */
export function grantUseOfKey({ key }: DeploymentContext, grantee: IGrantable): void {
  if (key === undefined) return;
  Grant.addToPrincipal({ grantee, actions: ['kms:Decrypt', 'kms:GenerateDataKey'], resourceArns: [key.keyArn] });
}

/** Every function ends jobs: workers what they run, the API and the internal types what they cancel, the clock what has expired. */
export function grantPutEvents({ eventBusArn }: DeploymentContext, grantee: IGrantable): void {
  if (eventBusArn === undefined) return;
  Grant.addToPrincipal({ grantee, actions: ['events:PutEvents'], resourceArns: [eventBusArn] });
}

function busArn(scope: Construct, bus: string): string {
  return bus.startsWith('arn:') ? bus : Stack.of(scope).formatArn({ service: 'events', resource: 'event-bus', resourceName: bus });
}

/** @returns the first ARN whose part is another than the deployment's; a text that CDK does not know yet, or that is not an ARN, does not count */
function arnOfAnother(part: 'partition' | 'region', own: string, texts: readonly string[]): string | undefined {
  const place = { partition: 1, region: 3 }[part];
  return texts.find((text) => text.startsWith('arn:') && !Token.isUnresolved(text) && text.split(':')[place] !== own);
}

/**
 * Tables, volumes and all that is Delegation's own are encrypted with keys of their region, PutEvents reaches buses of its own, alarms topics, and API Gateway
 * certificates. Sources may be of any, and their keys with them.
 */
function refuseArnsOfOtherRegions(
  scope: Construct,
  { encryption, tableKeys, events, ec2: { volumeKeys }, ...settings }: DelegationSettings,
): void {
  const { region } = Stack.of(scope);
  if (Token.isUnresolved(region)) return;
  const lists = {
    encryption: [encryption],
    tableKeys,
    'ec2.volumeKeys': volumeKeys,
    'events.bus': busesOf(events),
    ...arnsOfAlarmsAndDomain(settings),
  };
  for (const [setting, arns] of Object.entries(lists)) {
    const elsewhere = arnOfAnother('region', region, arns);
    if (elsewhere !== undefined)
      throw new DeploymentError(
        `The setting ${setting} names ${elsewhere}; the deployment is in ${region}, and takes ARNs of its own region there.`,
      );
  }
}

/** No account of one partition reaches into another: `arn:aws:` names nothing in China, where it is `arn:aws-cn:`. */
function refuseOtherPartitions(
  scope: Construct,
  { auth, tableKeys, sourceKeys, events, ec2: { instanceRoles, volumeKeys }, ...settings }: DelegationSettings,
): void {
  const { region } = Stack.of(scope);
  const partition = partitionOf(region);
  if (partition === undefined) return;
  const admins = auth.kind === 'iam' ? auth.admins : [];
  const lists = {
    'auth.admins': admins,
    sourceKeys,
    tableKeys,
    'ec2.instanceRoles': instanceRoles,
    'ec2.volumeKeys': volumeKeys,
    'events.bus': busesOf(events),
    ...arnsOfAlarmsAndDomain(settings),
  };
  for (const [setting, arns] of Object.entries(lists)) {
    const other = arnOfAnother('partition', partition, arns);
    if (other !== undefined)
      throw new DeploymentError(`The setting ${setting} names ${other}; ARNs in ${region} begin with arn:${partition}:.`);
  }
}

const arnsOfAlarmsAndDomain = ({ alarms, domain }: Pick<DelegationSettings, 'alarms' | 'domain'>) => ({
  'alarms.topicArn': alarms.topicArn === undefined ? [] : [alarms.topicArn],
  'domain.certificateArn': domain === undefined ? [] : [domain.certificateArn],
});

const busesOf = (events: DelegationSettings['events']) => (events === undefined ? [] : [events.bus]);

function keyOf(scope: Construct, encryption: string, removalPolicy: RemovalPolicy): IKey | undefined {
  if (encryption === 'aws-owned') return undefined;
  if (encryption !== 'own-key') {
    Annotations.of(scope).addInfoV2(
      'delegation:key-policy',
      `The policy of ${encryption} must let ${logsPrincipal(scope)} and cloudwatch.amazonaws.com use it: docs/security.md`,
    );
    return Key.fromKeyArn(scope, 'Key', encryption);
  }
  const key = new Key(scope, 'Key', {
    enableKeyRotation: true,
    removalPolicy,
    description: 'Delegation: jobs, payloads, messages and logs',
  });
  const { region, account, partition } = Stack.of(scope);
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal(logsPrincipal(scope))],
      actions: ['kms:Encrypt', 'kms:Decrypt', 'kms:ReEncryptFrom', 'kms:ReEncryptTo', 'kms:GenerateDataKey', 'kms:DescribeKey'],
      resources: ['*'],
      conditions: { ArnLike: { 'kms:EncryptionContext:aws:logs:arn': `arn:${partition}:logs:${region}:${account}:*` } },
    }),
  );
  // Only for this account's alarms, if CloudWatch says whose they are. AWS's examples have no condition, and a key that is asked for and not
  // sent would silence every alarm. https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
  key.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
      resources: ['*'],
      conditions: { StringEqualsIfExists: { 'aws:SourceAccount': account } },
    }),
  );
  return key;
}

/** Returns what CloudWatch Logs is to key policies. Unlike other services it has the partition's suffix, in China `amazonaws.com.cn`. */
function logsPrincipal(scope: Construct): string {
  const { region, urlSuffix } = Stack.of(scope);
  return `logs.${region}.${suffixOf(region) ?? urlSuffix}`;
}

function networkOf(scope: Construct, settings: DelegationSettings['vpc']): DeploymentContext['network'] {
  if (settings === undefined) return undefined;
  const { vpcId, availabilityZones, subnetIds, securityGroupIds } = settings;
  return {
    vpc: Vpc.fromVpcAttributes(scope, 'Vpc', { vpcId, availabilityZones }),
    subnets: subnetIds.map((id, i) => {
      const subnet = Subnet.fromSubnetId(scope, `Subnet${i}`, id);
      Annotations.of(subnet).acknowledgeWarning('@aws-cdk/aws-ec2:noSubnetRouteTableId', 'Functions need its id alone.');
      return subnet;
    }),
    securityGroups: securityGroupIds.map((id, i) => SecurityGroup.fromSecurityGroupId(scope, `SecurityGroup${i}`, id)),
  };
}
