/** Checks for names that are already taken, and for leftovers of earlier stacks of the same name. */
import { type APIGatewayClient, GetDomainNameCommand } from '@aws-sdk/client-api-gateway';
import type { CloudFormationClient } from '@aws-sdk/client-cloudformation';
import { type CloudWatchClient, GetDashboardCommand } from '@aws-sdk/client-cloudwatch';
import { type CloudWatchLogsClient, DescribeLogGroupsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type DynamoDBClient, ListTablesCommand, type ListTablesCommandOutput } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, type ListBucketsCommandOutput, type S3Client } from '@aws-sdk/client-s3';
import { errorName } from '../deploy-failure.ts';
import { count, type Finding, ok, problem, warning } from '../finding.ts';
import type { DeployedStack } from '../stack.ts';
import { stackThatOwns } from '../stack-owner.ts';
import type { Template } from '../synthesis.ts';
import { propertyOf, resourcesOfType } from '../template.ts';

/** A stack as it would be deployed to a region. */
interface Planned {
  readonly stackName: string;
  readonly template: Template;
  readonly region: string;
  /** The stack as it is deployed now. */
  readonly stack?: DeployedStack;
}

/** @returns the names in the template that the stack does not have yet */
function newNames({ template, stack }: Planned, type: string, property: string): readonly string[] {
  const own = new Set(stack?.resources.filter((one) => one.type === type).map(({ physicalId }) => physicalId));
  const names = resourcesOfType(template, type).map(([, resource]) => propertyOf(resource, property));
  return names.filter((name) => typeof name === 'string').filter((name) => !own.has(name));
}

/** Checks the dashboard's name. Dashboards are global to an account, but CloudFormation knows the stacks of one region: so this advises no removal. */
export async function dashboardName(
  { cloudFormation, cloudWatch }: { readonly cloudFormation: CloudFormationClient; readonly cloudWatch: CloudWatchClient },
  planned: Planned,
): Promise<Finding> {
  for (const DashboardName of newNames(planned, 'AWS::CloudWatch::Dashboard', 'DashboardName')) {
    try {
      await cloudWatch.send(new GetDashboardCommand({ DashboardName }));
    } catch (error) {
      if (/NotFound/.test(errorName(error))) continue;
      throw error;
    }
    const owner = await stackThatOwns(cloudFormation, DashboardName);
    if (owner === planned.stackName) continue;
    return problem(
      `There is already a dashboard ${DashboardName}, which ${ownership(owner)}. Dashboards are shared by all regions of an account.`,
      {
        advice: owner === undefined ? 'Choose another stage, or remove the dashboard if it is not needed.' : 'Choose another stage.',
        commands: [`aws cloudwatch get-dashboard --dashboard-name ${DashboardName}`],
      },
    );
  }
  return ok('The name of the dashboard is free, or belongs to the stack.');
}

/** Checks whether a custom domain is free: API Gateway refuses a second one of the same name in a region. */
export async function customDomain(
  { cloudFormation, apiGateway }: { readonly cloudFormation: CloudFormationClient; readonly apiGateway: APIGatewayClient },
  planned: Planned,
): Promise<Finding> {
  for (const domainName of newNames(planned, 'AWS::ApiGatewayV2::DomainName', 'DomainName')) {
    try {
      await apiGateway.send(new GetDomainNameCommand({ domainName }));
    } catch (error) {
      if (/NotFound/.test(errorName(error))) continue;
      throw error;
    }
    const owner = await stackThatOwns(cloudFormation, domainName);
    if (owner === planned.stackName) continue;
    return problem(`API Gateway already has the domain ${domainName}, which ${ownership(owner)}: the deploy would fail.`, {
      advice: 'Choose another name, or delete that domain first: its callers lose it until the deploy is done.',
      commands: [`aws apigatewayv2 get-api-mappings --domain-name ${domainName}`],
    });
  }
  return ok('The domain is free, or belongs to the stack. Whether another account has it, only a deploy shows.');
}

