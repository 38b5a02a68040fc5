import { functionQuotas, instanceQuota, throttles } from '../../../../lib/doctor/checks/quotas.ts';
import { elements, itemSet } from '../../../support/aws-endpoint.ts';
import { inShort, templateOf, withAws } from '../../../support/doctor-clients.ts';

const settings = 'GET /2016-08-19/account-settings';
const limits = (ConcurrentExecutions: number, UnreservedConcurrentExecutions = ConcurrentExecutions) => ({
  AccountLimit: { ConcurrentExecutions, UnreservedConcurrentExecutions },
});
const queue = (MaximumConcurrency: number) => ({
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: { ScalingConfig: { MaximumConcurrency } },
});
const fn = (MemorySize: number) => ({ Type: 'AWS::Lambda::Function', Properties: { MemorySize } });

it.each([
  ['a new account', limits(10), [5, 5, 2, 10], 'warning: The account can run 10 functions at once; the job types use up to 22 together.'],
  [
    'a new account, with the minimum for each type',
    limits(10),
    [2, 2, 2, 2],
    'ok: The account can run 10 functions at once; the job types use up to 8 together.',
  ],
  [
    'nothing left for the API',
    limits(10),
    [4, 5],
    'warning: The account can run 10 functions at once; the job types use up to 9 together.',
  ],
  [
    'an account whose functions are reserved',
    limits(1_000, 20),
    [10, 10],
    'warning: The account can run 1000 functions at once, 980 of them reserved for others; the job types use up to 20 together.',
  ],
  ['a usual account', limits(1_000), [5, 5, 2, 10], 'ok: The account can run 1000 functions at once; the job types use up to 22 together.'],
])('reports the concurrency: %s', async (_, answer, queues, expected) => {
  const template = templateOf(Object.fromEntries([...queues.entries()].map(([i, n]) => [`Queue${i}`, queue(n)])));
  const findings = await withAws({ [settings]: answer }, ({ lambda }) =>
    functionQuotas(lambda, templateOf({ ...template.Resources, A: fn(128) })),
  );
  expect(inShort(findings)[0]).toBe(expected);
});

it('counts ten invocations for each provisioned poller', async () => {
  const pollers = {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: { ProvisionedPollerConfig: { MinimumPollers: 2, MaximumPollers: 200 } },
  };
  const findings = await withAws({ [settings]: limits(1_000) }, ({ lambda }) =>
    functionQuotas(lambda, templateOf({ A: fn(128), Pollers: pollers, Queue: queue(5) })),
  );
  expect(inShort(findings)[0]).toBe('warning: The account can run 1000 functions at once; the job types use up to 2005 together.');
});

it.each([
  [10, 3_008, 'ok'],
  [10, 3_009, 'warning'],
  [50, 10_240, 'warning'],
  [1_000, 10_240, 'ok'],
])('with %d functions at once, %d MiB of memory are reported as %s', async (concurrency, memory, status) => {
  const findings = await withAws({ [settings]: limits(concurrency) }, ({ lambda }) =>
    functionQuotas(lambda, templateOf({ A: fn(128), B: fn(memory) })),
  );
  expect(findings[1]?.status).toBe(status);
});

it.each([
  ['below the account’s', 10_000, 5_000, 'ok'],
  ['above the rate', 400, 5_000, 'warning'],
  ['above the bursts, in a newer region', 2_500, 900, 'warning'],
])('reports throttles %s', async (_, rateLimit, burstLimit, status) => {
  const stage = {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: {
      DefaultRouteSettings: { ThrottlingRateLimit: 500, ThrottlingBurstLimit: 1_000 },
      RouteSettings: { 'POST /v1/jobs': { ThrottlingRateLimit: 200, ThrottlingBurstLimit: 400 } },
    },
  };
  const finding = await withAws({ 'GET /account': { throttleSettings: { rateLimit, burstLimit } } }, ({ apiGateway }) =>
    throttles(apiGateway, templateOf({ stage })),
  );
  expect(inShort(finding)).toEqual([
    `${status}: API Gateway accepts ${rateLimit} requests a second from the account in this region (bursts of ${burstLimit}); the settings allow 500 (1000).`,
  ]);
});

it.each([
  [1, 'warning: The account can run 1 vCPUs of standard on-demand instances in this region, too few for a single t4g.small.'],
  [5, 'ok: The account can run 5 vCPUs of standard on-demand instances in this region.'],
])('reports a quota of %d vCPUs', async (Value, expected) => {
  const types = itemSet('instanceTypeSet', [`<instanceType>t4g.small</instanceType><vCpuInfo>${elements({ defaultVCpus: 2 })}</vCpuInfo>`]);
  const answers = { GetServiceQuota: { Quota: { Value } }, DescribeInstanceTypes: types };
  const finding = await withAws(answers, ({ serviceQuotas, ec2 }) => instanceQuota(serviceQuotas, ec2, ['t4g.small', 'p5.48xlarge']));
  expect(inShort(finding)).toEqual([expected]);
});
