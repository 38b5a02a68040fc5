/** The resources of the deployed stages in the account, as each service lists them. */
import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch';
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb';
import { IAMClient, ListRolesCommand } from '@aws-sdk/client-iam';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import type { Deployment } from '../support/tested-deployment.ts';
import { awsRequests } from './aws-requests.ts';

type Names = readonly (string | undefined)[];

const ofStages = /Delegation-(test|tokens|failing)\b/i;

/** @returns names or ARNs, by kind */
export async function holdings(deployment: Deployment): Promise<Readonly<Record<string, readonly string[]>>> {
  const { tables, buckets, queues, roles, alarms } = listedByClients(deployment);
  const { stacks, dashboards, topics, rules, functions, triggers, logGroups, apis } = listedByRequests(deployment);
  const kinds = { stacks, tables, buckets, queues, roles, functions, triggers, logGroups, rules, topics, alarms, dashboards };
  const found = await Promise.all(
    Object.entries(kinds).map(async ([kind, list]) => [kind, (await list()).filter((name) => name !== undefined && ofStages.test(name))]),
  );
  // APIs do not carry the name of their stage; the account has no others.
  return { ...Object.fromEntries(found), apis: await apis() };
}

function listedByClients(deployment: Deployment) {
  const cloudWatch = new CloudWatchClient(deployment.aws('cloudwatch'));
  const dynamoDb = new DynamoDBClient(deployment.aws('dynamodb'));
  const s3 = new S3Client(deployment.aws('s3'));
  const sqs = new SQSClient(deployment.aws('sqs'));
  const iam = new IAMClient(deployment.aws('iam'));
  return {
    tables: async (): Promise<Names> => (await dynamoDb.send(new ListTablesCommand())).TableNames ?? [],
    buckets: async (): Promise<Names> => ((await s3.send(new ListBucketsCommand())).Buckets ?? []).map(({ Name }) => Name),
    queues: async (): Promise<Names> => (await sqs.send(new ListQueuesCommand({ MaxResults: 1_000 }))).QueueUrls ?? [],
    roles: async (): Promise<Names> =>
      ((await iam.send(new ListRolesCommand({ MaxItems: 1_000 }))).Roles ?? []).map(({ RoleName }) => RoleName),
    alarms: async (): Promise<Names> =>
      ((await cloudWatch.send(new DescribeAlarmsCommand({ MaxRecords: 100 }))).MetricAlarms ?? []).map(({ AlarmName }) => AlarmName),
  };
}

function listedByRequests(deployment: Deployment) {
  const { get, json, query } = awsRequests(deployment);
  const elements = async (service: string, Action: string, Version: string, element: string): Promise<Names> => {
    const text = await query(service, { Action, Version });
    return [...text.matchAll(new RegExp(`<${element}>([^<]+)</${element}>`, 'g'))].map(([, value]) => value);
  };
  return {
    stacks: () => elements('cloudformation', 'DescribeStacks', '2010-05-15', 'StackName'),
    // The client expects a time in each answer that the emulator leaves out.
    dashboards: () => elements('monitoring', 'ListDashboards', '2010-08-01', 'DashboardName'),
    topics: () => elements('sns', 'ListTopics', '2010-03-31', 'TopicArn'),
    rules: async (): Promise<Names> =>
      (await json<{ Rules: readonly { Name: string }[] }>('events', 'AWSEvents.ListRules', {})).Rules.map(({ Name }) => Name),
    functions: async (): Promise<Names> =>
      (await get<{ Functions: readonly { FunctionName: string }[] }>('lambda', '/2015-03-31/functions/?MaxItems=50')).Functions.map(
        ({ FunctionName }) => FunctionName,
      ),
    triggers: async (): Promise<Names> =>
      (
        await get<{ EventSourceMappings: readonly { FunctionArn: string }[] }>('lambda', '/2015-03-31/event-source-mappings/')
      ).EventSourceMappings.map(({ FunctionArn }) => FunctionArn),
    logGroups: async (): Promise<Names> =>
      (
        await json<{ logGroups: readonly { logGroupName: string }[] }>('logs', 'Logs_20140328.DescribeLogGroups', { limit: 50 })
      ).logGroups.map(({ logGroupName }) => logGroupName),
    apis: async () =>
      (await get<{ items?: readonly { apiId: string }[] }>('apigateway', '/v2/apis')).items?.map(({ apiId }) => apiId) ?? [],
  };
}
