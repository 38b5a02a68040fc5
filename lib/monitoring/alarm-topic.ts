/** The topic that alarms are published to: one of the stack's own, or one that the account already has. */
import { Stack, Validations } from 'aws-cdk-lib';
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { type ITopic, Topic } from 'aws-cdk-lib/aws-sns';
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions';
import type { Construct } from 'constructs';
import type { DeploymentContext } from '../deployment-context.ts';
import type { DelegationSettings } from '../settings.ts';

/** Creates the topic with its subscription, unless the settings name one, whose policy and subscribers are its owner's. */
export function alarmTopic(scope: Construct, { topicArn, email }: DelegationSettings['alarms'], { key }: DeploymentContext): ITopic {
  if (topicArn !== undefined) return Topic.fromTopicArn(scope, 'Topic', topicArn);
  const topic = new Topic(scope, 'Topic', {
    displayName: 'Delegation: alarms',
    enforceSSL: true,
    ...(key === undefined ? {} : { masterKey: key }),
  });
  allowAlarms(topic);
  if (email !== undefined) notify(topic, email);
  return topic;
}

/**
 * Lets the account's alarms publish. Refusing plain HTTP needs a policy, which replaces SNS's default one, and with it this permission.
 * @see https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
 */
function allowAlarms(topic: Topic): void {
  topic.addToResourcePolicy(
    new PolicyStatement({
      principals: [new ServicePrincipal('cloudwatch.amazonaws.com')],
      actions: ['sns:Publish'],
      resources: [topic.topicArn],
      conditions: { StringEquals: { 'aws:SourceAccount': Stack.of(topic).account } },
    }),
  );
}

function notify(topic: Topic, email: string): void {
  const mail = topic.addSubscription(new EmailSubscription(email));
  Validations.of(mail).acknowledge({
    id: 'Serverless::Serverless-SNSRedrivePolicy',
    reason: 'A mail that cannot be delivered loses no work: the alarm stays red on the dashboard.',
  });
}
