import { ArnFormat, Duration, RemovalPolicy, Stack, Validations } from 'aws-cdk-lib';
import {
  HttpApi as ApiGateway,
  CfnStage,
  CorsHttpMethod,
  type CorsPreflightOptions,
  HttpMethod,
  HttpNoneAuthorizer,
  type IHttpRouteAuthorizer,
} from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpIamAuthorizer, HttpJwtAuthorizer } from 'aws-cdk-lib/aws-apigatewayv2-authorizers';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Grant, type IGrantable } from 'aws-cdk-lib/aws-iam';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { Construct } from 'constructs';
import { headers as answerHeaders } from '../lambdas/api/openapi/answer-headers.ts';
import { callerArnOf, settingsVariable, withAdmin } from './admins.ts';
import { handlerEntry } from './build/bundle.ts';
import { ConsoleSite, consolePath } from './console-site.ts';
import { CustomDomain } from './custom-domain.ts';
import type { DeploymentContext } from './deployment-context.ts';
import { DeploymentError } from './deployment-error.ts';
import type { JobQueue } from './job-queue.ts';
import type { JobTable } from './job-table.ts';
import type { JobType } from './job-type.ts';
import type { PayloadBucket } from './payload-bucket.ts';
import { checkEnvironment, type ServiceFunction, serviceFunction } from './service-function.ts';
import type { DelegationSettings } from './settings.ts';
import { WarmRule } from './warm-rule.ts';

export interface HttpApiProps {
  readonly jobTypes: readonly JobType[];
  readonly settings: Pick<DelegationSettings, 'auth' | 'throttle' | 'corsOrigins' | 'domain' | 'console' | 'warm'>;
  readonly context: DeploymentContext;
  readonly environment: Readonly<Record<string, string>>;
  readonly table: JobTable;
  readonly bucket: PayloadBucket;
  readonly queues: readonly JobQueue[];
  /** The deployment, as the API and its access log are named. */
  readonly deploymentName: string;
}

/**
 * The format of a line of the access log. Errors are between quotes of ours: `error.messageString` brings its own, but is a bare `-` where there is
 * no error, and the line no JSON. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
 */
const accessLogFormat = JSON.stringify({
  requestId: '$context.requestId',
  time: '$context.requestTime',
  method: '$context.httpMethod',
  path: '$context.path',
  status: '$context.status',
  responseBytes: '$context.responseLength',
  latencyMs: '$context.responseLatency',
  routeKey: '$context.routeKey',
  integrationLatencyMs: '$context.integration.latency',
  integrationRequestId: '$context.integration.requestId',
  sourceIp: '$context.identity.sourceIp',
  caller: '$context.identity.userArn',
  subject: '$context.authorizer.claims.sub',
  error: '$context.error.message',
  authorizerError: '$context.authorizer.error',
});

/** The paths that need no caller, with the reason. */
const publicPages: Readonly<Record<string, string>> = {
  '/healthz': 'Says that the API is up, and touches nothing.',
  '/problems/{name}': 'Explains a problem, in the same words everywhere.',
};
/** Each call is an invocation: more calls than a few monitors and readers need would cost money and the account's concurrency. */
const publicCallsPerSecond = 5;

/** The path of links for signals, and how it may be called. */
const linkPath = '/v1/links/{id}';
const linkMethods = [HttpMethod.GET, HttpMethod.HEAD, HttpMethod.POST];
/** Programs that scan mails open each link some times, before and beside a person. */
const linkCallsPerSecond = 20;

/** What an account takes at once, of all its APIs in a region; a limit above it would not be reached. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html */
const maxBurst = 5_000;
const burstOf = (perSecond: number) => Math.min(2 * perSecond, maxBurst);

/** As CloudFormation takes it within a map, in capitals. */
const routeLimit = (perSecond: number) => ({ ThrottlingRateLimit: perSecond, ThrottlingBurstLimit: burstOf(perSecond) });

/** API Gateway's HTTP API before one function. Every call is authorised but those of `publicRoutesOf`. */
export class HttpApi extends Construct {
  /** Where callers find it: the custom domain, or the address that API Gateway generates. */
  readonly url: string;
  readonly apiId: string;
  /** Undefined without a custom domain. */
  readonly domain: CustomDomain | undefined;
  readonly service: ServiceFunction;
  /** Where the console is; undefined where there is none. */
  readonly consoleUrl: string | undefined;
  readonly accessLog: LogGroup;
  private readonly auth: DelegationSettings['auth'];
  private environment: Readonly<Record<string, string>>;

