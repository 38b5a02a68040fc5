/**
 * A client of the operations of EC2 that Delegation uses. The SDK's own client describes every operation of EC2, which is half a megabyte in a bundle;
 * this one is put together from the same parts (protocol, signer, retries, endpoints), with the schemas of a few operations.
 */
import type { EC2ClientConfig, EC2ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes } from '@aws-sdk/client-ec2';
import {
  createDefaultUserAgentProvider,
  getHostHeaderPlugin,
  getLoggerPlugin,
  getRecursionDetectionPlugin,
  getUserAgentPlugin,
  NODE_APP_ID_CONFIG_OPTIONS,
  resolveHostHeaderConfig,
  resolveUserAgentConfig,
} from '@aws-sdk/core/client';
import { AwsSdkSigV4Signer, resolveAwsSdkSigV4Config } from '@aws-sdk/core/httpAuthSchemes';
import { AwsEc2QueryProtocol } from '@aws-sdk/core/protocols';
import { defaultProvider } from '@aws-sdk/credential-provider-node';
import { DefaultIdentityProviderConfig, getHttpAuthSchemeEndpointRuleSetPlugin, getHttpSigningPlugin } from '@smithy/core';
import { Sha256 } from '@smithy/core/checksum';
import { Client, loadConfigsForDefaultMode, NoOpLogger, ServiceException } from '@smithy/core/client';
import {
  loadConfig,
  NODE_REGION_CONFIG_FILE_OPTIONS,
  NODE_REGION_CONFIG_OPTIONS,
  NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS,
  NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS,
  resolveDefaultsModeConfig,
  resolveRegionConfig,
} from '@smithy/core/config';
import { resolveEndpointConfig } from '@smithy/core/endpoints';
import { getContentLengthPlugin, parseUrl } from '@smithy/core/protocols';
import { DEFAULT_RETRY_MODE, getRetryPlugin, NODE_RETRY_MODE_CONFIG_OPTIONS, resolveRetryConfig } from '@smithy/core/retry';
import { getSchemaSerdePlugin, TypeRegistry } from '@smithy/core/schema';
import { calculateBodyLength, fromBase64, fromUtf8, toBase64, toUtf8 } from '@smithy/core/serde';
import { type NodeHttpHandler, streamCollector } from '@smithy/node-http-handler';
import { resolveEndpoint } from './endpoint.ts';
import { apiVersion, modelVersion, namespace } from './schemas.ts';

export interface Ec2Options extends Pick<EC2ClientConfig, 'credentials' | 'endpoint' | 'region'> {
  readonly maxAttempts: number;
  /** Holds the connections, which clients can share. */
  readonly requestHandler: EC2ClientResolvedConfig['requestHandler'];
}

/** What EC2 refuses with: `name` is EC2's code. */
class EC2ServiceException extends ServiceException {}

/** Called by each client, as a registry that is created while the code loads would be in every bundle. */
function errorTypes(): TypeRegistry {
  const registry = new TypeRegistry(`smithy.ts.sdk.synthetic.${namespace}`);
  registry.registerError([-3, registry.namespace, 'EC2ServiceException', 0, [], []], EC2ServiceException);
  return registry;
}

const signing = 'aws.auth#sigv4';

/** The settings of the SDK's own client, read from the same places. */
function defaults({ region, ...options }: Ec2Options) {
  const defaultsMode = resolveDefaultsModeConfig({});
  const modeDefaults = () => defaultsMode().then(loadConfigsForDefaultMode);
  const retryMode = { ...NODE_RETRY_MODE_CONFIG_OPTIONS, default: async () => (await modeDefaults()).retryMode || DEFAULT_RETRY_MODE };
  return {
    ...options,
    apiVersion,
    serviceId: 'EC2',
    defaultSigningName: 'ec2',
    runtime: 'node',
    defaultsMode,
    disableHostPrefix: false,
    extensions: [],
    logger: new NoOpLogger(),
    protocol: AwsEc2QueryProtocol,
    protocolSettings: {
      defaultNamespace: namespace,
      errorTypeRegistries: [errorTypes()],
      xmlNamespace: `http://ec2.amazonaws.com/doc/${apiVersion}`,
      version: apiVersion,
      serviceTarget: 'AmazonEC2',
    },
    region: region ?? loadConfig(NODE_REGION_CONFIG_OPTIONS, NODE_REGION_CONFIG_FILE_OPTIONS),
    useDualstackEndpoint: loadConfig(NODE_USE_DUALSTACK_ENDPOINT_CONFIG_OPTIONS),
    useFipsEndpoint: loadConfig(NODE_USE_FIPS_ENDPOINT_CONFIG_OPTIONS),
    retryMode: loadConfig(retryMode),
    userAgentAppId: loadConfig(NODE_APP_ID_CONFIG_OPTIONS),
    defaultUserAgentProvider: createDefaultUserAgentProvider({ serviceId: 'EC2', clientVersion: modelVersion }),
    credentialDefaultProvider: defaultProvider,
    endpointProvider: resolveEndpoint,
    httpAuthSchemes: [
      {
        schemeId: signing,
        identityProvider: (config: DefaultIdentityProviderConfig) => config.getIdentityProvider(signing),
        signer: new AwsSdkSigV4Signer(),
      },
    ],
    httpAuthSchemeProvider: ({ region }: { readonly region: string }) => [
      {
        schemeId: signing,
        signingProperties: { name: 'ec2', region },
        propertiesExtractor: (config: object, context: object) => ({ signingProperties: { config, context } }),
      },
    ],
    base64Decoder: fromBase64,
    base64Encoder: toBase64,
    bodyLengthChecker: calculateBodyLength,
    sha256: Sha256,
    streamCollector,
    urlParser: parseUrl,
    utf8Decoder: fromUtf8,
    utf8Encoder: toUtf8,
  };
}

/** Adds to the settings what the SDK's parts need of them, in the order of the SDK's own client. */
function resolve(settings: object): EC2ClientResolvedConfig {
  const resolvers = [
    resolveUserAgentConfig,
    resolveRetryConfig,
    resolveRegionConfig,
    resolveHostHeaderConfig,
    resolveEndpointConfig,
    resolveAwsSdkSigV4Config,
  ];
  return resolvers.reduce<object>(
    (config, resolver) => (resolver as (config: object) => object)(config),
    settings,
  ) as EC2ClientResolvedConfig;
}

type HandlerOptions = NonNullable<Parameters<NodeHttpHandler['handle']>[1]>;

export class Ec2Client extends Client<HandlerOptions, ServiceInputTypes, ServiceOutputTypes, EC2ClientResolvedConfig> {
  constructor(options: Ec2Options) {
    const config = resolve(defaults(options));
    super(config);
    for (const plugin of [
      getSchemaSerdePlugin(config),
      getUserAgentPlugin(config),
      getRetryPlugin(config),
      getContentLengthPlugin(config),
      getHostHeaderPlugin(config),
      getLoggerPlugin(config),
      getRecursionDetectionPlugin(config),
      getHttpAuthSchemeEndpointRuleSetPlugin(config, {
        httpAuthSchemeParametersProvider: async ({ region }) => ({ operation: '', region: await region() }),
        identityProviderConfigProvider: async ({ credentials }) => new DefaultIdentityProviderConfig({ [signing]: credentials }),
      }),
      getHttpSigningPlugin(config),
    ])
      this.middlewareStack.use(plugin as never);
  }
}
