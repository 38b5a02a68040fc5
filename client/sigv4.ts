/** Signs requests with AWS Signature Version 4, for a deployment that authenticates by IAM. */
import { AwsV4Signer } from 'aws4fetch';
import type { Auth } from './auth.ts';

export interface AwsCredentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

export interface SigV4Options {
  /** @default the region in the API's address, as API Gateway names it */
  readonly region?: string;
  /** @default what `@aws-sdk/credential-providers` finds where that is installed, as AWS's own tools do; else the environment's `AWS_ACCESS_KEY_ID` and so on */
  readonly credentials?: AwsCredentials | (() => AwsCredentials | Promise<AwsCredentials>);
}

/** @returns what signs requests; it throws an Error that says what to do where there are no credentials or no region */
export function sigv4({ region, credentials = defaultCredentials() }: SigV4Options = {}): Auth {
  return async ({ method, url, headers, body }) => {
    const { accessKeyId, secretAccessKey, sessionToken } = typeof credentials === 'function' ? await credentials() : credentials;
    const signed = await new AwsV4Signer({
      method,
      url,
      headers: { ...headers },
      ...(body === undefined ? {} : { body }),
      ...{ accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) },
      ...{ service: 'execute-api', region: region ?? regionOf(url) },
    }).sign();
    return Object.fromEntries(signed.headers);
  };
}

function regionOf(url: string): string {
  const region = /\.execute-api\.([a-z0-9-]+)\.amazonaws\./.exec(new URL(url).hostname)?.[1] ?? environment()['AWS_REGION'];
  if (region === undefined) throw new Error(`The address ${url} names no region: give sigv4 one ({ region: 'eu-central-1' }).`);
  return region;
}

function defaultCredentials(): () => Promise<AwsCredentials> {
  let provider: (() => Promise<AwsCredentials>) | undefined;
  return async () => {
    provider ??= (await sdkProvider()) ?? environmentProvider;
    return provider();
  };
}

interface ProvidersOfSdk {
  readonly fromNodeProviderChain: () => () => Promise<AwsCredentials>;
}

async function sdkProvider(): Promise<(() => Promise<AwsCredentials>) | undefined> {
  // The name is a variable, so that no bundler looks for a package that need not be there.
  const name = '@aws-sdk/credential-providers';
  const providers = (await import(/* @vite-ignore */ /* webpackIgnore: true */ name).catch(() => undefined)) as ProvidersOfSdk | undefined;
  return providers?.fromNodeProviderChain();
}

async function environmentProvider(): Promise<AwsCredentials> {
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey, AWS_SESSION_TOKEN: sessionToken } = environment();
  if (accessKeyId === undefined || secretAccessKey === undefined)
    throw new Error(
      'There are no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, install @aws-sdk/credential-providers, or give sigv4 credentials.',
    );
  return { accessKeyId, secretAccessKey, sessionToken };
}

function environment(): Readonly<Record<string, string | undefined>> {
  return (globalThis as { readonly process?: { readonly env: Readonly<Record<string, string | undefined>> } }).process?.env ?? {};
}
