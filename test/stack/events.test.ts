import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { EventBus } from 'aws-cdk-lib/aws-events';
import { readConfig } from '../../lambdas/config.ts';
import { Delegation, type DelegationProps, DelegationStack } from '../../lib/index.ts';
import { plainApp } from './templates.ts';

const region = 'eu-central-1';
const synthesise = (props: DelegationProps) =>
  Template.fromStack(new DelegationStack(plainApp(), 'Test', props, { env: { region, account: '123456789012' } }));

interface Policy {
  readonly Properties: {
    readonly PolicyDocument: { readonly Statement: readonly { readonly Action: unknown; readonly Resource: unknown }[] };
  };
}
const grantsOf = (template: Template) =>
  Object.values(template.findResources('AWS::IAM::Policy') as Record<string, Policy>)
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => JSON.stringify(Action).includes('events:'));
const environmentsOf = (template: Template) =>
  Object.values(template.findResources('AWS::Lambda::Function')).flatMap(({ Properties }) => Properties.Environment?.Variables ?? []);

it('puts no events without the setting: no grant, no variable, no alarm', () => {
  const template = synthesise({});
  expect(grantsOf(template)).toEqual([]);
  expect(environmentsOf(template).filter((variables) => 'DELEGATION_EVENTS' in variables)).toEqual([]);
  expect(JSON.stringify(template.toJSON())).not.toContain('AnnouncementLag');
});

const another = 'arn:aws:events:eu-central-1:210987654321:event-bus/shared';
it.each([
  ['the default bus', {}, { bus: 'default', starts: false }, 'event-bus/default'],
  ['a bus of the account', { bus: 'orders', starts: true }, { bus: 'orders', starts: true }, 'event-bus/orders'],
  ['a bus of another account', { bus: another }, { bus: another, starts: false }, another],
])('lets every function put events on %s, and on no other', (_, events, config, resource) => {
  const template = synthesise({ events });
  const functions = environmentsOf(template).filter((variables) => 'DELEGATION_TABLE' in variables);
  expect(functions.length).toBeGreaterThan(5);
  for (const { DELEGATION_EVENTS } of functions) expect(JSON.parse(DELEGATION_EVENTS)).toEqual(config);
  const grants = grantsOf(template);
  expect(grants).toHaveLength(functions.length);
  for (const { Action, Resource } of grants) {
    expect(Action).toBe('events:PutEvents');
    expect(JSON.stringify(Resource)).toContain(resource);
  }
});

it('takes a bus of the same app by its name', () => {
  const stack = new Stack(plainApp(), 'App', { env: { region, account: '123456789012' } });
  const bus = new EventBus(stack, 'Bus');
  new Delegation(stack, 'Delegation', { events: { bus: bus.eventBusName } });
  const [grant] = grantsOf(Template.fromStack(stack));
  expect(JSON.stringify(grant?.Resource)).toMatch(/event-bus\/.*"Ref":"Bus/);
});

it('has an alarm for ends that cannot be announced, with its place in the runbook', () =>
  synthesise({ events: {} }).hasResourceProperties('AWS::CloudWatch::Alarm', {
    MetricName: 'AnnouncementLag',
    Statistic: 'Maximum',
    Period: 3_600,
    Threshold: 600_000,
    AlarmDescription: Match.stringLikeRegexp('docs/runbook.md#announcements$'),
  }));

it.each([
  [{ bus: '' }, 'must be the name of an event bus'],
  [{ bus: 'my bus' }, 'must be the name of an event bus'],
  [{ bus: 'arn:aws:events:eu-central-1:123456789012:rule/orders' }, 'must be the name of an event bus'],
  [{ bus: another.replace(region, 'us-east-1') }, 'ARNs of its own region'],
  [{ bus: another.replace('aws', 'aws-cn') }, 'ARNs in eu-central-1 begin with arn:aws:'],
  [{ buss: 'orders' }, 'There is no buss here'],
])('refuses %j', (events, message) => expect(() => synthesise({ events } as DelegationProps)).toThrow(message));

it('reads the variable back, and says what is wrong with another', () => {
  const [environment] = environmentsOf(synthesise({ events: { starts: true } }));
  const variables = { ...environment, DELEGATION_TABLE: 'jobs', DELEGATION_BUCKET: 'payloads', DELEGATION_QUEUES: '{}' };
  expect(readConfig(variables).events).toEqual({ bus: 'default', starts: true });
  expect(() => readConfig({ ...variables, DELEGATION_EVENTS: '{}' })).toThrow('DELEGATION_EVENTS');
});
