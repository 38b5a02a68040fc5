/** What an app of its own does with the construct: admins, metrics, queues. */
import { join } from 'node:path';
import { Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { AccountRootPrincipal, Group, Role, User } from 'aws-cdk-lib/aws-iam';
import { contract } from '../../examples/shop/jobs/archive-orders/contract.ts';
import { metricsWithoutType, metricUnits } from '../../lambdas/core/control/metrics.ts';
import { Delegation, type DelegationProps } from '../../lib/index.ts';
import { plainApp } from './templates.ts';

const environment = { ORDERS_TABLE: 'orders', ARCHIVE_BUCKET: 'archive' };
const jobTypes = [{ contract, folder: join(__dirname, '..', '..', 'examples', 'shop', 'jobs', 'archive-orders'), environment }];
const env = { region: 'eu-central-1', account: '123456789012' };
function shop(props: DelegationProps = {}) {
  const stack = new Stack(plainApp(), 'Shop', { env });
  return { stack, jobs: new Delegation(stack, 'Jobs', { jobTypes, ...props }) };
}
const assumedBy = new AccountRootPrincipal();

/** The admins that the functions know, by the functions' descriptions, each text as CloudFormation puts it together. */
function adminsIn(stack: Stack): Readonly<Record<string, readonly string[]>> {
  const functions = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function'));
  return Object.fromEntries(
    functions.flatMap(({ Properties: { Description, Environment } }) => {
      const value = Environment?.Variables.DELEGATION_SETTINGS as string | { 'Fn::Join': [string, unknown[]] } | undefined;
      if (value === undefined) return [];
      const parts = typeof value === 'string' ? [value] : value['Fn::Join'][1];
      const text = parts.map((part) => (typeof part === 'string' ? part : (Object.values(part as object)[0] as string))).join('');
      return [[String(Description), (JSON.parse(text) as { admins: string[] }).admins]];
    }),
  );
}
const ofApi = (stack: Stack) => adminsIn(stack)['Delegation: accepts jobs and reports on them'];

describe('an admin', () => {
  it('is a role of the app, which may call the API, and which the API knows without its path', () => {
    const { stack, jobs } = shop({ auth: { kind: 'iam', admins: ['arn:aws:iam::123456789012:role/Ops'] } });
    const role = new Role(stack, 'Operations', { assumedBy, path: '/teams/' });
    jobs.grantAdmin(role).assertSuccess();
    const id = String(stack.resolve(role.roleName).Ref);
    expect(ofApi(stack)).toEqual(['arn:aws:iam::123456789012:role/Ops', `arn:AWS::Partition:iam::123456789012:role/${id}`]);
    const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy', { Properties: { Roles: [{ Ref: id }] } }));
    expect(policy?.['Properties'].PolicyDocument.Statement).toEqual([
      expect.objectContaining({ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: expect.anything() }),
    ]);
  });

  it('is one of several, each once; and a user, or a function by its role', () => {
    const { stack, jobs } = shop();
    const [role, user] = [new Role(stack, 'Operations', { assumedBy }), new User(stack, 'Ann', { path: '/teams/' })];
    for (const grantee of [role, user, role, jobs.workerOf('archive-orders')]) jobs.grantAdmin(grantee);
    const [first, second, third, ...others] = ofApi(stack) ?? [];
    expect([first, third]).toEqual([expect.stringMatching(/:role\/Operations/), expect.stringMatching(/:role\/JobsWorkerarchiveorders/)]);
    expect(second).toBe(stack.resolve(user.userArn)['Fn::GetAtt'].join(','));
    expect(others).toEqual([]);
  });

  it('of a role that exists is known by its name, as calls carry it', () => {
    const { stack, jobs } = shop();
    jobs.grantAdmin(Role.fromRoleArn(stack, 'Ops', 'arn:aws:iam::123456789012:role/teams/Operations'));
    expect(ofApi(stack)).toEqual(['arn:AWS::Partition:iam::123456789012:role/Operations']);
  });

  it.each<[string, (stack: Stack) => Role | Group | User | ReturnType<typeof Role.fromRoleArn>, string]>([
    ['a group', (stack) => new Group(stack, 'Group'), 'Admins are roles and users'],
    [
      'a role of another account',
      (stack) => Role.fromRoleArn(stack, 'Ops', 'arn:aws:iam::210987654321:role/Operations'),
      'cannot call an API of',
    ],
  ])('is not %s, and nothing is granted', (_, make, message) => {
    const { stack, jobs } = shop();
    const grantee = make(stack);
    expect(() => jobs.grantAdmin(grantee)).toThrow(message);
    expect(ofApi(stack)).toEqual([]);
    expect(JSON.stringify(Template.fromStack(stack).findResources('AWS::IAM::Policy'))).not.toContain('execute-api:Invoke');
  });

  it('is refused where callers bring tokens', () => {
    const { stack, jobs } = shop({ auth: { kind: 'jwt', issuer: 'https://issuer.example', audience: ['shop'] } });
    expect(() => jobs.grantAdmin(new Role(stack, 'Ops', { assumedBy }))).toThrow('there is nothing to grant them');
  });

  it('is refused where the function could not carry one more, with the reason', () => {
    const { stack, jobs } = shop();
    const roles = Array.from({ length: 60 }, (_, i) => new Role(stack, `Operations${i}`, { assumedBy }));
    expect(() => roles.map((role) => jobs.grantAdmin(role))).toThrow('The environment of the function api takes about');
  });
});

describe('a metric', () => {
  const { stack, jobs } = shop({ metrics: 'types' });
  const shown = (metric: ReturnType<typeof jobs.metric>) => {
    const { namespace, metricName, dimensions, statistic, period } = metric;
    return { namespace, metricName, dimensions: stack.resolve(dimensions), statistic, minutes: period.toMinutes() };
  };

  it('of the deployment has its name as stage, and five minutes by default', () =>
    expect(shown(jobs.metricFailed())).toEqual({
      namespace: 'Delegation',
      metricName: 'Failed',
      dimensions: { stage: 'Shop_Jobs' },
      statistic: 'Sum',
      minutes: 5,
    }));

  it.each([
    ['Succeeded', {}, 'Sum'],
    ['Accepted', {}, 'Sum'],
    ['TimeToStart', {}, 'p95'],
    ['AnnouncementLag', {}, 'Maximum'],
    ['TimeToFinish', { statistic: 'p50' }, 'p50'],
  ] as const)('%s of a type, with %j, has the statistic %s', (name, options, statistic) =>
    expect(shown(jobs.metric(name, { type: 'archive-orders', ...options }))).toMatchObject({
      dimensions: { stage: 'Shop_Jobs', type: 'archive-orders' },
      statistic,
    }),
  );

  it('of failures may be of one code', () =>
    expect(shown(jobs.metricFailed({ type: 'archive-orders', code: 'timed_out' })).dimensions).toEqual({
      stage: 'Shop_Jobs',
      type: 'archive-orders',
      code: 'timed_out',
    }));

  it.each<[string, () => unknown, string]>([
    ['a type that is not there', () => jobs.metricSucceeded({ type: 'archive-order' }), 'There are: archive-orders.'],
    ['all types, where it is counted by type alone', () => jobs.metric('Accepted'), 'counted by job type alone'],
    ['a type, where it is about the deployment', () => jobs.metric('ClockLag', { type: 'archive-orders' }), 'it has no type'],
    [
      'what every job counts by type, where that is not counted',
      () => shop().jobs.metricSucceeded({ type: 'archive-orders' }),
      "metrics is 'types'",
    ],
    ['the code of successes', () => jobs.metricSucceeded({ type: 'archive-orders', code: 'x' }), 'Only Failed of one type'],
    ['the code of all types', () => jobs.metricFailed({ code: 'x' }), 'Only Failed of one type'],
  ])('is refused for %s: an alarm on it would never rise', (_, make, message) => expect(make).toThrow(message));

  it('is there for each name, of the deployment or of a type', () => {
    for (const name of Object.keys(metricUnits) as (keyof typeof metricUnits)[])
      expect(metricsWithoutType.includes(name) ? jobs.metric(name) : jobs.metric(name, { type: 'archive-orders' })).toBeDefined();
  });

  it('is what an alarm of the app watches', () => {
    jobs.metricFailed({ type: 'archive-orders' }).createAlarm(stack, 'Failing', { threshold: 1, evaluationPeriods: 1 });
    Template.fromStack(stack).hasResourceProperties('AWS::CloudWatch::Alarm', {
      Namespace: 'Delegation',
      MetricName: 'Failed',
      Dimensions: [
        { Name: 'stage', Value: 'Shop_Jobs' },
        { Name: 'type', Value: 'archive-orders' },
      ],
    });
  });
});

describe('the queues', () => {
  const { stack, jobs } = shop();
  it('of a type are those that its messages go through', () => {
    const [queue, dead] = [jobs.queueOf('archive-orders'), jobs.deadLetterQueueOf('archive-orders')].map(({ queueArn }) =>
      stack.resolve(queueArn),
    );
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::SQS::Queue', { RedrivePolicy: { deadLetterTargetArn: dead } });
    template.hasResourceProperties('AWS::Lambda::EventSourceMapping', { EventSourceArn: queue });
  });

  it("of the service's own types are not handed out", () =>
    expect(() => jobs.queueOf('bulk-action')).toThrow('There are: archive-orders.'));

  it('say what there is', () => expect(() => jobs.deadLetterQueueOf('x')).toThrow('There are: archive-orders.'));
});

it('hands out the id by which policies name the API', () => {
  const { stack, jobs } = shop();
  expect(stack.resolve(jobs.apiId)).toEqual({ Ref: expect.stringMatching(/^JobsApiGateway/) });
});
