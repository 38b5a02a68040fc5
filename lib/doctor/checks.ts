/** Defines which checks run for a deployment, before it is deployed and after: a table for each group. */
import * as alarms from './checks/alarms.ts';
import * as bootstrap from './checks/bootstrap.ts';
import * as data from './checks/data.ts';
import { eventBus } from './checks/event-bus.ts';
import * as health from './checks/health.ts';
import { issuer } from './checks/issuer.ts';
import { encryptionKey, otherKey } from './checks/key.ts';
import * as launches from './checks/launches.ts';
import * as names from './checks/names.ts';
import { network } from './checks/network.ts';
import * as quotas from './checks/quotas.ts';
import * as region from './checks/region.ts';
import { webhookSecret } from './checks/signing-secret.ts';
import { topicPolicy } from './checks/topic-policy.ts';
import type { Clients, Credentials } from './clients.ts';
import type { Finding } from './finding.ts';
import type { DeployedStack } from './stack.ts';
import type { Subject } from './subject.ts';
import type { Synthesis } from './synthesis.ts';
import type { Target } from './target.ts';
import { scheduledFunction } from './template.ts';

export interface Check {
  readonly group: string;
  readonly check: string;
  /** The subject of the sentence that says it was not checked. */
  readonly what: string;
  readonly run: () => Promise<Finding | readonly Finding[]>;
}

export interface Context {
  readonly clients: Clients;
  readonly target: Target;
  readonly subject: Subject;
  readonly synthesis: Synthesis;
  readonly stack?: DeployedStack;
}

type Row = readonly [check: string, what: string, run: Check['run']];

const inGroup = (group: string, rows: readonly Row[]): readonly Check[] => rows.map(([check, what, run]) => ({ group, check, what, run }));
const when = (isSo: boolean, ...rows: readonly Row[]): readonly Row[] => (isSo ? rows : []);
const each = (check: string, items: readonly string[], run: (item: string) => ReturnType<Check['run']>): readonly Row[] =>
  items.map((item) => [check, item, () => run(item)]);

/** Checks that contact only the issuer, so they need no credentials. */
export function checksWithoutAccount({ settings: { auth } }: Subject): readonly Check[] {
  return auth.kind === 'jwt' ? inGroup('Callers', [['issuer', `The issuer ${auth.issuer}`, () => issuer(auth.issuer)]]) : [];
}

export function checksOfAccount(context: Context): readonly Check[] {
  return [
    ...inGroup('The account', accountRows(context)),
    ...inGroup('Names', nameRows(context)),
    ...inGroup('What jobs use', [...dataRows(context), ...launchRows(context), ...networkRows(context)]),
  ];
}

function accountRows({ clients, target, subject, synthesis }: Context): readonly Row[] {
  const { apiGateway, cloudFormation, iam, lambda, ssm, s3 } = clients;
  const { template, bootstrap: resources } = synthesis;
  let versionFinding: Promise<Finding> | undefined;
  const version = () => {
    versionFinding ??= bootstrap.bootstrapVersion(ssm, resources, target);
    return versionFinding;
  };
  // Without bootstrapping, all of its resources are missing: one finding is enough.
  const ifBootstrapped = (run: () => Promise<Finding>) => async () => {
    const isBootstrapped = await version().then(
      ({ status }) => status !== 'problem',
      () => true,
    );
    return isBootstrapped ? run() : [];
  };
  const assetBucket = ifBootstrapped(() => bootstrap.assetBucket(s3, resources, target));
  const deployRoles = ifBootstrapped(() => bootstrap.deployRoles(iam, resources, target));
  const executionRole = ifBootstrapped(() => bootstrap.executionRole(iam, resources));
  return [
    ['bootstrap', 'The version of the bootstrapping', version],
    ['asset-bucket', "The CDK's bucket", assetBucket],
    ['deploy-roles', 'Whether you may assume the roles that deploy', deployRoles],
    ['execution-role', "CloudFormation's permissions", executionRole],
    ['services', "The region's services", () => region.services(ssm, target.region)],
    ['runtimes', "Lambda's runtime", () => region.runtimes(lambda, template)],
    ['resource-types', 'The resource types of CloudFormation', () => region.resourceTypes(cloudFormation, template)],
    ['service-roles', "Roles of AWS's services", () => region.serviceRoles(iam, { isLaunching: isLaunching(subject) })],
    ['function-quotas', 'The limit of concurrent functions', () => quotas.functionQuotas(lambda, template)],
    ['throttles', "API Gateway's limits", () => quotas.throttles(apiGateway, template)],
  ];
}

function nameRows({ clients, target, subject: { settings }, synthesis: { stackName, template }, stack }: Context): readonly Row[] {
  const planned = { stackName, template, region: target.region, ...(stack === undefined ? {} : { stack }) };
  return [
    ['dashboard-name', 'The name of the dashboard', () => names.dashboardName(clients, planned)],
    ['log-group-names', 'The names of log groups', () => names.logGroupNames(clients, planned)],
    ['leftovers', 'What earlier stacks left', () => names.leftovers(clients, planned)],
    ...when(settings.domain !== undefined, ['custom-domain', 'The domain', () => names.customDomain(clients, planned)]),
  ];
}

