/** The SDK's own client says what is right: the requests, answers, errors and retries of Delegation's small client are the same. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { ec2SchemasModule } from '../../../../bin/ec2-schemas.ts';
import { describeError, operations, type SentRequest, schemasOf, sdkSchemasOf, send, sendWithBoth } from '../../../support/ec2-clients.ts';
import { answers, inputs } from '../../../support/schema-values.ts';
import { onCommand } from '../../../support/sdk-commands.ts';

const runs = { numRuns: 60 };

describe('schemas', () => {
  it('are those that the generator writes from the installed client', () => {
    const file = join(__dirname, '..', '..', '..', '..', 'lambdas', 'adapters', 'ec2', 'schemas.ts');
    expect(readFileSync(file, 'utf8')).toBe(ec2SchemasModule());
  });

  it.each(operations)('of %s are the same as the client has, to the last member', (operation) => {
    expect(plain(Object.values(schemasOf(operation)))).toEqual(plain(Object.values(sdkSchemasOf(operation))));
  });

  /** Follows every reference. */
  function plain(schema: unknown): unknown {
    if (typeof schema === 'function') return plain(schema());
    return Array.isArray(schema) ? schema.map(plain) : schema;
  }
});

describe('requests', () => {
  beforeAll(() =>
    jest.useFakeTimers({
      now: Date.parse('2026-11-27T12:00:00Z'),
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'clearTimeout', 'queueMicrotask'],
    }),
  );
  afterAll(() => jest.useRealTimers());

  it.each(operations)('of %s have the same bytes, and are signed', async (operation) => {
    await fc.assert(
      fc.asyncProperty(inputs(schemasOf(operation).input), async (input) => {
        // The SDK makes a token up for a launch without one.
        const { own, sdk } = await sendWithBoth(operation, operation === 'RunInstances' ? { ClientToken: 'token', ...input } : input);
        expect(own.requests.map(wire)).toEqual(sdk.requests.map(wire));
        expect(own.requests).toHaveLength(1);
        expect(own.requests[0]?.body).toMatch(new RegExp(`^Action=${operation}&Version=2016-11-15`));
        const signature =
          /^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/20261127\/eu-central-1\/ec2\/aws4_request, SignedHeaders=.*x-amz-security-token/;
        expect(own.requests[0]?.headers['authorization']).toMatch(signature);
      }),
      runs,
    );
  });

  it('of a launch without a token get a token', async () => {
    const { requests } = await send('own', 'RunInstances', { MinCount: 1, MaxCount: 1 });
    expect(requests[0]?.body).toMatch(/&ClientToken=[0-9a-f-]{36}/);
  });

  /** All but a random id, the signature over it, and the version, which the SDK's file for CommonJS says one release late. */
  function wire({ headers, ...request }: SentRequest) {
    const { 'amz-sdk-invocation-id': id, authorization, 'user-agent': agent, 'x-amz-user-agent': sdkAgent, ...others } = headers;
    const agents = [agent, sdkAgent].map((one) => one?.replaceAll(/\b3\.\d+\.\d+/g, '3'));
    return { ...request, hasId: id !== undefined, signed: authorization?.replace(/Signature=.*/, ''), agents, headers: others };
  }
});

describe('answers', () => {
  it.each(operations)('to %s are read as the same objects', async (operation) => {
    await fc.assert(
      fc.asyncProperty(answers(operation, schemasOf(operation).output), async (body) => {
        const { own, sdk } = await sendWithBoth(operation, {}, () => ({ status: 200, body, headers: { 'x-amzn-requestid': 'r1' } }));
        expect(own.error).toBeUndefined();
        expect(own.output).toEqual(sdk.output);
      }),
      runs,
    );
  });

  it('hold dates, numbers, booleans, and lists in lists', async () => {
    const instance =
      '<instanceId>i-1</instanceId><launchTime>2026-11-27T00:00:00.000Z</launchTime><amiLaunchIndex>3</amiLaunchIndex><ebsOptimized>true</ebsOptimized>';
    const body = `<DescribeInstancesResponse><reservationSet><item><instancesSet><item>${instance}</item></instancesSet></item></reservationSet><nextToken>n</nextToken></DescribeInstancesResponse>`;
    const { output } = await send('own', 'DescribeInstances', {}, () => ({ status: 200, body }));
    const expected = { InstanceId: 'i-1', LaunchTime: new Date('2026-11-27'), AmiLaunchIndex: 3, EbsOptimized: true };
    expect(output).toMatchObject({ NextToken: 'n', Reservations: [{ Instances: [expected] }] });
  });
});

const errorBody = (code: string, message: string) =>
  `<?xml version="1.0" encoding="UTF-8"?>\n<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors><RequestID>r-1</RequestID></Response>`;

