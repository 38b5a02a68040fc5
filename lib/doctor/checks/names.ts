/** Names that the stack would take and somebody else has, and what earlier stacks of the same name left. */
import { type CloudWatchClient, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { type CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type DynamoDBClient, ListTablesCommand, type ListTablesCommandOutput } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, type ListBucketsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { errorName } from '../failure.ts';
import { count, type Finding, ok, problem, warning } from '../finding.ts';
import type { DeployedStack } from '../stack.ts';
import type { Template } from '../synthesis.ts';
import { propertyOf, resourcesOfType } from '../template.ts';

/** A name that the template gives, unless the stack has it already. */
function newNames(template: Template, type: string, property: string, stack: DeployedStack | undefined): readonly string[] {
  const own = new Set(stack?.resources.filter((one) => one.type === type).map(({ physicalId }) => physicalId));
  const names = resourcesOfType(template, type).map(([, resource]) => propertyOf(resource, property));
  return names.filter((name) => typeof name === 'string').filter((name) => !own.has(name));
}

/** Dashboards are global to an account: the one of another region has the same name. */
export async function dashboardName(cloudWatch: CloudWatchClient, template: Template, stack: DeployedStack | undefined): Promise<Finding> {
  for (const DashboardName of newNames(template, 'AWS::CloudWatch::Dashboard', 'DashboardName', stack)) {
    try {
      await cloudWatch.send(new GetDashboardCommand({ DashboardName }));
      return problem(
        `There is a dashboard ${DashboardName} already, which is not this stack's. Dashboards belong to all regions of an account.`,
        {
          advice: 'Choose another stage, or remove it when nobody needs it.',
          commands: [
            `aws cloudwatch get-dashboard --dashboard-name ${DashboardName}`,
            `aws cloudwatch delete-dashboards --dashboard-names ${DashboardName}`,
          ],
        },
      );
    } catch (error) {
      if (!/NotFound/.test(errorName(error))) throw error;
    }
  }
  return ok('The name of the dashboard is free, or the stack has it.');
}

export async function logGroupNames(logs: CloudWatchLogsClient, template: Template, stack: DeployedStack | undefined): Promise<Finding> {
  for (const name of newNames(template, 'AWS::Logs::LogGroup', 'LogGroupName', stack)) {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    if (logGroups.some(({ logGroupName }) => logGroupName === name)) {
      return problem(`There is a log group ${name} already, which is not this stack's, so the deploy would fail.`, {
        advice: 'Remove it when nobody needs what is in it.',
        commands: [`aws logs delete-log-group --log-group-name ${name}`],
      });
    }
  }
  return ok('The names of the log groups are free, or the stack has them.');
}

/** Tables and buckets stay when a stack goes, and when a first deploy fails. A new stack makes new ones. */
export async function leftovers(
  { dynamoDb, s3 }: { readonly dynamoDb: DynamoDBClient; readonly s3: S3Client },
  { stackName, template }: { readonly stackName: string; readonly template: Template },
  stack: DeployedStack | undefined,
): Promise<Finding> {
  const own = new Set(stack?.resources.map(({ physicalId }) => physicalId));
  // CloudFormation makes names of the stack's and the resource's, and shortens both where they are long.
  const beginnings = (type: string) => resourcesOfType(template, type).map(([id]) => `${stackName}-${id.slice(0, 14)}`);
  const isLeft = (name: string, beginning: string) => name.toLowerCase().startsWith(beginning.toLowerCase()) && !own.has(name);
  const [tables, buckets] = await Promise.all([
    left(allTables(dynamoDb), beginnings('AWS::DynamoDB::GlobalTable'), isLeft),
    left(allBuckets(s3), beginnings('AWS::S3::Bucket'), isLeft),
  ]);
  if (tables.length + buckets.length === 0) return ok('No earlier stack of this name has left a table or a bucket.');
  return warning(
    `Earlier stacks of this name have left ${count(tables.length, 'table')} and ${count(buckets.length, 'bucket')}, which cost what they cost.`,
    {
      advice:
        'A deploy makes new ones and does not use these. Look into them, and delete what nobody needs. A failed deploy leaves empty ones.',
      commands: [
        ...tables.map((name) => `aws dynamodb delete-table --table-name ${name}`),
        ...buckets.map((name) => `aws s3 rb --force s3://${name}`),
      ],
    },
  );
}

async function left(
  names: AsyncIterable<string>,
  beginnings: readonly string[],
  isLeft: (name: string, beginning: string) => boolean,
): Promise<readonly string[]> {
  const found: string[] = [];
  for await (const name of names) if (beginnings.some((beginning) => isLeft(name, beginning))) found.push(name);
  return found;
}

async function* allTables(dynamoDb: DynamoDBClient): AsyncGenerator<string> {
  let page: ListTablesCommandOutput | undefined;
  do {
    page = await dynamoDb.send(
      new ListTablesCommand(page?.LastEvaluatedTableName === undefined ? {} : { ExclusiveStartTableName: page.LastEvaluatedTableName }),
    );
    yield* page.TableNames ?? [];
  } while (page.LastEvaluatedTableName !== undefined);
}

async function* allBuckets(s3: S3Client): AsyncGenerator<string> {
  let page: ListBucketsCommandOutput | undefined;
  do {
    page = await s3.send(
      new ListBucketsCommand(page?.ContinuationToken === undefined ? {} : { ContinuationToken: page.ContinuationToken }),
    );
    for (const { Name } of page.Buckets ?? []) if (Name !== undefined) yield Name;
  } while (page.ContinuationToken !== undefined);
}
