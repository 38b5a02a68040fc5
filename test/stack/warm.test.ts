import { Template } from 'aws-cdk-lib/assertions';
import { warmEvent } from '../../lambdas/warm-event.ts';
import { type DelegationSettingsInput, DelegationStack } from '../../lib/index.ts';
import { plainApp } from './templates.ts';

const templateWith = (settings: DelegationSettingsInput) =>
  Template.fromStack(new DelegationStack(plainApp(), 'Test', settings, { env: { region: 'eu-central-1' } }));
const without = templateWith({});
const warm = templateWith({ warm: true });

/** @returns the logical id and the properties of the only resource with these properties */
function only(template: Template, type: string, properties: object): readonly [string, Readonly<Record<string, unknown>>] {
  const found = Object.entries(template.findResources(type, { Properties: properties }));
  expect(found).toHaveLength(1);
  const [[id, { Properties }]] = found as [[string, { Properties: Readonly<Record<string, unknown>> }]];
  return [id, Properties];
}

it('has only the rule of the clock by default', () => {
  without.resourceCountIs('AWS::Events::Rule', 1);
  without.resourceCountIs('AWS::Lambda::EventInvokeConfig', 1);
});

describe('with the setting `warm`', () => {
  const [functionId] = only(warm, 'AWS::Lambda::Function', { Description: 'Delegation: accepts jobs and reports on them' });
  const arn = { 'Fn::GetAtt': [functionId, 'Arn'] };
  const [ruleId, rule] = only(warm, 'AWS::Events::Rule', { ScheduleExpression: 'rate(5 minutes)' });

  it('sends the constant event to the API every five minutes, once', () => {
    expect(rule).toMatchObject({
      State: 'ENABLED',
      Targets: [{ Arn: arn, Input: JSON.stringify(warmEvent), RetryPolicy: { MaximumRetryAttempts: 0 } }],
    });
    expect(rule['EventPattern']).toBeUndefined();
    warm.hasResourceProperties('AWS::Lambda::EventInvokeConfig', {
      FunctionName: { Ref: functionId },
      MaximumRetryAttempts: 0,
      MaximumEventAgeInSeconds: 60,
    });
  });

  it('lets this rule invoke the API, no other one, and nothing else but the gateway', () => {
    const permissions = Object.values(warm.findResources('AWS::Lambda::Permission', { Properties: { FunctionName: arn } }));
    const ofEvents = permissions.filter(({ Properties }) => Properties.Principal === 'events.amazonaws.com');
    expect(ofEvents.map(({ Properties }) => [Properties.Action, Properties.SourceArn])).toEqual([
      ['lambda:InvokeFunction', { 'Fn::GetAtt': [ruleId, 'Arn'] }],
    ]);
    expect(new Set(permissions.map(({ Properties }) => Properties.Principal))).toEqual(
      new Set(['events.amazonaws.com', 'apigateway.amazonaws.com']),
    );
  });

  it('adds nothing else, and no permission to a role', () => {
    const count = (template: Template) =>
      Object.values(template.toJSON()['Resources'] as Record<string, { Type: string }>).reduce<Record<string, number>>(
        (counts, { Type }) => Object.assign(counts, { [Type]: (counts[Type] ?? 0) + 1 }),
        {},
      );
    const more = { 'AWS::Events::Rule': 2, 'AWS::Lambda::EventInvokeConfig': 2 };
    const permissions = (count(without)['AWS::Lambda::Permission'] ?? 0) + 1;
    expect(count(warm)).toEqual({ ...count(without), ...more, 'AWS::Lambda::Permission': permissions });
    expect(warm.findResources('AWS::IAM::Policy')).toEqual(without.findResources('AWS::IAM::Policy'));
  });
});
