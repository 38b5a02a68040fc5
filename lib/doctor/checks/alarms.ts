/** Checks the alarms, the recipients of their mails, and the path between them. */
import { type CloudWatchClient, DescribeAlarmHistoryCommand, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch';
import { ListSubscriptionsByTopicCommand, type SNSClient } from '@aws-sdk/client-sns';
import type { DelegationSettings } from '../../settings.ts';
import { count, type Finding, ok, problem, warning } from '../finding.ts';
import type { DeployedStack } from '../stack.ts';
import { isYoung } from './health.ts';

const namesOf = ({ resources }: DeployedStack) =>
  resources.filter(({ type }) => type === 'AWS::CloudWatch::Alarm').map(({ physicalId }) => physicalId);

/** Reads alarms by name; DescribeAlarms accepts a hundred names. */
async function alarmsOf(cloudWatch: CloudWatchClient, names: readonly string[]): Promise<readonly MetricAlarm[]> {
  const found: MetricAlarm[] = [];
  for (let i = 0; i < names.length; i += 100) {
    const { MetricAlarms = [] } = await cloudWatch.send(
      new DescribeAlarmsCommand({ AlarmNames: names.slice(i, i + 100), MaxRecords: 100 }),
    );
    found.push(...MetricAlarms);
  }
  return found;
}

/** Shortens `Delegation-DelegationMonitoringClockStopped82E78102-X` to ClockStopped. */
const shortName = (name: string): string => /Monitoring([\w-]+?)[0-9A-F]{8}/.exec(name)?.[1] ?? name;

export async function alarmStates(cloudWatch: CloudWatchClient, stack: DeployedStack, now: Date): Promise<Finding> {
  const names = namesOf(stack);
  const all = await alarmsOf(cloudWatch, names);
  const missing = names.filter((name) => !all.some(({ AlarmName }) => AlarmName === name));
  if (missing.length > 0)
    return problem(`These alarms were deleted: ${missing.map(shortName).join(', ')}.`, { advice: 'Run a drift check, then deploy again.' });
  const muted = all.filter(({ ActionsEnabled }) => ActionsEnabled === false);
  if (muted.length > 0) {
    return warning(`The actions of ${count(muted.length, 'alarm')} are turned off, so no mail is sent.`, {
      commands: [`aws cloudwatch enable-alarm-actions --alarm-names ${muted.map(({ AlarmName }) => AlarmName).join(' ')}`],
    });
  }
  const red = all.filter(({ StateValue }) => StateValue === 'ALARM');
  if (red.length === 0) return ok(`None of the ${count(all.length, 'alarm')} is red.`);
  const found = red.map(({ AlarmName = '', AlarmDescription = '' }) => `${shortName(AlarmName)} is red: ${AlarmDescription}`).join(' ');
  return isYoung(stack, now)
    ? warning(`${found} The stack is young.`, { advice: 'Run the doctor again in ten minutes.' })
    : problem(found, { advice: 'Each alarm links its section of the runbook.' });
}

/** @param settings the address, or the topic in place of the stack's own */
export async function alarmMail(
  sns: SNSClient,
  stack: DeployedStack,
  { email, topicArn }: Pick<DelegationSettings['alarms'], 'email' | 'topicArn'>,
): Promise<Finding> {
  const topic = topicArn ?? stack.resources.find(({ type }) => type === 'AWS::SNS::Topic')?.physicalId ?? '';
  const { Subscriptions = [] } = await sns.send(new ListSubscriptionsByTopicCommand({ TopicArn: topic }));
  const pending = Subscriptions.filter(({ SubscriptionArn }) => SubscriptionArn === 'PendingConfirmation');
  if (pending.length > 0) {
    return problem(`${pending.map(({ Endpoint }) => Endpoint).join(', ')} has not confirmed, so no alarm is mailed to it.`, {
      advice: 'Follow the link in the mail "AWS Notification - Subscription Confirmation" (check the spam folder). This sends another one:',
      commands: pending.map(
        ({ Protocol, Endpoint }) => `aws sns subscribe --topic-arn ${topic} --protocol ${Protocol} --notification-endpoint ${Endpoint}`,
      ),
    });
  }
  if (topicArn !== undefined && Subscriptions.length === 0)
    return warning(`The topic ${topicArn} has no subscriber, so alarms reach no person.`, {
      commands: [`aws sns subscribe --topic-arn ${topicArn} --protocol email --notification-endpoint <address>`],
    });
  if (Subscriptions.length > 0) return ok(`Alarms reach ${Subscriptions.map(({ Endpoint }) => Endpoint).join(', ')}: confirmed.`);
  if (email === undefined) return ok('Alarms send no mail: alarms.email is not set.');
  return problem(`${email} is in the settings, but has no subscription: somebody followed the link that unsubscribes.`, {
    commands: [`aws sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint ${email}`],
  });
}

/** Reports whether the last alarm was sent. If the topic or its key refuses an alarm's message, only the alarm's history shows that. */
export async function alarmPath(
  cloudWatch: CloudWatchClient,
  stack: DeployedStack,
  { isEncrypted }: { readonly isEncrypted: boolean },
): Promise<Finding> {
  const names = namesOf(stack);
  const actions = (await Promise.all(names.map((name) => lastAction(cloudWatch, name)))).filter((one) => one !== undefined);
  const latest = actions.sort((a, b) => b.atMs - a.atMs)[0];
  const trial = names.find((name) => name.includes('ServerErrors')) ?? names[0] ?? '<alarm>';
  const commands = [
    `aws cloudwatch set-alarm-state --alarm-name ${trial} --state-value ALARM --state-reason "testing the path"`,
    `aws cloudwatch describe-alarm-history --alarm-name ${trial} --history-item-type Action --query "AlarmHistoryItems[].[Timestamp,HistorySummary]" --output text`,
  ];
  if (latest === undefined) {
    const found = 'No alarm has been sent yet, so the path from an alarm to the topic is not proven.';
    if (!isEncrypted) return ok(found);
    const advice =
      "Trigger one, once: the key's policy decides. It mails the topic's subscribers, and CloudWatch resets it within minutes.";
    return warning(found, { advice, commands });
  }
  if (latest.isFailed) {
    return problem(`The last alarm could not be sent: ${latest.summary}`, {
      advice: isEncrypted
        ? 'docs/security.md, "Encryption": the key’s policy must let cloudwatch.amazonaws.com use it. Then test it:'
        : 'The policy of the topic must let cloudwatch.amazonaws.com publish, and so must that of its key. Deploy again, or, for a topic of yours, see docs/deploy.md, "Alarms to a topic of yours". Then test it:',
      commands,
    });
  }
  return ok(`The last alarm reached the topic (${new Date(latest.atMs).toISOString()}).`);
}

interface Action {
  readonly atMs: number;
  readonly isFailed: boolean;
  readonly summary: string;
}

async function lastAction(cloudWatch: CloudWatchClient, AlarmName: string): Promise<Action | undefined> {
  const { AlarmHistoryItems = [] } = await cloudWatch.send(
    new DescribeAlarmHistoryCommand({ AlarmName, HistoryItemType: 'Action', ScanBy: 'TimestampDescending', MaxRecords: 1 }),
  );
  const [item] = AlarmHistoryItems;
  if (item === undefined) return undefined;
  const { Timestamp, HistorySummary = '', HistoryData = '' } = item;
  const error = /"error"\s*:\s*"([^"]*)"/.exec(HistoryData)?.[1];
  const isFailed = /^failed/i.test(HistorySummary) || /"actionState"\s*:\s*"failed"/i.test(HistoryData);
  return { atMs: Timestamp?.getTime() ?? 0, isFailed, summary: [HistorySummary, error].filter((text) => text !== undefined).join(' ') };
}
