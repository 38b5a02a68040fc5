import { Template } from 'aws-cdk-lib/assertions';
import { catalogue } from '../../lambdas/jobs/catalogue.ts';
import { warmEveryMinutes } from '../../lambdas/warm-event.ts';
import { bytes } from '../../lib/cost/figures.ts';
import { shapeOf } from '../../lib/cost/shape.ts';
import { type DelegationSettingsInput, DelegationStack } from '../../lib/index.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import { describedTypes } from '../support/described-types.ts';
import { plainApp } from './templates.ts';

it.each<[string, DelegationSettingsInput]>([
  ['no settings at all', {}],
  [
    'two types less, its own key and a budget',
    {
      disabledJobTypes: ['launch-instances', 'terminate-instances'],
      encryption: 'own-key',
      retentionDays: 7,
      alarms: { email: 'ops@example.com', monthlyUsd: 20 },
    },
  ],
  ['webhooks', { webhooks: {} }],
  ['metrics by type', { metrics: 'types' }],
  ['a warm API', { warm: true }],
  [
    'the console, which adds nothing to an idle bill',
    { auth: { kind: 'jwt', issuer: 'https://issuer.example', audience: ['delegation'] }, console: { clientId: 'console' } },
  ],
])('the bill counts the real resources of the stack, with %s', (_, settings) => {
  const template = Template.fromStack(new DelegationStack(plainApp(), 'Test', settings, { env: { region: 'us-east-1' } }));
  const shape = shapeOf(
    parseSettings(
      settings,
      catalogue.map(({ name }) => name),
    ),
    catalogue,
  );
  const count = (type: string) => Object.keys(template.findResources(type)).length;
  const memoryOf = (description: string) =>
    Object.values(template.findResources('AWS::Lambda::Function', { Properties: { Description: description } }))[0]?.['Properties']
      .MemorySize;
  expect({
    triggers: count('AWS::Lambda::EventSourceMapping'),
    alarms: count('AWS::CloudWatch::Alarm'),
    dashboards: count('AWS::CloudWatch::Dashboard'),
    dashboardMetrics: shownMetrics(template).length,
    kmsKeys: count('AWS::KMS::Key'),
    secrets: count('AWS::SecretsManager::Secret'),
    apiMemoryMiB: memoryOf('Delegation: accepts jobs and reports on them'),
    clockMemoryMiB: memoryOf('Delegation: wakes overdue jobs'),
  }).toEqual({
    ...{
      triggers: shape.triggers,
      alarms: shape.alarms,
      dashboards: shape.dashboards,
      dashboardMetrics: shape.dashboardMetrics,
    },
    ...{ kmsKeys: shape.kmsKeys, secrets: shape.secrets, apiMemoryMiB: shape.apiMemoryMiB, clockMemoryMiB: shape.clockMemoryMiB },
  });
  const rules = Object.values(template.findResources('AWS::S3::Bucket'))[0]?.['Properties'].LifecycleConfiguration.Rules;
  expect(rules[0].ExpirationInDays).toBe(shape.objectDays);
  template.hasResourceProperties('AWS::Events::Rule', { ScheduleExpression: `rate(${shape.clockSeconds / 60} minute)` });
  if (shape.settings.warm) {
    const schedule = { ScheduleExpression: `rate(${warmEveryMinutes} minutes)` };
    template.hasResourceProperties('AWS::Events::Rule', schedule);
  }
  const [stage] = Object.values(template.findResources('AWS::ApiGatewayV2::Stage'));
  const line = String(stage?.['Properties'].AccessLogSettings.Format).replaceAll(/\$context\.[A-Za-z.]+/g, 'about 20 characters.');
  expect(line.length + 26).toBeLessThanOrEqual(bytes.accessLine);
  // An alarm on an expression is billed for each of its metrics, and one that is checked more often than once a minute three times as much.
  for (const { Properties } of Object.values(template.findResources('AWS::CloudWatch::Alarm'))) {
    expect(Properties.Metrics).toBeUndefined();
    expect(Properties.Period).toBeGreaterThanOrEqual(60);
  }
});

it('the dashboard of the documented job types is free', () => {
  const names = describedTypes.map(({ name }) => name);
  // Three dashboards of up to 50 metrics each are free: https://aws.amazon.com/cloudwatch/pricing/
  expect(shapeOf(parseSettings({ metrics: 'types' }, names), describedTypes).dashboardMetrics).toBeLessThanOrEqual(50);
});

/** Every row of every widget: a metric with its dimensions and statistic, so each statistic of a metric counts separately. */
function shownMetrics(template: Template): readonly unknown[] {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  if (dashboard === undefined) return [];
  const parts: readonly (string | { readonly Ref?: string })[] = dashboard['Properties'].DashboardBody['Fn::Join'][1];
  const body = parts.map((part) => (typeof part === 'string' ? part : (part.Ref ?? 'some-id'))).join('');
  const { widgets } = JSON.parse(body) as {
    readonly widgets: readonly { readonly properties: { readonly metrics?: readonly unknown[] } }[];
  };
  return widgets.flatMap(({ properties: { metrics = [] } }) => metrics);
}