describe('errors', () => {
  it('are the same: name, message, fault, status, request id', async () => {
    const codes = fc.constantFrom(
      'InvalidInstanceID.NotFound',
      'UnauthorizedOperation',
      'OperationNotPermitted',
      'Unsupported',
      'AuthFailure',
    );
    const body = fc.oneof(
      fc
        .tuple(codes, fc.constantFrom('', 'No room.', 'a &amp; b', 'Encoded authorization failure message: abc'))
        .map(([code, message]) => errorBody(code, message)),
      fc.constantFrom(
        '',
        '<Response/>',
        '<Response><Errors/></Response>',
        '<Response><Errors><Error><Code>A</Code></Error></Errors></Response>',
        '<html><body>Bad gateway</body></html>',
        'no XML <',
        '{"a":1}',
      ),
    );
    await fc.assert(
      fc.asyncProperty(body, fc.constantFrom(400, 401, 403, 404, 413), async (body, status) => {
        const { own, sdk } = await sendWithBoth('TerminateInstances', {}, () => ({ status, body, headers: { 'x-amzn-requestid': 'r-2' } }));
        expect(own.error).toBeInstanceOf(Error);
        expect(describeError(own.error)).toEqual(describeError(sdk.error));
        expect(own.requests).toHaveLength(sdk.requests.length);
      }),
      { numRuns: 200 },
    );
  });

  it("has EC2's code as its name", async () => {
    const { error } = await send(
      'own',
      'RunInstances',
      {},
      () => ({ status: 500, body: errorBody('InsufficientInstanceCapacity', 'No room.') }),
      {
        region: 'eu-central-1',
        credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
        maxAttempts: 1,
      },
    );
    expect(error).toMatchObject({
      name: 'InsufficientInstanceCapacity',
      message: 'No room.',
      $fault: 'server',
      $metadata: { httpStatusCode: 500, attempts: 1 },
    });
  });
});

describe('retries', () => {
  it.each([
    ['Throttling', 400, 2],
    ['RequestLimitExceeded', 503, 2],
    ['EC2ThrottledException', 400, 2],
    ['InsufficientInstanceCapacity', 500, 2],
    ['InternalError', 500, 2],
    ['RequestTimeout', 400, 2],
    ['InvalidParameterValue', 400, 1],
    ['UnauthorizedOperation', 403, 1],
  ])('after %s with %d make %d attempts, as those of the SDK do', async (code, status, attempts) => {
    const { own, sdk } = await sendWithBoth('DescribeInstances', {}, () => ({ status, body: errorBody(code, 'm') }));
    expect([own.requests.length, sdk.requests.length]).toEqual([attempts, attempts]);
    expect(withoutDelays(own.error)).toEqual(withoutDelays(sdk.error));
    expect(own.requests.map(({ headers }) => headers['amz-sdk-request'])).toEqual(
      sdk.requests.map(({ headers }) => headers['amz-sdk-request']),
    );
  });

  it.each([
    ['ECONNRESET', 2],
    ['EPIPE', 2],
    ['TimeoutError', 2],
    ['Other', 1],
  ])('after a connection that ends with %s make %d attempts', async (code, attempts) => {
    const { own, sdk } = await sendWithBoth('TerminateInstances', {}, () => Object.assign(new Error('broken'), { code, name: code }));
    expect([own.requests.length, sdk.requests.length]).toEqual([attempts, attempts]);
    expect(own.error).toMatchObject({ name: sdk.error?.name, message: 'broken' });
  });

  /** Delays are random. */
  function withoutDelays(error: Error | undefined) {
    const { $metadata, ...others } = describeError(error) as { $metadata: Record<string, unknown> };
    return { ...others, $metadata: { ...$metadata, totalRetryDelay: undefined } };
  }
});

describe('the environment', () => {
  const { env } = process;
  beforeEach(() => {
    process.env = { AWS_REGION: 'eu-west-1', AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b', AWS_SESSION_TOKEN: 'c', HOME: '/nowhere' };
  });
  afterEach(() => {
    process.env = env;
  });

  it.each([
    ['nothing else', {}, 'https://ec2.eu-west-1.amazonaws.com/'],
    ['AWS_ENDPOINT_URL', { AWS_ENDPOINT_URL: 'http://127.0.0.1:1234' }, 'http://127.0.0.1:1234/'],
    [
      'AWS_ENDPOINT_URL_EC2',
      { AWS_ENDPOINT_URL: 'http://127.0.0.1:1', AWS_ENDPOINT_URL_EC2: 'http://localhost:2/base' },
      'http://localhost:2/base/',
    ],
    ['AWS_ENDPOINT_URL_S3', { AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:1' }, 'https://ec2.eu-west-1.amazonaws.com/'],
    ['AWS_USE_FIPS_ENDPOINT', { AWS_USE_FIPS_ENDPOINT: 'true', AWS_REGION: 'us-east-1' }, 'https://ec2-fips.us-east-1.amazonaws.com/'],
    ['AWS_USE_DUALSTACK_ENDPOINT', { AWS_USE_DUALSTACK_ENDPOINT: 'true' }, 'https://ec2.eu-west-1.api.aws/'],
    ["China's region", { AWS_REGION: 'cn-north-1' }, 'https://ec2.cn-north-1.amazonaws.com.cn/'],
  ])('with %s sends both clients to the same place', async (_, more, url) => {
    Object.assign(process.env, more);
    const { own, sdk } = await sendWithBoth('DescribeInstances', {}, undefined, {});
    const places = [own, sdk].map(
      ({ requests: [request] }) => `${request?.protocol}//${request?.hostname}${request?.port ? `:${request.port}` : ''}${request?.path}`,
    );
    expect(places).toEqual([url, url]);
    expect(own.requests[0]?.headers['x-amz-security-token']).toBe('c');
  });
});

it('is seen by what records the calls of the product', async () => {
  const seen: object[] = [];
  onCommand((command) => seen.push(command));
  await send('own', 'TerminateInstances', { InstanceIds: ['i-1'] });
  await send('sdk', 'TerminateInstances', { InstanceIds: ['i-1'] });
  expect(seen).toEqual(Array(2).fill({ service: 'EC2', operation: 'TerminateInstances', input: { InstanceIds: ['i-1'] } }));
});
