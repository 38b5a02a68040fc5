/** Which checks are made of which deployment, before it is deployed and after. */
import * as alarms from './checks/alarms.ts';
import * as bootstrap from './checks/bootstrap.ts';
import * as data from './checks/data.ts';
import * as deployment from './checks/deployment.ts';
import { issuer } from './checks/issuer.ts';
import { encryptionKey, otherKey } from './checks/key.ts';
import * as launches from './checks/launches.ts';
import * as names from './checks/names.ts';
import { network } from './checks/network.ts';
import * as quotas from './checks/quotas.ts';
import * as region from './checks/region.ts';
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
  /** For the sentence that it was not checked. */
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

const make = (group: string, check: string, what: string, run: Check['run']): Check => ({ group, check, what, run });
const each = <T>(group: string, check: string, items: readonly T[], run: (item: T) => ReturnType<Check['run']>): readonly Check[] =>
  items.map((item) => make(group, check, String(item), () => run(item)));

/** What asks nobody but the issuer, so it needs no credentials. */
export function checksWithoutAccount({ settings: { auth } }: Subject): readonly Check[] {
  return auth.kind === 'jwt' ? [make('Callers', 'issuer', `The issuer ${auth.issuer}`, () => issuer(auth.issuer))] : [];
}

export function checksOfAccount({ clients, target, subject, synthesis, stack }: Context): readonly Check[] {
  const { apiGateway, cloudFormation, ec2, iam, lambda, serviceQuotas, ssm, s3, kms } = clients;
  const { template, bootstrap: made } = synthesis;
  const { settings, has } = subject;
  const { instanceTypes, subnetIds, imageIds, launchTemplates, instanceRoles, templateParameters } = settings.ec2;
  const isLaunching = has('launch-instances') && [instanceTypes, launchTemplates].some(({ length }) => length > 0);
  const keyArn = settings.encryption.startsWith('arn:') ? settings.encryption : undefined;
  const keysHere = [...new Set([...subject.keys.tables, ...subject.keys.volumes])];
  const keysAnywhere = [...new Set(subject.keys.sources)].filter((arn) => !keysHere.includes(arn));
  const account = 'The account';
  const using = 'What jobs use';
  const planned = { stackName: synthesis.stackName, template, region: target.region, ...(stack === undefined ? {} : { stack }) };
  let asked: Promise<Finding> | undefined;
  const version = () => {
    asked ??= bootstrap.bootstrapVersion(ssm, made, target);
    return asked;
  };
  // Without bootstrapping nothing of it is there: one finding says so.
  const ifBootstrapped = (run: () => Promise<Finding>) => async () => {
    const isBootstrapped = await version().then(
      ({ status }) => status !== 'problem',
      () => true,
    );
    return isBootstrapped ? run() : [];
  };
  return [
    make(account, 'bootstrap', 'The version of the bootstrapping', version),
    make(
      account,
      'asset-bucket',
      "The CDK's bucket",
      ifBootstrapped(() => bootstrap.assetBucket(s3, made, target)),
    ),
    make(
      account,
      'deploy-roles',
      'Whether you may assume the roles that deploy',
      ifBootstrapped(() => bootstrap.deployRoles(iam, made, target)),
    ),
    make(
      account,
      'execution-role',
      "CloudFormation's rights",
      ifBootstrapped(() => bootstrap.executionRole(iam, made)),
    ),
    make(account, 'services', 'The services of the region', () => region.services(ssm, target.region)),
    make(account, 'runtimes', "Lambda's runtime", () => region.runtimes(lambda, template)),
    make(account, 'resource-types', 'What CloudFormation knows', () => region.resourceTypes(cloudFormation, template)),
    make(account, 'service-roles', "Roles of AWS's services", () => region.serviceRoles(iam, { isLaunching })),
    make(account, 'function-quotas', 'How many functions run at once', () => quotas.functionQuotas(lambda, template)),
    make(account, 'throttles', "API Gateway's limits", () => quotas.throttles(apiGateway, template)),
    make('Names', 'dashboard-name', 'The name of the dashboard', () => names.dashboardName(clients, planned)),
    make('Names', 'log-group-names', 'The names of log groups', () => names.logGroupNames(clients, planned)),
    make('Names', 'leftovers', 'What earlier stacks left', () => names.leftovers(clients, planned)),
    ...(keyArn === undefined ? [] : [make(using, 'encryption-key', `The key ${keyArn}`, () => encryptionKey(kms, keyArn, target))]),
    ...each(using, 'table', has('write-batch') ? settings.writableTables : [], (name) =>
      data.table(clients, name, { ...target, keys: subject.keys.tables }),
    ),
    ...each(using, 'bucket', has('write-batch') || has('run-query') ? settings.sourceBuckets : [], (name) =>
      data.bucket(clients, name, { ...target, keys: subject.keys.sources }),
    ),
    ...each(using, 'other-key', keysHere, (arn) => otherKey(clients, arn, target.region)),
    ...each(using, 'other-key', keysAnywhere, (arn) => otherKey(clients, arn)),
    ...(isLaunching
      ? [
          ...(subnetIds.length === 0 ? [] : [make(using, 'subnets', 'The subnets', () => launches.subnets(ec2, subnetIds))]),
          ...(instanceTypes.length === 0
            ? []
            : [
                make(using, 'instance-types', 'The instance types', () => launches.instanceTypes(ec2, instanceTypes, subnetIds)),
                make(using, 'instance-quota', 'The quota of instances', () => quotas.instanceQuota(serviceQuotas, ec2, instanceTypes)),
              ]),
          make(using, 'images', 'The images', () => launches.images(clients, [...imageIds, ...templateParameters])),
          make(using, 'launch-templates', 'The launch templates', () => launches.launchTemplates(ec2, launchTemplates)),
          make(using, 'instance-roles', 'The roles of instances', () => launches.instanceRoles(iam, instanceRoles)),
          make(using, 'volume-encryption', 'The encryption of volumes', () => launches.volumeEncryption(ec2, subject.keys.volumes)),
        ]
      : []),
    ...networkChecks(clients, subject),
  ];
}

