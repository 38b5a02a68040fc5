/** Checks limits of the account that the deployment can reach, which are lower in new accounts. */
import { type APIGatewayClient, GetAccountCommand } from '@aws-sdk/client-api-gateway';
import { type _InstanceType, DescribeInstanceTypesCommand, type EC2Client } from '@aws-sdk/client-ec2';
import { GetAccountSettingsCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { GetServiceQuotaCommand, type ServiceQuotasClient } from '@aws-sdk/client-service-quotas';
import { type Finding, ok, warning } from '../finding.ts';
import type { Template } from '../synthesis.ts';
import { propertyOf, queuedConcurrency, resourcesOfType } from '../template.ts';

/** The API and the clock need one invocation each, while all queues are busy. */
const besideQueues = 2;
const usualConcurrency = 1_000;
const memoryOfNewAccountsMiB = 3_008;
const increase = (service: string, code: string, value: number) =>
  `aws service-quotas request-service-quota-increase --service-code ${service} --quota-code ${code} --desired-value ${value}`;

/** @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
export async function functionQuotas(lambda: LambdaClient, template: Template): Promise<readonly Finding[]> {
  const { AccountLimit = {} } = await lambda.send(new GetAccountSettingsCommand());
  const { ConcurrentExecutions: limit = 0, UnreservedConcurrentExecutions: free = limit } = AccountLimit;
  return [concurrency(queuedConcurrency(template), limit, free), memory(template, limit)];
}

function concurrency(wanted: number, limit: number, free: number): Finding {
  const reserved = free < limit ? `, ${limit - free} of them reserved for others` : '';
  const account = `The account can run ${limit} functions at once${reserved}; the job types use up to ${wanted} together.`;
  if (wanted + besideQueues <= free) return ok(account);
  return warning(account, {
    advice:
      'A backlog can leave the API none, and its callers get errors. Lower `concurrency` in the settings (the minimum is 2 for each type), or ask for more.',
    commands: [increase('lambda', 'L-B99A9384', usualConcurrency)],
  });
}

/** Checks the memory of functions. No API returns the limit; accounts with a low concurrency have had a low memory limit, too. */
function memory(template: Template, limit: number): Finding {
  const functions = resourcesOfType(template, 'AWS::Lambda::Function');
  const largest = Math.max(...functions.map(([, one]) => Number(propertyOf(one, 'MemorySize') ?? 128)));
  if (largest <= memoryOfNewAccountsMiB || limit >= usualConcurrency) return ok(`The largest function has ${largest} MiB of memory.`);
  return warning(`A function has ${largest} MiB of memory; new accounts often allow ${memoryOfNewAccountsMiB}.`, {
    advice: `The deploy would then fail with "MemorySize … less than or equal to ${memoryOfNewAccountsMiB}". Lower memoryMiB in the contract, or ask AWS Support for more.`,
  });
}

/** Asks API Gateway, since Service Quotas names the default of other regions. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
export async function throttles(apiGateway: APIGatewayClient, template: Template): Promise<Finding> {
  const { throttleSettings: { rateLimit: rate = 0, burstLimit: burst = 0 } = {} } = await apiGateway.send(new GetAccountCommand());
  const limits = resourcesOfType(template, 'AWS::ApiGatewayV2::Stage').flatMap(([, stage]) => [
    propertyOf(stage, 'DefaultRouteSettings'),
    ...Object.values((propertyOf(stage, 'RouteSettings') ?? {}) as object),
  ]) as readonly { readonly ThrottlingRateLimit?: number; readonly ThrottlingBurstLimit?: number }[];
  const rateWanted = Math.max(0, ...limits.map(({ ThrottlingRateLimit = 0 }) => ThrottlingRateLimit));
  const burstWanted = Math.max(0, ...limits.map(({ ThrottlingBurstLimit = 0 }) => ThrottlingBurstLimit));
  const found = `API Gateway accepts ${rate} requests a second from the account in this region (bursts of ${burst}); the settings allow ${rateWanted} (${burstWanted}).`;
  if (rateWanted <= rate && burstWanted <= burst) return ok(found);
  return warning(found, {
    advice: 'The account’s limit applies first, to all of its APIs together. Lower `throttle` in the settings, or ask for more.',
    commands: [increase('apigateway', 'L-8A5B8E43', Math.max(rateWanted, 10_000))],
  });
}

/** Instance types whose vCPUs count towards the standard quota, by their first letters. @see https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html */
const standardFamily = /^[acdhimrtz]\d/;
const standardQuota = 'L-1216C47A';

/** Checks the quota of vCPUs, which is low in new accounts. Families with a quota of their own (GPUs, high memory) are not checked. */
export async function instanceQuota(quotas: ServiceQuotasClient, ec2: EC2Client, instanceTypes: readonly string[]): Promise<Finding> {
  const standard = instanceTypes.filter((type) => standardFamily.test(type));
  if (standard.length === 0) return ok('No listed instance type counts towards the quota of standard instances.');
  const [{ Quota }, { InstanceTypes = [] }] = await Promise.all([
    quotas.send(new GetServiceQuotaCommand({ ServiceCode: 'ec2', QuotaCode: standardQuota })),
    ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes: standard as _InstanceType[] })),
  ]);
  const limit = Quota?.Value ?? 0;
  const tooLarge = InstanceTypes.filter(({ VCpuInfo }) => (VCpuInfo?.DefaultVCpus ?? 0) > limit).map(({ InstanceType }) => InstanceType);
  const found = `The account can run ${limit} vCPUs of standard on-demand instances in this region`;
  if (tooLarge.length === 0) return ok(`${found}.`);
  return warning(`${found}, too few for a single ${tooLarge.join(', ')}.`, {
    advice: 'Launches wait until their deadline, then fail. Ask for more.',
    commands: [increase('ec2', standardQuota, 32)],
  });
}
