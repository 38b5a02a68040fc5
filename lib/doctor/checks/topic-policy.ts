/** Checks whether alarms can be published to a topic that the settings name: it exists, and its policy and its key let CloudWatch in. */
import { DescribeKeyCommand, GetKeyPolicyCommand } from '@aws-sdk/client-kms';
import { GetTopicAttributesCommand } from '@aws-sdk/client-sns';
import type { Clients } from '../clients.ts';
import { errorName, notChecked } from '../deploy-failure.ts';
import { type Finding, ok, problem, warning } from '../finding.ts';
import { keyPolicyAllows, type Verdict } from '../key-policy.ts';
import type { Target } from '../target.ts';
import { alarmKeyFinding } from './key.ts';

const advice = 'docs/deploy.md, "Alarms to a topic of yours", has the statements.';

/** @param stackName the stack's, with which the names of its alarms begin */
export async function topicPolicy(
  { sns, kms }: Pick<Clients, 'sns' | 'kms'>,
  topicArn: string,
  { target, stackName }: { readonly target: Target; readonly stackName: string },
): Promise<readonly Finding[]> {
  try {
    const { Attributes = {} } = await sns.send(new GetTopicAttributesCommand({ TopicArn: topicArn }));
    const { Policy = '{}', KmsMasterKeyId: key } = Attributes;
    const ofTopic = topicFinding(topicArn, verdictOn(Policy, target, stackName));
    if (key === undefined) return [ofTopic];
    return [ofTopic, await keyFinding(kms, key, target).catch((error: unknown) => notChecked(`The key ${key} of the topic`, error))];
  } catch (error) {
    if (!/NotFound/.test(errorName(error))) throw error;
    return [
      problem(`There is no topic ${topicArn}: alarms would turn red without a notification.`, {
        commands: [`aws sns list-topics --region ${target.region}`],
      }),
    ];
  }
}

/** SNS's default policy names the account by `AWS:SourceOwner`. */
function verdictOn(policy: string, { region, account, partition }: Target, stackName: string): Verdict {
  const context = {
    'aws:sourceaccount': account,
    'aws:sourceowner': account,
    'aws:sourcearn': `arn:${partition}:cloudwatch:${region}:${account}:alarm:${stackName}-any`,
  };
  return keyPolicyAllows(policy, { principals: ['cloudwatch.amazonaws.com'], action: 'SNS:Publish', context });
}

function topicFinding(topicArn: string, verdict: Verdict): Finding {
  if (verdict === 'allowed') return ok(`The policy of the topic ${topicArn} lets CloudWatch's alarms publish.`);
  if (verdict === 'refused')
    return problem(`The policy of the topic ${topicArn} does not let CloudWatch's alarms publish: they turn red without a notification.`, {
      advice,
    });
  return warning(`Whether the policy of the topic ${topicArn} lets alarms publish depends on conditions that the doctor cannot evaluate.`, {
    advice,
  });
}

/** @param key as SNS keeps it: an id, an ARN or an alias */
async function keyFinding(kms: Clients['kms'], key: string, { account }: Target): Promise<Finding> {
  if (/(^|:)alias\/aws\/sns$/.test(key))
    // https://repost.aws/knowledge-center/cloudwatch-configure-alarm-sns
    return problem('The topic is encrypted with alias/aws/sns, which CloudWatch may not use: alarms turn red without a notification.', {
      advice: 'Encrypt the topic with a key of yours, whose policy lets cloudwatch.amazonaws.com use it.',
    });
  const { KeyMetadata: { KeyId = key } = {} } = await kms.send(new DescribeKeyCommand({ KeyId: key }));
  const { Policy = '{}' } = await kms.send(new GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
  return alarmKeyFinding(Policy, account);
}
