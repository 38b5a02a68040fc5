import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { Topic } from 'aws-cdk-lib/aws-sns';
import { UrlSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import { Delegation, type DelegationProps, DelegationStack } from '../../lib/index.ts';
import { plainApp } from './templates.ts';

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:operations';
const env = { region: 'eu-central-1' };
const templateOf = (props: DelegationProps): Template => Template.fromStack(new DelegationStack(plainApp(), 'Test', props, { env }));
const actionsOf = (template: Template): ReadonlySet<string> =>
  new Set(
    Object.values(template.findResources('AWS::CloudWatch::Alarm')).flatMap(({ Properties }) =>
      [...Properties.AlarmActions, ...Properties.OKActions].map((action) => JSON.stringify(action)),
    ),
  );

describe('without the setting', () => {
  const template = templateOf({ alarms: { email: 'ops@example.com' } });
  const [topic = ''] = Object.keys(template.findResources('AWS::SNS::Topic'));

  it('alarms go to a topic of the stack, which is an output', () => {
    expect(actionsOf(template)).toEqual(new Set([JSON.stringify({ Ref: topic })]));
    expect(template.findOutputs('AlarmTopic')['AlarmTopic']?.['Value']).toEqual({ Ref: topic });
    template.hasResourceProperties('AWS::SNS::Subscription', { Protocol: 'email', Endpoint: 'ops@example.com', TopicArn: { Ref: topic } });
  });
});

describe('with a topic of the account', () => {
  const template = templateOf({ alarms: { topicArn, email: 'ops@example.com', monthlyUsd: 20 } });

  it('every alarm goes to it, when it rises and when it falls', () => {
    template.resourcePropertiesCountIs('AWS::CloudWatch::Alarm', { AlarmActions: [topicArn], OKActions: [topicArn] }, 9);
    expect(actionsOf(template)).toEqual(new Set([JSON.stringify(topicArn)]));
    expect(template.findOutputs('AlarmTopic')['AlarmTopic']?.['Value']).toBe(topicArn);
  });

  it('the stack makes no topic, and changes neither the policy nor the subscriptions of that one', () => {
    for (const type of ['AWS::SNS::Topic', 'AWS::SNS::TopicPolicy', 'AWS::SNS::Subscription']) template.resourceCountIs(type, 0);
  });

  it('the address is for the budget', () =>
    template.hasResourceProperties('AWS::Budgets::Budget', {
      NotificationsWithSubscribers: [1, 2].map(() =>
        Match.objectLike({ Subscribers: [{ SubscriptionType: 'EMAIL', Address: 'ops@example.com' }] }),
      ),
    }));
});

describe('in an app', () => {
  it('takes a topic of the same app', () => {
    const stack = new Stack(plainApp(), 'Shop', { env });
    const topic = new Topic(stack, 'Operations');
    const jobs = new Delegation(stack, 'Jobs', { alarms: { topicArn: topic.topicArn } });
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::SNS::Topic', 1);
    const [id = ''] = Object.keys(template.findResources('AWS::SNS::Topic'));
    expect(actionsOf(template)).toEqual(new Set([JSON.stringify({ Ref: id })]));
    expect(stack.resolve(jobs.topic.topicArn)).toEqual({ Ref: id });
  });

  it('lets the app subscribe to the topic of the construct', () => {
    const stack = new Stack(plainApp(), 'Shop', { env });
    const jobs = new Delegation(stack, 'Jobs');
    jobs.topic.addSubscription(new UrlSubscription('https://pager.example.com/alarms'));
    Template.fromStack(stack).hasResourceProperties('AWS::SNS::Subscription', {
      Protocol: 'https',
      TopicArn: stack.resolve(jobs.topic.topicArn),
    });
  });
});
