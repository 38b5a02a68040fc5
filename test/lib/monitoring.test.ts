import { App } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { DelegationStack } from '../../lib/index.ts';

const template = Template.fromStack(new DelegationStack(new App(), 'Test'));

/** Every row of every widget: a metric with its dimensions and statistic. */
function shownMetrics(): readonly unknown[] {
  const [dashboard] = Object.values(template.findResources('AWS::CloudWatch::Dashboard'));
  const parts: readonly (string | { readonly Ref?: string })[] = dashboard?.['Properties'].DashboardBody['Fn::Join'][1];
  const body = parts.map((part) => (typeof part === 'string' ? part : (part.Ref ?? 'some-id'))).join('');
  const { widgets } = JSON.parse(body) as {
    readonly widgets: readonly { readonly properties: { readonly metrics?: readonly unknown[] } }[];
  };
  return widgets.flatMap(({ properties: { metrics = [] } }) => metrics);
}

it('shows no more metrics than a free dashboard may, even when each statistic of one were counted apart', () => {
  const shown = shownMetrics();
  expect(shown.length).toBeGreaterThan(40);
  // Three dashboards of up to 50 metrics each are free: https://aws.amazon.com/cloudwatch/pricing/
  expect(shown.length).toBeLessThanOrEqual(50);
});
