/** What only an account shows that is as strict as AWS: links with temporary credentials, buckets elsewhere, what may not be known, names and sizes. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import {
  GetPolicyCommand,
  GetPolicyVersionCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListAttachedRolePoliciesCommand,
  ListRolePoliciesCommand,
  ListRolesCommand,
} from '@aws-sdk/client-iam';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { AwsClient } from 'aws4fetch';
import { Deployment } from '../support/tested-deployment.ts';
import { awsRequests } from './aws-requests.ts';
import { blocksOf, functionsOf } from './docs/blocks.ts';
import { holdings } from './holdings.ts';
import { maxAttachedPolicies, maxInlinePolicies, maxManagedPolicy, maxRoleName, maxTrustPolicy, policySize } from './strict/iam.ts';
import { environmentBytes, maxEnvironmentBytes } from './strict/lambda.ts';
import { startStrictProxy } from './strict/proxy.ts';
import { jsonAnswer, type Rule } from './strict/rule.ts';
import { assumeRole, type TemporaryCredentials } from './temporary-credentials.ts';

const deployment = new Deployment();
const { client, url } = deployment;

describe('the link to a large result', () => {
  const documented = functionsOf(blocksOf('deploy.md', readFileSync(join(__dirname, '..', '..', 'docs', 'deploy.md'), 'utf8')));
  let credentials: TemporaryCredentials;
  let path: string;
  beforeAll(async () => {
    credentials = await assumeRole(deployment, 'Caller', ['execute-api:Invoke']);
    // Its owner is who looks at it.
    const submission = JSON.stringify({ type: 'run-query', input: { sql: "SELECT repeat('x', 100) AS x FROM range(500)" } });
    const { id } = JSON.parse(
      await shell(`call "$URL/v1/jobs" -H 'Content-Type: application/json' -d "$SUBMISSION"`, { SUBMISSION: submission }),
    ) as { id: string };
    path = `/v1/jobs/${id}/result`;
    await client.ended(id);
  });
  const environment = () => ({
    PATH: process.env['PATH'],
    URL: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    CURL_CA_BUNDLE: process.env['NODE_EXTRA_CA_CERTS'],
  });
  const shell = async (commands: string, more: Readonly<Record<string, string>> = {}): Promise<string> =>
    (await promisify(execFile)('bash', ['-euc', `${documented}\n${commands}`], { env: { ...environment(), ...more } })).stdout;

  it('is refused to a caller who follows it with temporary credentials, as S3 does', async () => {
    expect(await shell(`call -L "$URL${path}"`)).toMatch(/AccessDenied.*not signed.*<HeadersNotSigned>x-amz-security-token</s);
    const signer = new AwsClient({ ...credentials, region: 'us-east-1', service: 'execute-api', retries: 0 });
    const followed = await signer.fetch(new URL(path, url).href);
    expect([followed.status, await followed.text()]).toEqual([403, expect.stringContaining('not signed')]);
  });

  it('is good for itself: by curl in two steps, and by what the answer holds', async () => {
    expect(await shell(`curl -sS "$(call -o /dev/null -w '%{redirect_url}' "$URL${path}")"`)).toContain('"rowCount":500');
    const { location } = JSON.parse(await shell(`call "$URL${path}"`)) as { location: string };
    // Whose credentials are a function's must bring their token along.
    expect(new URL(location).searchParams.get('X-Amz-Security-Token')).toMatch(/./);
    expect(await (await fetch(location)).json()).toMatchObject({ rowCount: 500 });
    expect((await fetch(location, { headers: { authorization: 'Bearer token' } })).status).toBe(400);
    expect((await fetch(location, { method: 'HEAD' })).status).toBe(403);
  });

  it('comes in an answer whose headers every gateway takes', async () => {
    const head = await shell(`call -o /dev/null -D - "$URL${path}"`);
    expect(Buffer.byteLength(head)).toBeLessThan(10_240);
    expect(head).toMatch(/^content-type: application\/json\s*$/im);
    expect(head).toMatch(/^location: https:\S+\s*$/im);
  });
});

describe('a query in the order that curl before 8.3 signs', () => {
  const parameters = 'limit=20&since=2026-12-01T06%3A00%3A00Z&status=failed&tag=team%3Adata&type=run-query';
  it('is accepted as the docs write it', async () => expect((await client.get(`/v1/jobs?${parameters}`)).status).toBe(200));
});

describe('a request', () => {
  const withHeader = (bytes: number) => client.request('GET', '/v1/job-types', { headers: { 'x-padding': 'x'.repeat(bytes) } });

  it('may carry a session token of any length that STS gives, and no more than API Gateway takes', async () => {
    expect((await withHeader(8_192)).status).toBe(200);
    expect((await withHeader(10_240)).status).toBe(431);
  });
});

describe('an object that is not there', () => {
  const Bucket = 'delegation-local';
  const Key = 'payloads/none';
  const reading = async (name: string, actions: readonly string[]) =>
    new S3Client({ ...deployment.aws('s3'), credentials: await assumeRole(deployment, name, actions) });

  it.each([
    ['Reader', ['s3:GetObject'], 'AccessDenied', 403],
    ['Lister', ['s3:GetObject', 's3:ListBucket'], 'NoSuchKey', 404],
  ] as const)('is reported to a %s only if it may list', async (name, actions, code, status) => {
    const s3 = await reading(name, actions);
    await expect(s3.send(new GetObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ name: code });
    await expect(s3.send(new HeadObjectCommand({ Bucket, Key }))).rejects.toMatchObject({ $metadata: { httpStatusCode: status } });
  });
});

it('a stored input that is gone ends its job, since the functions may list', async () => {
  const rows = Array.from({ length: 100 }, (_, i) => ({ id: `gone-${i}`, text: 'x'.repeat(50) }));
  const { body } = await client.submit('run-query', { sql: 'SELECT 1', sources: { gone: { rows } } }, { delaySeconds: 5 });
  const s3 = new S3Client(deployment.aws('s3'));
  const Bucket = await deployment.payloadBucket();
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'payloads/' }));
  const own = Contents.filter(({ Key }) => Key?.includes(body.id));
  expect(own).toHaveLength(1);
  await s3.send(new DeleteObjectCommand({ Bucket, Key: own[0]?.Key }));
  expect(await client.ended(body.id)).toMatchObject({ status: 'failed', error: { code: 'payload_missing' } });
});

it('a bucket of another region redirects who asks here, serves who asks there, and is read by jobs', async () => {
  const Bucket = 'delegation-elsewhere';
  const options = deployment.aws('s3');
  const there = new S3Client({ ...options, region: 'eu-west-1' });
  await there.send(new PutObjectCommand({ Bucket, Key: 'cities.csv', Body: 'city\nCork\n' }));
  const read = new GetObjectCommand({ Bucket, Key: 'cities.csv' });
  await expect(new S3Client(options).send(read)).rejects.toMatchObject({ name: 'PermanentRedirect', $metadata: { httpStatusCode: 301 } });
  const following = new S3Client({ ...options, followRegionRedirects: true });
  expect(await (await following.send(read)).Body?.transformToString()).toBe('city\nCork\n');
  const sources = { cities: { url: `s3://${Bucket}/cities.csv`, format: 'csv' } };
  const job = await client.run('run-query', { sql: 'SELECT city FROM cities', sources });
  expect(job).toMatchObject({ status: 'succeeded', result: { rows: [['Cork']] } });
});

it('the proxy gives up where AWS does, and passes on what comes in time', async () => {
  const { folder } = JSON.parse(process.env['DELEGATION_DEPLOYED'] ?? '{}') as { folder: string };
  const read = (file: string) => readFileSync(join(folder, file));
  const certificate = { cert: read('server.pem'), key: read('server.key'), ca: read('authority.pem') };
  const timeout = { ms: 500, answer: jsonAnswer(503, { message: 'Service Unavailable' }) };
  const rule: Rule = { name: 'slow', source: 'https://localhost', service: 'execute-api', timeout };
  const upstreamHost = '127.0.0.3';
  const proxy = await startStrictProxy({ upstreamHost, certificate, rules: [rule], root: { accessKeyId: '', secretAccessKey: '' } });
  const upstream = createServer(certificate, (request, response) => {
    const answer = () => request.pipe(response);
    if (request.url === '/slow') setTimeout(answer, 3_000).unref();
    else answer();
  }).listen(proxy.port, upstreamHost);
  const send = async (path: string, body: string) => {
    const answer = await fetch(`https://a1.execute-api.localhost:${proxy.port}${path}`, { method: 'POST', body });
    return [answer.status, await answer.text()];
  };
  const large = 'x'.repeat(5_000_000);
  expect(await send('/slow', 'a')).toEqual([503, '{"message":"Service Unavailable"}']);
  expect(await send('/fast', large)).toEqual([200, large]);
  expect([...proxy.refusals]).toEqual([['slow', 1]]);
  proxy.stop();
  upstream.close();
  upstream.closeAllConnections();
});

describe('what CloudFormation made, past the proxy', () => {
  it('has roles whose names and policies IAM takes', async () => {
    const iam = new IAMClient(deployment.aws('iam'));
    const { Roles = [] } = await iam.send(new ListRolesCommand({ MaxItems: 1_000 }));
    const ofStages = Roles.filter(({ RoleName = '' }) => /^Delegation-(test|tokens)-/.test(RoleName));
    expect(ofStages.length).toBeGreaterThan(8);
    for (const { RoleName = '', AssumeRolePolicyDocument = '' } of ofStages) {
      const { PolicyNames = [] } = await iam.send(new ListRolePoliciesCommand({ RoleName }));
      const inline = await Promise.all(PolicyNames.map((PolicyName) => iam.send(new GetRolePolicyCommand({ RoleName, PolicyName }))));
      const inlineSize = inline.reduce((sum, { PolicyDocument = '' }) => sum + policySize(decodeURIComponent(PolicyDocument)), 0);
      const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
      for (const { PolicyArn } of AttachedPolicies) {
        const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn }));
        const version = await iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId: Policy?.DefaultVersionId }));
        expect(policySize(decodeURIComponent(version.PolicyVersion?.Document ?? '{}'))).toBeLessThanOrEqual(maxManagedPolicy);
      }
      expect(RoleName.length).toBeLessThanOrEqual(maxRoleName);
      expect(policySize(decodeURIComponent(AssumeRolePolicyDocument))).toBeLessThanOrEqual(maxTrustPolicy);
      expect(inlineSize).toBeLessThanOrEqual(maxInlinePolicies);
      expect(AttachedPolicies.length).toBeLessThanOrEqual(maxAttachedPolicies);
    }
  });

  it('has functions whose environments Lambda takes', async () => {
    interface Page {
      readonly Functions: readonly {
        readonly FunctionName: string;
        readonly Environment?: { readonly Variables: Record<string, string> };
      }[];
    }
    const { Functions } = await awsRequests(deployment).get<Page>('lambda', '/2015-03-31/functions/?MaxItems=50');
    const sizes = Functions.map(({ Environment }) => environmentBytes(Environment?.Variables ?? {}));
    expect(sizes.filter((bytes) => bytes > maxEnvironmentBytes)).toEqual([]);
    expect(Math.max(...sizes)).toBeGreaterThan(100);
  });

  /** @see https://docs.aws.amazon.com/general/latest/gr/aws-service-information.html and each service's API reference */
  const names: Readonly<Record<string, RegExp>> = {
    tables: /^[\w.-]{3,255}$/,
    buckets: /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/,
    queues: /\/[\w-]{1,80}(\.fifo)?$/,
    roles: /^[\w+=,.@-]{1,64}$/,
    functions: /^[\w-]{1,64}$/,
    logGroups: /^[.\-_/#A-Za-z0-9]{1,512}$/,
    rules: /^[.\-_A-Za-z0-9]{1,64}$/,
    topics: /:[\w-]{1,256}$/,
    alarms: /^.{1,255}$/,
    dashboards: /^[\w-]{1,255}$/,
  };
  it.each(Object.entries(names))('has %s whose names their service takes', async (kind, allowed) => {
    const found = (await holdings(deployment))[kind] ?? [];
    expect(found.length).toBeGreaterThan(0);
    expect(found.filter((name) => !allowed.test(name))).toEqual([]);
  });
});