  constructor(scope: Construct, id: string, props: HttpApiProps) {
    super(scope, id);
    const { settings, context, deploymentName: name, jobTypes } = props;
    this.service = this.createFunction(props);
    if (settings.warm) new WarmRule(this, 'Warm', this.service.function);
    const integration = new HttpLambdaIntegration('Integration', this.service.function);
    this.domain = settings.domain === undefined ? undefined : new CustomDomain(this, 'Domain', settings.domain);
    const gateway = new ApiGateway(this, 'Gateway', {
      apiName: name,
      defaultIntegration: integration,
      defaultAuthorizer: authorizerOf(settings.auth),
      ...(settings.corsOrigins === undefined ? {} : { corsPreflight: corsOf(settings.corsOrigins) }),
      // At the root: a path of the domain would be missing in `Location` and in links.
      ...(this.domain === undefined ? {} : { defaultDomainMapping: { domainName: this.domain.domainName } }),
      ...(settings.domain?.disableExecuteApiEndpoint === true ? { disableExecuteApiEndpoint: true } : {}),
    });
    const open = publicRoutesOf(jobTypes).flatMap(({ path, methods, reason }) => {
      const added = gateway.addRoutes({ path, methods: [...methods], integration, authorizer: new HttpNoneAuthorizer() });
      for (const route of added) Validations.of(route).acknowledge({ id: 'AwsSolutions::AwsSolutions-APIG4', reason });
      return added;
    });
    // The default route would ask a browser's preflight request for a caller.
    // https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-cors.html
    if (settings.corsOrigins !== undefined) {
      const [preflight] = gateway.addRoutes({
        path: '/{proxy+}',
        methods: [HttpMethod.OPTIONS],
        integration,
        authorizer: new HttpNoneAuthorizer(),
      });
      if (preflight !== undefined)
        Validations.of(preflight).acknowledge({
          id: 'AwsSolutions::AwsSolutions-APIG4',
          reason: 'A preflight request never has credentials.',
        });
    }
    // A route of its own, so that it can be throttled separately.
    const [submission] = gateway.addRoutes({ path: '/v1/jobs', methods: [HttpMethod.POST], integration });
    const { key, logRetention } = context;
    this.accessLog = new LogGroup(this, 'AccessLog', {
      // With any other prefix, each API's log takes its part of one resource policy, whose 5,120 characters the account shares.
      // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html
      logGroupName: `/aws/vendedlogs/delegation/${name}/access`,
      retention: logRetention,
      removalPolicy: RemovalPolicy.DESTROY,
      ...(key === undefined ? {} : { encryptionKey: key }),
    });
    const site = this.createConsole(gateway, props);
    const stage = this.configureStage(gateway, props);
    // Settings of a route that is not there yet are refused.
    for (const route of [submission, ...open, ...(site?.routes ?? [])]) if (route !== undefined) stage.node.addDependency(route);
    this.url = this.domain?.url ?? gateway.apiEndpoint;
    this.consoleUrl = site === undefined ? undefined : `${this.url}${consolePath}`;
    this.apiId = gateway.apiId;
    this.auth = settings.auth;
    this.environment = props.environment;
  }

  private createFunction({ jobTypes, context, environment, table, bucket, queues }: HttpApiProps): ServiceFunction {
    const service = serviceFunction(this, {
      description: 'Delegation: accepts jobs and reports on them',
      entry: handlerEntry('api'),
      name: 'api',
      jobTypes,
      context,
      environment,
      timeoutSeconds: 29, // the gateway gives up after 30
      memoryMiB: 512,
    });
    const api = service.function;
    table.grantCreate(api);
    table.grantChange(api);
    table.grantList(api);
    bucket.grantAccept(service.role);
    table.grantFindDue(api);
    for (const queue of queues) {
      queue.grantWakeUp(api);
      // The list of job types shows how deep the queues are, and leaves out the service's own.
      if (!queue.isInternal) queue.grantReadDepth(api);
    }
    return service;
  }

  private createConsole(gateway: ApiGateway, { settings, context, bucket, deploymentName }: HttpApiProps): ConsoleSite | undefined {
    const { auth, console } = settings;
    if (console === undefined || auth.kind !== 'jwt') return undefined;
    return new ConsoleSite(this, 'Console', { gateway, settings: console, issuer: auth.issuer, context, bucket, deploymentName });
  }

