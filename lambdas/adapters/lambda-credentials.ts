/**
 * What functions are bundled with in the place of the SDK's chain of credential sources (profiles, SSO, STS, instance metadata, and the clients
 * of those): Lambda hands a role's credentials over in the environment, so nothing else is ever asked.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html#configuration-envvars-runtime
 */
export { fromEnv as defaultProvider } from '@aws-sdk/credential-provider-env';