export async function logGroupNames(
  { cloudFormation, logs }: { readonly cloudFormation: CloudFormationClient; readonly logs: CloudWatchLogsClient },
  planned: Planned,
): Promise<Finding> {
  for (const name of newNames(planned, 'AWS::Logs::LogGroup', 'LogGroupName')) {
    const { logGroups = [] } = await logs.send(new DescribeLogGroupsCommand({ logGroupNamePrefix: name }));
    if (!logGroups.some(({ logGroupName }) => logGroupName === name)) continue;
    const owner = await stackThatOwns(cloudFormation, name);
    if (owner === planned.stackName) continue;
    const found = `There is already a log group ${name}, which ${ownership(owner)}, so the deploy would fail.`;
    if (owner !== undefined) return problem(found, { advice: 'Choose another stage.' });
    return problem(found, {
      advice: 'Look at its last entries, and remove it if they are not needed.',
      commands: [
        `aws logs describe-log-streams --region ${planned.region} --log-group-name ${name} --order-by LastEventTime --descending --max-items 1`,
        `aws logs delete-log-group --region ${planned.region} --log-group-name ${name}`,
      ],
    });
  }
  return ok('The names of the log groups are free, or belong to the stack.');
}

const ownership = (owner: string | undefined): string => (owner === undefined ? 'belongs to no stack' : `belongs to the stack ${owner}`);

/** Finds tables and buckets that stayed when a stack was destroyed; a new stack creates new ones. Resources of any stack of the region do not count. */
export async function leftovers(
  {
    cloudFormation,
    dynamoDb,
    s3,
  }: { readonly cloudFormation: CloudFormationClient; readonly dynamoDb: DynamoDBClient; readonly s3: S3Client },
  { stackName, template, region, stack }: Planned,
): Promise<Finding> {
  const own = new Set(stack?.resources.map(({ physicalId }) => physicalId));
  // CloudFormation builds names from those of the stack and the resource, and shortens both if they are long.
  const beginnings = (type: string) => resourcesOfType(template, type).map(([id]) => `${stackName}-${id.slice(0, 14)}`);
  const left = async (names: AsyncIterable<string>, all: readonly string[]) => {
    const found: string[] = [];
    for await (const name of names)
      if (!own.has(name) && all.some((one) => name.startsWith(one)) && (await stackThatOwns(cloudFormation, name)) === undefined)
        found.push(name);
    return found;
  };
  const lowerCase = beginnings('AWS::S3::Bucket').map((one) => one.toLowerCase());
  const [tables, buckets] = await Promise.all([
    left(allTables(dynamoDb), beginnings('AWS::DynamoDB::GlobalTable')),
    left(bucketsOf(s3, region), lowerCase),
  ]);
  if (tables.length + buckets.length === 0) return ok('No earlier stack of this name has left a table or a bucket.');
  return warning(`Earlier stacks of this name have left ${count(tables.length, 'table')} and ${count(buckets.length, 'bucket')}.`, {
    advice:
      'They belong to no stack, and a deploy creates new ones. AWS charges for the data in them: empty ones cost nothing. Check each, since jobs and their results may be in it, and delete those that are not needed. S3 deletes a bucket only when it is empty.',
    commands: [
      ...tables.flatMap((name) => [
        `aws dynamodb describe-table --region ${region} --table-name ${name} --query "Table.[CreationDateTime,ItemCount]"`,
        `aws dynamodb delete-table --region ${region} --table-name ${name}`,
      ]),
      ...buckets.flatMap((name) => [
        `aws s3 ls --region ${region} --recursive --summarize s3://${name}`,
        `aws s3 rb --region ${region} s3://${name}`,
      ]),
    ],
  });
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

/** Lists the buckets of a region. S3 lists those of all regions unless it is asked for one; a bucket without a region may be in any. */
async function* bucketsOf(s3: S3Client, region: string): AsyncGenerator<string> {
  let page: ListBucketsCommandOutput | undefined;
  do {
    const next = page?.ContinuationToken === undefined ? {} : { ContinuationToken: page.ContinuationToken };
    page = await s3.send(new ListBucketsCommand({ BucketRegion: region, ...next }));
    for (const { Name, BucketRegion } of page.Buckets ?? []) if (Name !== undefined && BucketRegion === region) yield Name;
  } while (page.ContinuationToken !== undefined);
}
