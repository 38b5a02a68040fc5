/** What a recorded call asks of IAM: actions, resources, and what is known of them. @see https://docs.aws.amazon.com/service-authorization/latest/reference/ */
import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { deploymentTag, jobTag } from '../../lambdas/jobs/ec2/tags.ts';
import { local } from '../../local/resources.ts';
import { webhookSecretName } from '../../local/secrets-endpoint.ts';
import type { RecordedCall } from './record-calls.ts';

export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

export const account = '000000000000';
export const region = 'us-east-1';
/** The id of every job, and the name of every object: they differ from run to run, and IAM evaluates what precedes them. */
const jobId = 'job_1';
const objectName = 'object';

/** SQS and S3 have operations that share an action. */
const actionNames: Readonly<Record<string, string>> = {
  DeleteMessageBatch: 'DeleteMessage',
  ChangeMessageVisibilityBatch: 'ChangeMessageVisibility',
  SendMessageBatch: 'SendMessage',
  HeadObject: 'GetObject',
  CreateMultipartUpload: 'PutObject',
  UploadPart: 'PutObject',
  CompleteMultipartUpload: 'PutObject',
  ListObjectsV2: 'ListBucket',
};

/** @throws Error for a call that it does not know, so that none goes unchecked */
export function iamRequests({ service, operation, input }: RecordedCall): readonly IamRequest[] {
  return requestsOf({ service, operation, input: withoutIds(input) as RecordedCall['input'] });
}

/** What Lambda asks in the name of a function, and no test records. */
export function requestsOfLambda(name: string): readonly IamRequest[] {
  const stream = logGroupArn(name).replace(/\*$/, 'log-stream:1');
  // https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html
  const logs = ['logs:CreateLogStream', 'logs:PutLogEvents'].map((action) => ({ action, resource: stream, context: {} }));
  if (name === 'api' || name === 'clock') return logs;
  // https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  return [...logs, { action: 'sqs:GetQueueAttributes', resource: queueArn(`delegation-${name}`), context: {} }];
}

function requestsOf({ service, operation, input }: Omit<RecordedCall, 'function'>): readonly IamRequest[] {
  const name = actionNames[operation] ?? operation;
  const on = (resource: string, context: IamRequest['context'] = {}) => ({ action: `${service.toLowerCase()}:${name}`, resource, context });
  switch (service) {
    case 'DynamoDB': {
      const { TableName, IndexName, RequestItems } = input as { TableName?: string; IndexName?: string; RequestItems?: object };
      const tables = TableName === undefined ? Object.keys(RequestItems ?? {}) : [TableName];
      return tables.flatMap((table) => [
        on(tableArn(table, IndexName)),
        ...(table === local.scratchTable ? decrypt('table', 'dynamodb') : []),
      ]);
    }
    case 'SQS':
      return [on(queueArn(String(input['QueueUrl']).split('/').at(-1) ?? ''))];
    case 'S3': {
      const [bucket, key] = [String(input['Bucket']), String(input['Key'])];
      if (name === 'ListBucket') return [on(bucketArn(bucket))];
      // To those who may not list the bucket S3 says of a missing object what it says of one that they may not read.
      const isOwnRead = name === 'GetObject' && bucket === local.payloadBucket && /^(payloads|uploads)\//.test(key);
      if (name === 'GetObject' && bucket === local.sourceBucket) return [on(objectArn(bucket, key)), ...decrypt('source', 's3')];
      // A signed link with a tag is both. https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObject.html
      const tagging = name === 'PutObject' && input['Tagging'] !== undefined ? ['s3:PutObjectTagging'] : [];
      const tagged = tagging.map((action) => ({ action, resource: objectArn(bucket, key), context: {} }));
      return [
        on(objectArn(bucket, key)),
        ...tagged,
        ...(isOwnRead ? [{ action: 's3:ListBucket', resource: bucketArn(bucket), context: {} }] : []),
      ];
    }
    case 'EventBridge': {
      const { Entries } = input as { Entries: readonly { readonly EventBusName: string }[] };
      return Entries.map(({ EventBusName }) => ({ action: `events:${name}`, resource: busArn(EventBusName), context: {} }));
    }
    case 'SecretsManager':
      return [{ action: `secretsmanager:${name}`, resource: secretArn, context: {} }];
    case 'EC2':
      if (operation === 'RunInstances') return runInstances(input as unknown as RunInstancesCommandInput);
      if (operation === 'TerminateInstances')
        return (input['InstanceIds'] as string[]).map((id) =>
          on(ec2Arn(`instance/${id}`), { [`aws:ResourceTag/${jobTag}`]: jobId, [`aws:ResourceTag/${deploymentTag}`]: local.deployment }),
        );
      if (operation.startsWith('Describe')) return [on('*')];
  }
  throw new Error(`What IAM asks for ${service} ${operation} is not known here: add it.`);
}

/** What a service asks of KMS in its caller's name. */
function throughService(service: string, key: string, ...actions: readonly string[]): readonly IamRequest[] {
  const context = { 'kms:ViaService': `${service}.${region}.amazonaws.com` };
  return actions.map((action) => ({ action: `kms:${action}`, resource: keyArn(key), context }));
}
const decrypt = (key: string, service: string) => throughService(service, key, 'Decrypt');

export const keyArn = (key: string) => `arn:aws:kms:${region}:${account}:key/${key}`;
export const tableArn = (table: string, index?: string) =>
  `arn:aws:dynamodb:${region}:${account}:table/${table}${index === undefined ? '' : `/index/${index}`}`;
