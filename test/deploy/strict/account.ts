/** What rules ask: whose credentials a request carries, and what these may do. */
import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { type Account, type StrictAnswer, type StrictRequest, signatureOf } from './rule.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

export interface ObservedAccount extends Account {
  /** Learns the credentials and the buckets that an answer is about. */
  observe(request: StrictRequest, answer: StrictAnswer): void;
}

/** @param root may do everything */
export function observedAccount(endpoint: string, root: Credentials): ObservedAccount {
  const known = new Map<string, Credentials>([[root.accessKeyId, root]]);
  const regions = new Map<string, string>();
  const verdicts = new Map<string, Promise<boolean>>();
  const signed = (credentials: Credentials, region: string, service: string, path: string) =>
    new AwsClient({ ...credentials, region, service, retries: 0 }).fetch(new URL(path, endpoint).href);

  /** A function's credentials follow from its name and its role: so the emulator makes them. */
  const learnFunctions = async (): Promise<void> => {
    let marker = '';
    do {
      const page = await signed(
        root,
        'us-east-1',
        'lambda',
        `/2015-03-31/functions/?MaxItems=50${marker && `&Marker=${encodeURIComponent(marker)}`}`,
      );
      const { Functions = [], NextMarker } = (await page.json()) as { Functions?: readonly FunctionRole[]; NextMarker?: string };
      for (const credentials of Functions.map(credentialsOfFunction)) known.set(credentials.accessKeyId, credentials);
      marker = NextMarker ?? '';
    } while (marker !== '');
  };

  const mayList = async (accessKeyId: string, region: string, bucket: string, key: string): Promise<boolean> => {
    if (!known.has(accessKeyId)) await learnFunctions();
    const credentials = known.get(accessKeyId);
    if (credentials === undefined) throw new Error(`The user of access key ${accessKeyId} is not known.`);
    // As S3 decides it: the key counts as the prefix that is listed.
    const query = new URLSearchParams({ 'list-type': '2', 'max-keys': '1', prefix: key });
    const listed = await signed(credentials, region, 's3', `/${bucket}?${query}`);
    await listed.body?.cancel();
    return listed.status !== 403;
  };

  return {
    regionOf: (bucket) => regions.get(bucket),
    mayList({ target, headers }, bucket, key) {
      const { accessKeyId, region } = signatureOf(target, headers);
      const asked = `${accessKeyId} ${bucket} ${key}`;
      const verdict = verdicts.get(asked) ?? mayList(accessKeyId, region, bucket, key);
      verdicts.set(asked, verdict);
      return verdict;
    },
    observe({ service, method, target, headers, body }, answer) {
      if (answer.status >= 300) return;
      if (service === 'iam' || service === 'sts') {
        const credentials = credentialsIn(answer.body.toString());
        if (credentials !== undefined) known.set(credentials.accessKeyId, credentials);
      }
      // Policies may have changed.
      if (service === 'iam' || service === 'cloudformation') verdicts.clear();
      const [, bucket] = service === 's3' && method === 'PUT' ? (/^\/([^/?]+)\/?$/.exec(target) ?? []) : [];
      if (bucket !== undefined) {
        const constraint = /<LocationConstraint[^>]*>([^<]+)</.exec(body.toString())?.[1];
        regions.set(bucket, constraint ?? signatureOf(target, headers).region);
      }
    },
  };
}

interface FunctionRole {
  readonly FunctionArn: string;
  readonly Role: string;
}

function credentialsOfFunction({ FunctionArn, Role }: FunctionRole): Credentials {
  const hash = (text: string) => createHash('sha256').update(text).digest('hex');
  const digest = hash(`${FunctionArn}:${Role}`);
  return {
    accessKeyId: `ASIA${digest.slice(0, 16).toUpperCase()}`,
    secretAccessKey: hash(`secret:${digest}`),
    sessionToken: hash(`token:${digest}`),
  };
}

/** @returns the credentials in an answer to CreateAccessKey, AssumeRole or a similar call */
function credentialsIn(xml: string): Credentials | undefined {
  const element = (name: string) => new RegExp(`<${name}>([^<]+)</${name}>`).exec(xml)?.[1];
  const [accessKeyId, secretAccessKey, sessionToken] = ['AccessKeyId', 'SecretAccessKey', 'SessionToken'].map(element);
  if (accessKeyId === undefined || secretAccessKey === undefined) return undefined;
  return { accessKeyId, secretAccessKey, ...(sessionToken === undefined ? {} : { sessionToken }) };
}
