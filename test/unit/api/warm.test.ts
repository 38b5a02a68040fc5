import type { Context } from 'aws-lambda';
import fc from 'fast-check';
import { writeConfig } from '../../../lambdas/config.ts';
import { isWarmEvent, warmEvent } from '../../../lambdas/warm-event.ts';
import { onCommand } from '../../support/sdk-commands.ts';

const settings = {
  writableTables: [],
  sourceBuckets: [],
  admins: [],
  ec2: { instanceTypes: [], subnetIds: [], imageIds: [], launchTemplates: [] },
};
const times = { leaseSeconds: 120, graceSeconds: 120, clockSeconds: 60, retentionDays: 30 };
const environment = {
  ...writeConfig({ tableName: 't', bucketName: 'b', queues: {}, settings, ...times }),
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 'b',
};

/** An event of API Gateway, as a caller with these texts causes it. @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html */
function requestEvent({
  method,
  path,
  body,
  header,
}: {
  readonly method: string;
  readonly path: string;
  readonly body: string;
  readonly header: string;
}) {
  return {
    version: '2.0',
    routeKey: '$default',
    rawPath: path,
    rawQueryString: new URLSearchParams({ delegation: warmEvent.delegation, q: body }).toString(),
    headers: { delegation: warmEvent.delegation, 'x-any': header, host: 'api.example.com' },
    queryStringParameters: { delegation: warmEvent.delegation },
    pathParameters: { delegation: warmEvent.delegation },
    requestContext: {
      http: { method, path, protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: header },
      delegation: warmEvent.delegation,
    },
    body,
    isBase64Encoded: false,
  };
}

const written: string[] = [];
const calls: string[] = [];
let handler: (event: object) => Promise<unknown>;

beforeAll(async () => {
  Object.assign(process.env, environment);
  onCommand(({ operation }) => calls.push(operation));
  for (const stream of [process.stdout, process.stderr])
    jest.spyOn(stream, 'write').mockImplementation((text) => {
      written.push(String(text));
      return true;
    });
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const)
    jest.spyOn(console, method).mockImplementation((...texts: unknown[]) => void written.push(texts.join(' ')));
  const module = await import('../../../lambdas/api/handler.ts');
  handler = (event) => module.handler(event as never, {} as Context as never);
});
afterAll(() => jest.restoreAllMocks());
beforeEach(() => {
  written.length = 0;
  calls.length = 0;
});

it('answers the event that keeps it warm with nothing, and neither logs nor calls AWS', async () => {
  expect(await handler(JSON.parse(JSON.stringify(warmEvent)))).toBeUndefined();
  expect([written, calls]).toEqual([[], []]);
});

it('still answers requests', async () => {
  const request = { ...requestEvent({ method: 'GET', path: '/healthz', body: '', header: '' }), rawQueryString: '' };
  expect(await handler(request)).toMatchObject({ statusCode: 200 });
});

it('takes no request over HTTP for that event, even if it contains the same texts', async () => {
  const texts = fc.oneof(fc.string(), fc.constantFrom(JSON.stringify(warmEvent), warmEvent.delegation));
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'TRACE', 'DELETE'),
    path: texts.map((text) => `/${text}`),
    body: texts,
    header: texts,
  });
  fc.assert(
    fc.property(request, (one) => !isWarmEvent(requestEvent(one))),
    { numRuns: 500 },
  );
  const answer = await handler(requestEvent({ method: 'POST', path: '/v1/jobs', body: JSON.stringify(warmEvent), header: '' }));
  expect(answer).toMatchObject({ statusCode: 401 });
});

it.each([{}, { delegation: 'other' }, { 'detail-type': 'Scheduled Event' }, { ...warmEvent, requestContext: {} }])(
  'does not take %j for it',
  (event) => expect(isWarmEvent(event)).toBe(false),
);
