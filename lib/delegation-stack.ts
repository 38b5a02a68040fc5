import { CfnOutput, Stack, type StackProps } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { Delegation, type DelegationProps } from './delegation.ts';

/** Delegation as a deployment of its own. */
export class DelegationStack extends Stack {
  constructor(scope: Construct, id: string, delegation: DelegationProps = {}, props: StackProps = {}) {
    super(scope, id, { description: 'Delegation: accepts work over HTTPS, does it behind a queue, delivers the result', ...props });
    const { url, consoleUrl, topic, apiId, domainTarget, workerRoles, webhookSecretArn } = new Delegation(this, 'Delegation', delegation);
    new CfnOutput(this, 'Url', { value: url, description: 'Where jobs are submitted: POST /v1/jobs' });
    new CfnOutput(this, 'AlarmTopic', { value: topic.topicArn, description: 'The topic that alarms are published to' });
    if (domainTarget !== undefined) {
      new CfnOutput(this, 'DomainTarget', { value: domainTarget, description: 'What the DNS record of the domain points to' });
      new CfnOutput(this, 'ApiId', { value: apiId, description: 'The id by which policies name the API, which the domain does not show' });
    }
    if (consoleUrl !== undefined)
      new CfnOutput(this, 'ConsoleUrl', {
        value: consoleUrl,
        description: 'The web console, and the redirect address of its client at the issuer',
      });
    if (webhookSecretArn !== undefined)
      new CfnOutput(this, 'WebhookSecret', { value: webhookSecretArn, description: 'The secret that signs webhooks, for their receivers' });
    for (const [type, { roleArn }] of workerRoles) {
      const description = `The role of ${type}: what a policy of yours names, of a key, a bucket or a table that it uses`;
      new CfnOutput(this, outputId(this, type), { value: roleArn, description });
    }
  }
}

/** Returns `RunQueryRole` of `run-query`: outputs are named by letters and digits alone. */
function outputId(stack: Stack, type: string): string {
  const name = type.replaceAll(/(?:^|-)(.)/g, (_, letter: string) => letter.toUpperCase());
  let id = `${name}Role`;
  while (stack.node.tryFindChild(id) !== undefined) id = `X${id}`; // `a-1` after `a1`
  return id;
}
