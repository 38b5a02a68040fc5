import { Stack, Validations } from 'aws-cdk-lib';
import { type HttpApi as ApiGateway, HttpMethod, HttpNoneAuthorizer, type HttpRoute } from 'aws-cdk-lib/aws-apigatewayv2';
import { HttpLambdaIntegration } from 'aws-cdk-lib/aws-apigatewayv2-integrations';
import { Construct } from 'constructs';
import { consoleAssetFile, consoleConfigVariable, consoleSourcesVariable } from '../lambdas/console/console-environment.ts';
import { handlerEntry } from './build/bundle.ts';
import { consoleAsset } from './build/console-asset.ts';
import type { DeploymentContext } from './deployment-context.ts';
import type { PayloadBucket } from './payload-bucket.ts';
import { type ServiceFunction, serviceFunction } from './service-function.ts';
import type { DelegationSettings } from './settings.ts';

/** Where people open it, below the address of the API. An issuer sends them back to the same address, so it is compared whole. */
export const consolePath = '/console/';

/**
 * The routes of the console. API Gateway takes no route that ends in a slash, and finds `/console/` by the second one.
 * @see https://github.com/storacha/w3infra/pull/166
 */
const paths = ['/console', '/console/{path+}'] as const;
const methods = [HttpMethod.GET, HttpMethod.HEAD];
/** A page with its files takes five calls, and everybody may make them: more would cost money and the account's concurrency. */
const callsPerSecond = 20;

export interface ConsoleSiteProps {
  readonly gateway: ApiGateway;
  readonly settings: NonNullable<DelegationSettings['console']>;
  readonly issuer: string;
  readonly context: DeploymentContext;
  readonly bucket: PayloadBucket;
  readonly deploymentName: string;
}

/** The web console at the address of the API: a function of its own, which has its files and no permission, and routes without a caller. */
export class ConsoleSite extends Construct {
  readonly service: ServiceFunction;
  readonly routes: readonly HttpRoute[];

  constructor(scope: Construct, id: string, props: ConsoleSiteProps) {
    super(scope, id);
    const { gateway, bucket } = props;
    this.service = createFunction(this, props);
    const integration = new HttpLambdaIntegration('Integration', this.service.function);
    const open = { methods, integration, authorizer: new HttpNoneAuthorizer() };
    this.routes = paths.flatMap((path) => gateway.addRoutes({ path, ...open }));
    const reason = 'Its files are the same for everybody, and hold no data: what the page shows are calls of the API, which need a caller.';
    for (const route of this.routes) Validations.of(route).acknowledge({ id: 'AwsSolutions::AwsSolutions-APIG4', reason });
    // The answer for a large result or a file leads the page there.
    bucket.allowDownloads(gateway.apiEndpoint);
  }

  /** The bounds of each route, by its key. */
  static routeLimits(limitOf: (callsPerSecond: number) => object): Readonly<Record<string, object>> {
    return Object.fromEntries(paths.flatMap((path) => methods.map((method) => [`${method} ${path}`, limitOf(callsPerSecond)])));
  }
}

function createFunction(scope: Construct, { settings, issuer, context, bucket, deploymentName }: ConsoleSiteProps): ServiceFunction {
  const { clientId, scopes, tokenOrigin } = settings;
  const { region } = Stack.of(scope);
  const auth = { kind: 'oidc', issuer, clientId, scopes };
  const config = { apiUrl: '', isReadOnly: false, isLocal: false, label: deploymentName, region, auth };
  const sources = new Set([new URL(issuer).origin, ...(tokenOrigin === undefined ? [] : [tokenOrigin])]);
  return serviceFunction(scope, {
    description: 'Delegation: serves the files of the console',
    entry: handlerEntry('console'),
    name: 'console',
    jobTypes: [],
    context,
    environment: {
      [consoleConfigVariable]: Stack.of(scope).toJsonString(config),
      [consoleSourcesVariable]: [...sources, `https://${bucket.domainName}`].join(' '),
    },
    assetFiles: { [consoleAssetFile]: consoleAsset() },
    hasPermissions: false,
    timeoutSeconds: 5,
    memoryMiB: 128,
  });
}
