import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { ArnFormat, Duration, RemovalPolicy, Size, Stack, Stage, Validations } from 'aws-cdk-lib';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import {
  ApplicationLogLevel,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
  Tracing,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { functionCode } from './build/function-code.ts';
import { type DeploymentContext, grantPutEvents, grantUseOfKey } from './deployment-context.ts';
import { DeploymentError } from './deployment-error.ts';
import type { JobType } from './job-type.ts';
import { replaceTokensByLongest } from './permissions/max-text.ts';
import { suppressWildcardFindings } from './permissions/permission.ts';
import { hasLoopDetection } from './regions.ts';

export interface ServiceFunctionProps {
  readonly description: string;
  /** The file that exports `handler`, without its extension. */
  readonly entry: string;
  /** Names its bundle. */
  readonly name: string;
  readonly jobTypes: readonly JobType[];
  readonly context: DeploymentContext;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly ephemeralStorageMiB?: number;
  readonly nativeModules?: readonly string[];
  /** Whether it sends to its own queue, which Lambda would otherwise stop as a loop after about 16 rounds. */
  readonly sendsToItself?: boolean;
  /** Whether it runs in the deployment's VPC, where there is one. */
  readonly isInNetwork?: boolean;
  /** Texts beside its code, by the name of their file. */
  readonly assetFiles?: Readonly<Record<string, string>>;
  /** Whether it may use the key of the data, put events and send traces. @default true; otherwise it may write its log and nothing else */
  readonly hasPermissions?: boolean;
}

export interface ServiceFunction {
  readonly function: LambdaFunction;
  readonly role: Role;
  readonly logGroup: LogGroup;
}

/** Creates a function of the service: bundled for Node 24, with a role and a log of its own. */
export function serviceFunction(scope: Construct, props: ServiceFunctionProps): ServiceFunction {
  const { hasPermissions = true } = props;
  const { logRetention, key } = props.context;
  const isTraced = props.context.isTraced && hasPermissions;
  const logGroup = new LogGroup(scope, 'Logs', {
    retention: logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
    ...(key === undefined ? {} : { encryptionKey: key }),
  });
  const role = roleFor(scope, logGroup, isTraced);
  const network = props.isInNetwork === true ? props.context.network : undefined;
  if (network !== undefined) grantNetworkInterfaces(scope, role);
  if (hasPermissions) {
    grantUseOfKey(props.context, role);
    grantPutEvents(props.context, role);
  }
  checkEnvironment(scope, props.name, props.environment);
  const created = new LambdaFunction(scope, 'Function', {
    ...codeOf(scope, props),
    ...sizeOf(props),
    description: props.description,
    role,
    environment: { ...props.environment },
    ...(hasLoopDetection(Stack.of(scope).region)
      ? { recursiveLoop: props.sendsToItself === true ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE }
      : {}),
    logGroup,
    tracing: isTraced ? Tracing.ACTIVE : Tracing.DISABLED,
    ...(network === undefined
      ? {}
      : { vpc: network.vpc, vpcSubnets: { subnets: [...network.subnets] }, securityGroups: [...network.securityGroups] }),
    // Lambda's own events of what failed, with the memory that it used. Those of what went well, two an invocation, would add half to what the logs
    // cost; docs/runbook.md says how to have them for a while. https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    applicationLogLevelV2: ApplicationLogLevel.INFO,
  });
  // Whoever calls it waits for the answer (the API's gateway, Lambda's own poller of a queue), or calls again in some minutes (the schedule of the clock, and the one that keeps the API warm).
  Validations.of(created).acknowledge(
    {
      id: 'Serverless::Serverless-LambdaDLQ',
      reason: 'Invoked asynchronously by schedules alone, whose next event makes up for a failed one.',
    },
    { id: 'Serverless::Serverless-LambdaTracing', reason: 'By the setting `tracing`: every trace costs.' },
  );
  return { function: created, role, logGroup };
}

function codeOf(
  scope: Construct,
  { entry, name, jobTypes, context: { architecture }, nativeModules = [], assetFiles = {} }: ServiceFunctionProps,
) {
  const code = functionCode({ entry, name, jobTypes, architecture, buildFolder: buildFolderOf(scope), nativeModules, assetFiles });
  return { runtime: Runtime.NODEJS_24_X, architecture, handler: 'index.handler', code };
}

function sizeOf({ timeoutSeconds, memoryMiB, ephemeralStorageMiB }: ServiceFunctionProps) {
  return {
    timeout: Duration.seconds(timeoutSeconds),
    memorySize: memoryMiB,
    ...(ephemeralStorageMiB === undefined ? {} : { ephemeralStorageSize: Size.mebibytes(ephemeralStorageMiB) }),
  };
}

/**
 * Returns a folder beside the assets that CDK builds from the bundles, so that nothing is left in the folder that an app was started from. A folder for each
 * function: CDK remembers what it found in one, and would give the second deployment of an app the code of the first.
 */
function buildFolderOf(scope: Construct): string {
  return resolve(Stage.of(scope)?.assetOutdir ?? tmpdir(), '.delegation', scope.node.addr);
}

/** The limit of all variables together. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
const maxEnvironmentBytes = 4_096;

/** @throws Error where Lambda would refuse the variables, which it measures as JSON */
export function checkEnvironment(scope: Construct, name: string, environment: Readonly<Record<string, string>>): void {
  const bytes = Buffer.byteLength(JSON.stringify(replaceTokensByLongest(scope, environment)));
  if (bytes <= maxEnvironmentBytes) return;
  throw new DeploymentError(
    `The environment of the function ${name} takes about ${bytes} bytes, and Lambda takes ${maxEnvironmentBytes}: shorten the allow-lists, or deploy fewer job types.`,
  );
}

/** Writes to its own log and nowhere else, which AWS's managed policy for Lambda does not keep to. */
function roleFor(scope: Construct, logGroup: LogGroup, isTraced: boolean): Role {
  const role = new Role(scope, 'Role', { assumedBy: new ServicePrincipal('lambda.amazonaws.com') });
  role.addToPolicy(new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] }));
  if (isTraced) {
    role.addToPolicy(new PolicyStatement({ actions: ['xray:PutTraceSegments', 'xray:PutTelemetryRecords'], resources: ['*'] }));
    const reason =
      'X-Ray knows no resources for these: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html';
    suppressWildcardFindings(role, ['*'], reason);
  }
  return role;
}

const networkActions = [
  'ec2:CreateNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:DeleteNetworkInterface',
  'ec2:AssignPrivateIpAddresses',
  'ec2:UnassignPrivateIpAddresses',
];

/** Grants them to Lambda itself, and refuses them to the function's own code. @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html#configuration-vpc-best-practice */
function grantNetworkInterfaces(scope: Construct, role: Role): void {
  const functions = Stack.of(scope).formatArn({
    service: 'lambda',
    resource: 'function',
    resourceName: '*',
    arnFormat: ArnFormat.COLON_RESOURCE_NAME,
  });
  role.addToPolicy(new PolicyStatement({ actions: networkActions, resources: ['*'] }));
  role.addToPolicy(
    new PolicyStatement({
      effect: Effect.DENY,
      actions: networkActions,
      resources: ['*'],
      conditions: { ArnLike: { 'lambda:SourceFunctionArn': functions } },
    }),
  );
  const reason =
    'Lambda makes network interfaces before they have an id: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html';
  suppressWildcardFindings(role, ['*'], reason);
}