export const queueArn = (queue: string) => `arn:aws:sqs:${region}:${account}:${queue}`;
export const logGroupArn = (name: string) => `arn:aws:logs:${region}:${account}:log-group:${name}:*`;
export const busArn = (bus: string) => `arn:aws:events:${region}:${account}:event-bus/${bus}`;
/** The secret of webhooks, with the letters that Secrets Manager adds to its name. */
export const secretArn = `arn:aws:secretsmanager:${region}:${account}:secret:${webhookSecretName}-a1b2c3`;
export const bucketArn = (bucket: string) => `arn:aws:s3:::${bucket}`;
const objectArn = (bucket: string, key: string) =>
  `${bucketArn(bucket)}/${bucket === local.payloadBucket ? key.replace(/^(payloads|files|uploads)\/.+/, `$1/${jobId}/${objectName}`) : objectName}`;
export const ec2Arn = (resource: string, owner = account) => `arn:aws:ec2:${region}:${owner}:${resource}`;

function withoutIds(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value)
      .replaceAll(/\bjob_\w+/g, jobId)
      .replaceAll(/\bi-[0-9a-f]+\b/g, 'i-1')
      .replaceAll(/\b\d{4}-\d\d-\d\dT[\d:.]+Z/g, '2026-01-01T00:00:00.000Z'),
  );
}

/** A launch is asked for each thing that it makes and uses, and for the tags on what it makes. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances */
function runInstances(launch: RunInstancesCommandInput): readonly IamRequest[] {
  const { InstanceType, SubnetId, ImageId, InstanceMarketOptions, TagSpecifications = [], LaunchTemplate } = launch;
  const template = LaunchTemplate === undefined ? undefined : ec2Arn(`launch-template/${LaunchTemplate.LaunchTemplateId}`);
  // What the launch itself does not name comes from its template.
  const from = (given: string | undefined): IamRequest['context'] =>
    template === undefined ? {} : { 'ec2:LaunchTemplate': template, 'ec2:IsLaunchTemplateResource': String(given === undefined) };
  const tagged = (kind: string) => TagSpecifications.find(({ ResourceType }) => ResourceType === kind)?.Tags ?? [];
  const asked = (kind: string) => Object.fromEntries(tagged(kind).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, String(Value)]));
  return [
    run(ec2Arn('instance/*'), { 'ec2:InstanceType': InstanceType ?? 'm1.small', ...asked('instance'), ...from(InstanceType) }),
    run(ec2Arn('volume/*'), asked('volume')),
    run(ec2Arn('network-interface/*')),
    run(ec2Arn('security-group/sg-1')),
    run(ec2Arn(`subnet/${SubnetId ?? 'subnet-of-template'}`), from(SubnetId)),
    run(ec2Arn(`subnet/${SubnetId ?? 'subnet-of-template'}`, anotherAccount), from(SubnetId)),
    run(ec2Arn(`image/${ImageId ?? 'ami-of-template'}`, ''), from(ImageId)),
    ...(template === undefined ? [] : broughtByTemplate(template)),
    ...(InstanceMarketOptions === undefined ? [] : [run(ec2Arn('spot-instances-request/*'))]),
    ...TagSpecifications.map(({ ResourceType = '' }) => createTags(ResourceType, asked(ResourceType))),
    ...encryptedVolumes(),
  ];
}

/** Shares its subnets, placement groups and the like with this one. */
export const anotherAccount = '111122223333';

const run = (resource: string, context: IamRequest['context'] = {}) => ({ action: 'ec2:RunInstances', resource, context });
const createTags = (kind: string, asked: IamRequest['context']) => ({
  action: 'ec2:CreateTags',
  resource: ec2Arn(`${kind}/*`),
  context: { 'ec2:CreateAction': 'RunInstances', ...asked },
});

/** A template with every member that is authorised separately. */
function broughtByTemplate(template: string): readonly IamRequest[] {
  const context = { 'ec2:LaunchTemplate': template, 'ec2:IsLaunchTemplateResource': 'true' };
  return [
    ...[template, ec2Arn('key-pair/of-template'), ec2Arn('elastic-gpu/*'), ec2Arn('snapshot/snap-1', '')].map((resource) =>
      run(resource, context),
    ),
    ...['capacity-reservation/cr-1', 'placement-group/pg-1'].flatMap((resource) => [
      run(ec2Arn(resource), context),
      run(ec2Arn(resource, anotherAccount), context),
    ]),
    ...[
      `arn:aws:elastic-inference:${region}:${account}:elastic-inference-accelerator/*`,
      `arn:aws:license-manager:${region}:${anotherAccount}:license-configuration:lic-1`,
      `arn:aws:resource-groups:${region}:${anotherAccount}:group/reservations`,
      ec2Arn('secondary-interface/*'),
      ec2Arn('secondary-subnet/ss-1', anotherAccount),
      ec2Arn('security-group/sg-1', anotherAccount),
      ec2Arn('spot-instances-request/*'),
    ].map((resource) => run(resource)),
    ...['elastic-gpu', 'network-interface', 'secondary-interface', 'spot-instances-request'].map((kind) =>
      createTags(kind, { 'aws:RequestTag/team': 'of-template' }),
    ),
    { action: 'ssm:GetParameters', resource: `arn:aws:ssm:${region}:${account}:parameter/template/image`, context: {} },
  ];
}

/** As EBS asks where the account encrypts by default, or image or template do. @see https://docs.aws.amazon.com/ebs/latest/userguide/how-ebs-encryption-works.html */
function encryptedVolumes(): readonly IamRequest[] {
  const uses = throughService('ec2', 'volume', 'DescribeKey', 'Decrypt', 'GenerateDataKeyWithoutPlaintext', 'ReEncryptFrom', 'ReEncryptTo');
  const grants = throughService('ec2', 'volume', 'CreateGrant').map((request) => ({
    ...request,
    context: { ...request.context, 'kms:GrantIsForAWSResource': 'true' },
  }));
  return [...uses, ...grants];
}