function networkChecks({ ec2 }: Clients, { settings: { vpc }, has }: Subject): readonly Check[] {
  if (vpc === undefined) return [];
  const services = ['dynamodb', 's3', 'sqs', ...(has('launch-instances') || has('terminate-instances') ? ['ec2'] : [])];
  return [make('What jobs use', 'network', 'The network', () => network(ec2, vpc, services))];
}

export function checksOfDeployment(
  { clients, target, subject, synthesis }: Context,
  stack: DeployedStack,
  { credentials, token, now }: { readonly credentials: Credentials; readonly token?: string; readonly now: Date },
): readonly Check[] {
  const { cloudWatch, kms, lambda, sns } = clients;
  const { settings } = subject;
  const url = stack.outputs['Url'] ?? '';
  const scheduled = scheduledFunction(synthesis.template);
  const physicalId = (logicalId: string | undefined) => stack.resources.find((one) => one.logicalId === logicalId)?.physicalId ?? '';
  const clock = { functionName: physicalId(scheduled?.function), ruleName: physicalId(scheduled?.rule) };
  const ownKey = stack.resources.find(({ type }) => type === 'AWS::KMS::Key')?.physicalId;
  const ownKeyArn = `arn:${target.partition}:kms:${target.region}:${target.account}:key/${ownKey}`;
  const group = `The deployment ${stack.name}`;
  return [
    make(group, 'health', 'Whether the API answers', () => deployment.health(url)),
    settings.auth.kind === 'iam'
      ? make(group, 'signed-call', 'A signed call', () => deployment.signedCall(url, credentials, target.region))
      : make(group, 'token-call', 'A call with a token', () => deployment.callWithToken(url, token)),
    make(group, 'clock', 'When the clock ran last', () => deployment.clockRuns(cloudWatch, clock, stack, now)),
    make(group, 'triggers', 'Whether queues invoke workers', () => deployment.triggers(lambda, stack)),
    make(group, 'functions', 'Whether functions can run', () => deployment.functions(lambda, stack)),
    make(group, 'alarms', 'The alarms', () => alarms.alarmStates(cloudWatch, stack, now)),
    make(group, 'alarm-mail', 'Whom alarms mail', () => alarms.alarmMail(sns, stack, settings.alarms.email)),
    make(group, 'alarm-path', 'Whether alarms reach the topic', () =>
      alarms.alarmPath(cloudWatch, stack, { isEncrypted: settings.encryption !== 'aws-owned' }),
    ),
    ...(ownKey === undefined ? [] : [make(group, 'own-key', 'The key', () => encryptionKey(kms, ownKeyArn, target))]),
  ];
}
