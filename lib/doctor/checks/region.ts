/** Checks whether the region supports the resources of the stack. */
import { type CloudFormationClient, DescribeTypeCommand } from '@aws-sdk/client-cloudformation';
import { GetRoleCommand, type IAMClient } from '@aws-sdk/client-iam';
import { type Architecture, type LambdaClient, ListLayersCommand, type Runtime } from '@aws-sdk/client-lambda';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { errorName } from '../deploy-failure.ts';
import { type Finding, ok, problem, skipped, warning } from '../finding.ts';
import type { Template } from '../synthesis.ts';
import { propertyOf, resourcesOfType } from '../template.ts';

/** Reads AWS's list of the services in a region. @see https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-public-parameters-global-infrastructure.html */
export async function services(ssm: SSMClient, region: string): Promise<Finding> {
  const wanted = { apigateway: 'API Gateway', lambda: 'Lambda', dynamodb: 'DynamoDB', sqs: 'SQS', s3: 'S3' };
  const isThere = await Promise.all(
    Object.keys(wanted).map(async (service) => {
      try {
        const Name = `/aws/service/global-infrastructure/regions/${region}/services/${service}`;
        await ssm.send(new GetParameterCommand({ Name }));
        return true;
      } catch (error) {
        if (errorName(error) === 'ParameterNotFound') return false;
        throw error;
      }
    }),
  );
  const missing = Object.values(wanted).filter((_, i) => !isThere[i]);
  if (!isThere.includes(true)) return skipped(`AWS publishes no list of the services of ${region}.`);
  if (missing.length === 0) return ok(`${region} has ${Object.values(wanted).join(', ')}.`);
  return warning(`AWS does not list ${missing.join(', ')} among the services of ${region}.`, {
    advice: 'Choose another region, or check AWS’s list of services by region.',
  });
}

/**
 * Lists layers for the runtime, which Lambda refuses if it does not support it. No API lists runtimes.
 * @see https://docs.aws.amazon.com/lambda/latest/api/API_ListLayers.html
 */
export async function runtimes(lambda: LambdaClient, template: Template): Promise<readonly Finding[]> {
  const functions = resourcesOfType(template, 'AWS::Lambda::Function').map(([, one]) => one);
  const used = new Map(
    functions.map((one) => {
      const [architecture] = (propertyOf(one, 'Architectures') ?? ['x86_64']) as readonly string[];
      const pair = [String(propertyOf(one, 'Runtime')), String(architecture)] as const;
      return [pair.join(' '), pair];
    }),
  );
  return Promise.all([...used.values()].map(([runtime, architecture]) => runtimeFinding(lambda, runtime, architecture)));
}

async function runtimeFinding(lambda: LambdaClient, runtime: string, architecture: string): Promise<Finding> {
  try {
    await lambda.send(
      new ListLayersCommand({ CompatibleRuntime: runtime as Runtime, CompatibleArchitecture: architecture as Architecture, MaxItems: 1 }),
    );
    return ok(`Lambda supports ${runtime} on ${architecture} here.`);
  } catch (error) {
    if (!/^(InvalidParameterValueException|ValidationException)$/.test(errorName(error))) throw error;
    return problem(`Lambda refuses ${runtime} on ${architecture} in this region: ${(error as Error).message}`, {
      advice: 'Choose another region, or set architecture to x86_64.',
    });
  }
}

/** Checks the resource types: CloudFormation does not support all of them in every region. */
export async function resourceTypes(cloudFormation: CloudFormationClient, template: Template): Promise<Finding> {
  const types = [...new Set(Object.values(template.Resources).map(({ Type }) => Type))].filter((type) => /^AWS::(?!CDK::)/.test(type));
  const isSupported = await Promise.all(
    types.map(async (TypeName) => {
      try {
        await cloudFormation.send(new DescribeTypeCommand({ Type: 'RESOURCE', TypeName }));
        return true;
      } catch (error) {
        if (errorName(error) === 'TypeNotFoundException') return false;
        throw error;
      }
    }),
  );
  const unsupported = types.filter((_, i) => !isSupported[i]);
  if (unsupported.length === 0) return ok(`CloudFormation supports the ${types.length} resource types of the stack here.`);
  const isBudget = unsupported.includes('AWS::Budgets::Budget');
  return problem(`CloudFormation does not support ${unsupported.join(', ')} in this region, so the deploy would fail.`, {
    advice: isBudget
      ? 'Leave out alarms.monthlyUsd here, and create the budget with `aws budgets create-budget`.'
      : 'Choose another region.',
  });
}

/** Checks the roles of AWS's own services, one for each in an account. A service creates its role if the caller may; a worker may not. */
export async function serviceRoles(iam: IAMClient, { isLaunching }: { readonly isLaunching: boolean }): Promise<readonly Finding[]> {
  const roles = [
    ...(isLaunching ? [['AWSServiceRoleForEC2Spot', 'spot.amazonaws.com', 'Spot instances'] as const] : []),
    ['AWSServiceRoleForAPIGateway', 'ops.apigateway.amazonaws.com', 'API Gateway'] as const,
  ];
  return Promise.all(
    roles.map(async ([RoleName, service, what]) => {
      try {
        await iam.send(new GetRoleCommand({ RoleName }));
        return ok(`AWS's own role for ${what} exists.`);
      } catch (error) {
        if (!/^NoSuchEntity/.test(errorName(error))) throw error;
        const commands = [`aws iam create-service-linked-role --aws-service-name ${service}`];
        if (what === 'API Gateway') return ok(`AWS's own role for ${what} is missing: the first deploy creates it.`);
        return warning(`AWS's own role for ${what} is missing, and a worker may not create it: jobs that ask for them fail.`, {
          commands,
        });
      }
    }),
  );
}
