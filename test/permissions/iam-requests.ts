/** What a recorded call asks of IAM: actions, resources, and what is known of them. @see https://docs.aws.amazon.com/service-authorization/latest/reference/ */
import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import { jobTag } from '../../lambdas/jobs/launch-instances/tags.ts';
import type { RecordedCall } from './record-calls.ts';

export interface IamRequest {
  readonly action: string;
  readonly resource: string;
  readonly context: Readonly<Record<string, string | string[]>>;
}

export const account = '000000000000';
export const region = 'us-east-1';

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
  const name = actionNames[operation] ?? operation;
  const on = (resource: string, context: IamRequest['context'] = {}) => ({ action: `${service.toLowerCase()}:${name}`, resource, context });
  switch (service) {
    case 'DynamoDB': {
      const { TableName, IndexName, RequestItems } = input as { TableName?: string; IndexName?: string; RequestItems?: object };
      const tables = TableName === undefined ? Object.keys(RequestItems ?? {}) : [TableName];
      return tables.map((table) => on(tableArn(table, IndexName)));
    }
    case 'SQS':
      return [on(queueArn(String(input['QueueUrl']).split('/').at(-1) ?? ''))];
    case 'S3':
      return [on(name === 'ListBucket' ? `arn:aws:s3:::${input['Bucket']}` : `arn:aws:s3:::${input['Bucket']}/${input['Key']}`)];
    case 'EC2':
      if (operation === 'RunInstances') return runInstances(input as unknown as RunInstancesCommandInput);
      if (operation === 'TerminateInstances')
        return (input['InstanceIds'] as string[]).map((id) => on(ec2Arn(`instance/${id}`), { [`aws:ResourceTag/${jobTag}`]: 'job_1' }));
      if (operation.startsWith('Describe')) return [on('*')];
  }
  throw new Error(`What IAM asks for ${service} ${operation} is not known here: add it.`);
}

export const tableArn = (table: string, index?: string) =>
  `arn:aws:dynamodb:${region}:${account}:table/${table}${index === undefined ? '' : `/index/${index}`}`;
export const queueArn = (queue: string) => `arn:aws:sqs:${region}:${account}:${queue}`;
const ec2Arn = (resource: string, owner = account) => `arn:aws:ec2:${region}:${owner}:${resource}`;

/** A launch is asked for each thing that it makes and uses, and for the tags on what it makes. @see https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances */
function runInstances(launch: RunInstancesCommandInput): readonly IamRequest[] {
  const { InstanceType, SubnetId, ImageId, InstanceMarketOptions, TagSpecifications = [], LaunchTemplate } = launch;
  const template = LaunchTemplate === undefined ? undefined : ec2Arn(`launch-template/${LaunchTemplate.LaunchTemplateId}`);
  // What the launch itself does not name comes from its template.
  const from = (given: string | undefined): IamRequest['context'] =>
    template === undefined ? {} : { 'ec2:LaunchTemplate': template, 'ec2:IsLaunchTemplateResource': String(given === undefined) };
  const run = (resource: string, context: IamRequest['context'] = {}) => ({ action: 'ec2:RunInstances', resource, context });
  const tagged = (kind: string) => TagSpecifications.find(({ ResourceType }) => ResourceType === kind)?.Tags ?? [];
  const asked = (kind: string) => Object.fromEntries(tagged(kind).map(({ Key, Value }) => [`aws:RequestTag/${Key}`, String(Value)]));
  return [
    run(ec2Arn('instance/*'), { 'ec2:InstanceType': InstanceType ?? 'm1.small', ...asked('instance'), ...from(InstanceType) }),
    run(ec2Arn('volume/*'), asked('volume')),
    run(ec2Arn('network-interface/*')),
    run(ec2Arn('security-group/sg-1')),
    run(ec2Arn(`subnet/${SubnetId ?? 'subnet-of-template'}`), from(SubnetId)),
    run(ec2Arn(`image/${ImageId ?? 'ami-of-template'}`, ''), from(ImageId)),
    ...(template === undefined ? [] : [run(template, from(undefined)), run(ec2Arn('key-pair/of-template'), from(undefined))]),
    ...(InstanceMarketOptions === undefined ? [] : [run(ec2Arn('spot-instances-request/*'))]),
    ...TagSpecifications.map(({ ResourceType = '' }) => ({
      action: 'ec2:CreateTags',
      resource: ec2Arn(`${ResourceType}/*`),
      context: { 'ec2:CreateAction': 'RunInstances', ...asked(ResourceType) },
    })),
  ];
}