  /** Sets what CDK's own construct has no properties for. */
  private configureStage(gateway: ApiGateway, { settings: { throttle, console }, jobTypes }: HttpApiProps): CfnStage {
    const stage = gateway.defaultStage?.node.defaultChild;
    if (!(stage instanceof CfnStage)) throw new Error('The gateway has no default stage.');
    // Without the `:*` of `logGroupArn`, which API Gateway takes off: drift detection would find the stage changed for ever.
    const destinationArn = Stack.of(this).formatArn({
      service: 'logs',
      resource: 'log-group',
      resourceName: this.accessLog.logGroupName,
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    });
    const { submissionsPerSecond, requestsPerSecond } = throttle;
    stage.accessLogSettings = { destinationArn, format: accessLogFormat };
    stage.defaultRouteSettings = {
      throttlingRateLimit: requestsPerSecond,
      throttlingBurstLimit: burstOf(requestsPerSecond),
      detailedMetricsEnabled: false,
    };
    stage.routeSettings = {
      'POST /v1/jobs': routeLimit(submissionsPerSecond),
      ...(console === undefined ? {} : ConsoleSite.routeLimits(routeLimit)),
      ...Object.fromEntries(
        publicRoutesOf(jobTypes).flatMap(({ path, methods, callsPerSecond }) =>
          methods.map((method) => [`${method} ${path}`, routeLimit(callsPerSecond)]),
        ),
      ),
    };
    return stage;
  }

  /** @throws Error where tokens authenticate callers, whom IAM does not know */
  grantCall(grantee: IGrantable): Grant {
    this.refuseTokens();
    // All of its routes, and only its own. https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-access-control-iam.html
    const api = Stack.of(this).formatArn({ service: 'execute-api', resource: this.apiId, resourceName: '*' });
    return Grant.addToPrincipal({ grantee, actions: ['execute-api:Invoke'], resourceArns: [api] });
  }

  /** @throws Error as `grantCall` does, and for a grantee that is neither a role nor a user of the account */
  grantAdmin(grantee: IGrantable): Grant {
    this.refuseTokens();
    this.environment = withAdmin(this.environment, callerArnOf(this, grantee));
    checkEnvironment(this, 'api', this.environment);
    this.service.function.addEnvironment(settingsVariable, this.environment[settingsVariable] ?? '');
    return this.grantCall(grantee);
  }

  private refuseTokens(): void {
    if (this.auth.kind !== 'iam')
      throw new DeploymentError('Callers of this API bring tokens (auth.kind is "jwt"): there is nothing to grant them.');
  }
}

interface PublicRoute {
  readonly path: string;
  readonly methods: readonly HttpMethod[];
  /** Why it needs no caller. */
  readonly reason: string;
  readonly callsPerSecond: number;
}

/** @returns the routes that need no caller: those of links only where a job type has signals */
function publicRoutesOf(jobTypes: readonly JobType[]): readonly PublicRoute[] {
  const pages = Object.entries(publicPages).map(([path, reason]) => ({
    path,
    methods: [HttpMethod.GET],
    reason,
    callsPerSecond: publicCallsPerSecond,
  }));
  if (jobTypes.every(({ contract }) => contract.signals === undefined)) return pages;
  const reason = 'The address itself holds a secret of 192 bits that lets its holder send one signal, once.';
  return [...pages, { path: linkPath, methods: linkMethods, reason, callsPerSecond: linkCallsPerSecond }];
}

/** What a page in a browser may send and read: all that the API understands. */
function corsOf(allowOrigins: readonly string[]): CorsPreflightOptions {
  return {
    allowOrigins: [...allowOrigins],
    allowMethods: [CorsHttpMethod.GET, CorsHttpMethod.HEAD, CorsHttpMethod.POST, CorsHttpMethod.PUT, CorsHttpMethod.DELETE],
    allowHeaders: [
      ...[
        'authorization',
        'content-encoding',
        'content-type',
        'idempotency-key',
        'if-none-match',
        'last-event-id',
        'prefer',
        'traceparent',
        'x-request-id',
      ],
      // Those of a signed request.
      ...['x-amz-content-sha256', 'x-amz-date', 'x-amz-security-token'],
    ],
    exposeHeaders: Object.keys(answerHeaders).map((name) => name.toLowerCase()),
    maxAge: Duration.hours(1),
  };
}

function authorizerOf(auth: DelegationSettings['auth']): IHttpRouteAuthorizer {
  if (auth.kind === 'iam') return new HttpIamAuthorizer();
  return new HttpJwtAuthorizer('Tokens', auth.issuer, { jwtAudience: auth.audience });
}
