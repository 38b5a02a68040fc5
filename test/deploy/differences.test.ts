/** Where the emulated account does otherwise than AWS; the table in README.md says what the other tests do about it. One that fails here is good news. */
import {
  CloudFormationClient,
  CreateStackCommand,
  DeleteStackCommand,
  DescribeStacksCommand,
  waitUntilStackCreateComplete,
} from '@aws-sdk/client-cloudformation';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  ListMetricsCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
} from '@aws-sdk/client-cloudwatch';
import { DescribeInstancesCommand, EC2Client, RunInstancesCommand, TerminateInstancesCommand } from '@aws-sdk/client-ec2';
import { IAMClient } from '@aws-sdk/client-iam';
import { GetSecretValueCommand, ListSecretsCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SendMessageBatchCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { Deployment } from '../support/tested-deployment.ts';
import { makeUser } from './users.ts';

const deployment = new Deployment();
const options = deployment.aws('ec2');

async function launch(ClientToken: string): Promise<string> {
  const { imageId, instanceTypes, subnetIds } = deployment.launch;
  const { Instances: [instance] = [] } = await new EC2Client(options).send(
    new RunInstancesCommand({
      ClientToken,
      MinCount: 1,
      MaxCount: 1,
      ImageId: imageId,
      InstanceType: instanceTypes[0] as 't3.micro',
      SubnetId: subnetIds[0],
      TagSpecifications: [{ ResourceType: 'instance', Tags: [{ Key: 'delegation:job', Value: 'job_1' }] }],
    }),
  );
  return instance?.InstanceId ?? '';
}

it('launches again for a ClientToken that it has seen', async () => {
  expect(await launch('once')).not.toBe(await launch('once'));
});

it('returns all instances, regardless of the ids that filter them', async () => {
  const InstanceId = await launch('another');
  const Filters = [{ Name: 'instance-id', Values: ['i-00000000000000000'] }];
  const { Reservations = [] } = await new EC2Client(options).send(new DescribeInstancesCommand({ Filters }));
  expect(Reservations.flatMap(({ Instances = [] }) => Instances.map((found) => found.InstanceId))).toContain(InstanceId);
});

it('knows no tags of an instance in the conditions of a policy', async () => {
  const InstanceIds = [await launch('tagged')];
  const iam = new IAMClient(options);
  const credentials = await makeUser(iam, 'terminator', {
    Action: 'ec2:TerminateInstances',
    Resource: '*',
    Condition: { Null: { 'aws:ResourceTag/delegation:job': 'false' } },
  });
  const terminating = new EC2Client({ ...options, credentials }).send(new TerminateInstancesCommand({ InstanceIds }));
  await expect(terminating).rejects.toThrow(/not authorized/i);
});

it('means by the Ref of a secret its name', async () => {
  const { SecretList = [] } = await new SecretsManagerClient(options).send(new ListSecretsCommand());
  const secret = SecretList.find(({ Name }) => Name?.startsWith('Delegation-test-'));
  const { Stacks: [stack] = [] } = await new CloudFormationClient(options).send(
    new DescribeStacksCommand({ StackName: 'Delegation-test' }),
  );
  expect(stack?.Outputs?.find(({ OutputKey }) => OutputKey === 'WebhookSecret')?.OutputValue).toBe(secret?.Name);
});

it('puts punctuation into a secret that CloudFormation generates without', async () => {
  const Properties = { GenerateSecretString: { PasswordLength: 512, ExcludePunctuation: true } };
  const TemplateBody = JSON.stringify({ Resources: { Secret: { Type: 'AWS::SecretsManager::Secret', Properties } } });
  const formation = new CloudFormationClient(options);
  await formation.send(new CreateStackCommand({ StackName: 'generated', TemplateBody }));
  await waitUntilStackCreateComplete({ client: formation, maxWaitTime: 60 }, { StackName: 'generated' });
  const secrets = new SecretsManagerClient(options);
  const { SecretList = [] } = await secrets.send(new ListSecretsCommand());
  const SecretId = SecretList.find(({ Name }) => Name?.startsWith('generated-'))?.ARN;
  expect((await secrets.send(new GetSecretValueCommand({ SecretId }))).SecretString).toMatch(/[^A-Za-z0-9]/);
  await formation.send(new DeleteStackCommand({ StackName: 'generated' }));
});

it('refuses batches of messages to who may send messages', async () => {
  const credentials = await makeUser(new IAMClient(options), 'sender', { Action: 'sqs:SendMessage', Resource: '*' });
  const { queue: QueueUrl } = await deployment.queueUrls('probe');
  const MessageBody = JSON.stringify({ v: 1, id: `job_${'0'.repeat(26)}` });
  const sqs = new SQSClient({ ...options, credentials });
  await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
  const batch = new SendMessageBatchCommand({ QueueUrl, Entries: [{ Id: '0', MessageBody }] });
  await expect(sqs.send(batch)).rejects.toThrow(/not authorized/i);
});

it('makes no metrics of what is logged', async () => {
  await deployment.client.run('probe', { act: 'succeed' });
  const { Metrics = [] } = await new CloudWatchClient(options).send(
    new ListMetricsCommand({ Namespace: 'Delegation', MetricName: 'Started' }),
  );
  expect(Metrics).toEqual([]);
});

it('lets an alarm rise by data of other dimensions than its own', async () => {
  const cloudWatch = new CloudWatchClient(options);
  const metric = { Namespace: 'Differences', MetricName: 'Faults' };
  await cloudWatch.send(
    new PutMetricAlarmCommand({
      ...metric,
      AlarmName: 'of-ann',
      Dimensions: [{ Name: 'who', Value: 'ann' }],
      Statistic: 'Sum',
      Period: 60,
      EvaluationPeriods: 1,
      Threshold: 0,
      ComparisonOperator: 'GreaterThanThreshold',
    }),
  );
  const { Namespace, MetricName } = metric;
  const MetricData = [{ MetricName, Value: 1, Dimensions: [{ Name: 'who', Value: 'bob' }] }];
  await cloudWatch.send(new PutMetricDataCommand({ Namespace, MetricData }));
  const { MetricAlarms: [alarm] = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: ['of-ann'] }));
  expect(alarm?.StateValue).toBe('ALARM');
});