function dataRows({ clients, target, subject: { settings, has, keys }, synthesis: { stackName } }: Context): readonly Row[] {
  const {
    encryption,
    writableTables,
    sourceBuckets,
    events,
    webhooks,
    alarms: { topicArn },
  } = settings;
  const secrets = [...new Set(Object.values(webhooks?.owners ?? {}).flatMap(({ secretArn }) => secretArn ?? []))];
  const isRead = has('write-batch') || has('run-query');
  const keysHere = [...new Set([...keys.tables, ...keys.volumes])];
  const keysAnywhere = [...new Set(keys.sources)].filter((arn) => !keysHere.includes(arn));
  return [
    ...when(encryption.startsWith('arn:'), [
      'encryption-key',
      `The key ${encryption}`,
      () => encryptionKey(clients.kms, encryption, target),
    ]),
    ...(events === undefined ? [] : each('event-bus', [events.bus], (bus) => eventBus(clients.eventBridge, bus, target))),
    ...each('alarm-topic', topicArn === undefined ? [] : [topicArn], (arn) => topicPolicy(clients, arn, { target, stackName })),
    ...each('webhook-secret', secrets, (arn) => webhookSecret(clients.secretsManager, arn)),
    ...each('table', has('write-batch') ? writableTables : [], (name) => data.table(clients, name, { ...target, keys: keys.tables })),
    ...each('bucket', isRead ? sourceBuckets : [], (name) => data.bucket(clients, name, { ...target, keys: keys.sources })),
    ...each('other-key', keysHere, (arn) => otherKey(clients, arn, target.region)),
    ...each('other-key', keysAnywhere, (arn) => otherKey(clients, arn)),
  ];
}

const isLaunching = ({ settings: { ec2 }, has }: Subject): boolean =>
  has('launch-instances') && [ec2.instanceTypes, ec2.launchTemplates].some(({ length }) => length > 0);

function launchRows({ clients, subject }: Context): readonly Row[] {
  if (!isLaunching(subject)) return [];
  const { ec2, iam, serviceQuotas } = clients;
  const { instanceTypes, subnetIds, imageIds, launchTemplates, instanceRoles, templateParameters } = subject.settings.ec2;
  return [
    ...when(subnetIds.length > 0, ['subnets', 'The subnets', () => launches.subnets(ec2, subnetIds)]),
    ...when(
      instanceTypes.length > 0,
      ['instance-types', 'The instance types', () => launches.instanceTypes(ec2, instanceTypes, subnetIds)],
      ['instance-quota', 'The quota of instances', () => quotas.instanceQuota(serviceQuotas, ec2, instanceTypes)],
    ),
    ['images', 'The images', () => launches.images(clients, [...imageIds, ...templateParameters])],
    ['launch-templates', 'The launch templates', () => launches.launchTemplates(ec2, launchTemplates)],
    ['instance-roles', 'The roles of instances', () => launches.instanceRoles(iam, instanceRoles)],
    ['volume-encryption', 'The encryption of volumes', () => launches.volumeEncryption(ec2, subject.keys.volumes)],
  ];
}

function networkRows({ clients: { ec2 }, subject: { settings, has } }: Context): readonly Row[] {
  const { vpc } = settings;
  if (vpc === undefined) return [];
  const services = [
    'dynamodb',
    's3',
    'sqs',
    ...(has('launch-instances') || has('terminate-instances') ? ['ec2'] : []),
    ...(settings.events === undefined ? [] : ['events']),
  ];
  return [['network', 'The network', () => network(ec2, vpc, services)]];
}

export function checksOfDeployment(
  { clients, target, subject, synthesis }: Context,
  stack: DeployedStack,
  { credentials, token, now }: { readonly credentials: Credentials; readonly token?: string; readonly now: Date },
): readonly Check[] {
  const { cloudWatch, kms, lambda, secretsManager, sns } = clients;
  const { settings } = subject;
  const url = stack.outputs['Url'] ?? '';
  const scheduled = scheduledFunction(synthesis.template);
  const physicalId = (logicalId: string | undefined) => stack.resources.find((one) => one.logicalId === logicalId)?.physicalId ?? '';
  const clock = { functionName: physicalId(scheduled?.function), ruleName: physicalId(scheduled?.rule) };
  const ownKey = stack.resources.find(({ type }) => type === 'AWS::KMS::Key')?.physicalId;
  const ownKeyArn = `arn:${target.partition}:kms:${target.region}:${target.account}:key/${ownKey}`;
  const callRow: Row =
    settings.auth.kind === 'iam'
      ? ['signed-call', 'A signed call', () => health.signedCall(url, credentials, target.region)]
      : ['token-call', 'A call with a token', () => health.callWithToken(url, token)];
  const secret = stack.outputs['WebhookSecret'];
  const isEncrypted = settings.encryption !== 'aws-owned';
  return inGroup(`The deployment ${stack.name}`, [
    ['health', 'Whether the API answers', () => health.health(url)],
    callRow,
    ['clock', 'When the clock ran last', () => health.clockRuns(cloudWatch, { ...clock, stack }, now)],
    ['triggers', 'Whether queues invoke workers', () => health.triggers(lambda, stack)],
    ['functions', 'Whether functions can run', () => health.functions(lambda, stack)],
    ['alarms', 'The alarms', () => alarms.alarmStates(cloudWatch, stack, now)],
    ['alarm-mail', 'The recipients of alarms', () => alarms.alarmMail(sns, stack, settings.alarms)],
    ['alarm-path', 'Whether alarms reach the topic', () => alarms.alarmPath(cloudWatch, stack, { isEncrypted })],
    ...each('webhook-secret', secret === undefined ? [] : [secret], (arn) => webhookSecret(secretsManager, arn)),
    ...when(ownKey !== undefined, ['own-key', 'The key', () => encryptionKey(kms, ownKeyArn, target)]),
  ]);
}
