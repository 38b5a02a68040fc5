import { Duration, RemovalPolicy, Size } from 'aws-cdk-lib';
import {
  ApplicationLogLevel,
  type Architecture,
  Function as LambdaFunction,
  LoggingFormat,
  RecursiveLoop,
  Runtime,
  SystemLogLevel,
} from 'aws-cdk-lib/aws-lambda';
import { LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Construct } from 'constructs';
import { functionCode } from './function-code.ts';

export interface ServiceFunctionProps {
  readonly description: string;
  /** From the project's root. */
  readonly entry: string;
  readonly architecture: Architecture;
  readonly environment: Readonly<Record<string, string>>;
  readonly timeoutSeconds: number;
  readonly memoryMiB: number;
  readonly ephemeralStorageMiB?: number;
  readonly nativeModules?: readonly string[];
  /** Whether it sends to its own queue, which Lambda would otherwise stop as a loop after about 16 rounds. */
  readonly sendsToItself?: boolean;
}

/** How every function of the service is made: Lambda's newest Node, bundled, logging JSON into a group of its own that expires. */
export function serviceFunction(scope: Construct, props: ServiceFunctionProps): LambdaFunction {
  const { entry, architecture, nativeModules = [] } = props;
  return new LambdaFunction(scope, 'Function', {
    description: props.description,
    runtime: Runtime.NODEJS_24_X,
    architecture,
    handler: 'index.handler',
    code: functionCode({ entry, architecture, nativeModules }),
    environment: { ...props.environment },
    timeout: Duration.seconds(props.timeoutSeconds),
    memorySize: props.memoryMiB,
    ...(props.ephemeralStorageMiB === undefined ? {} : { ephemeralStorageSize: Size.mebibytes(props.ephemeralStorageMiB) }),
    // https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
    recursiveLoop: props.sendsToItself === true ? RecursiveLoop.ALLOW : RecursiveLoop.TERMINATE,
    logGroup: new LogGroup(scope, 'Logs', { retention: RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY }),
    // Lambda's own START, END and REPORT lines would cost as much as the jobs themselves.
    loggingFormat: LoggingFormat.JSON,
    systemLogLevelV2: SystemLogLevel.WARN,
    applicationLogLevelV2: ApplicationLogLevel.INFO,
  });
}
