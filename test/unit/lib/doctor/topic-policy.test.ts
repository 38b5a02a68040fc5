import { topicPolicy } from '../../../../lib/doctor/checks/topic-policy.ts';
import { type Answers, elements, Fault } from '../../../support/aws-endpoint.ts';
import { inShort, target, withAws } from '../../../support/doctor-clients.ts';

const topicArn = 'arn:aws:sns:eu-central-1:123456789012:operations';
const keyArn = 'arn:aws:kms:eu-central-1:123456789012:key/1';
const cloudWatch = { Service: 'cloudwatch.amazonaws.com' };
const statement = (more: object) => ({ Effect: 'Allow', Principal: cloudWatch, Action: 'sns:Publish', Resource: topicArn, ...more });
/** What SNS gives to a topic that was made without a policy. */
const byDefault = statement({
  Principal: { AWS: '*' },
  Action: ['SNS:Publish', 'SNS:Subscribe'],
  Condition: { StringEquals: { 'AWS:SourceOwner': '123456789012' } },
});

/** The attributes as SNS writes a map. */
const attributes = (values: Readonly<Record<string, string>>): string =>
  elements({
    Attributes: Object.entries(values)
      .map(([key, value]) => elements({ entry: elements({ key, value }) }))
      .join(''),
  });
const check = (answers: Answers) =>
  withAws(answers, async (clients) => inShort(await topicPolicy(clients, topicArn, { target, stackName: 'Delegation' })));
const withPolicy = (statements: readonly object[], more: Readonly<Record<string, string>> = {}, answers: Answers = {}) =>
  check({
    GetTopicAttributes: attributes({ Policy: JSON.stringify({ Statement: statements }), ...more }),
    ...answers,
  });

const allowed = `ok: The policy of the topic ${topicArn} lets CloudWatch's alarms publish.`;
const refused = `problem: The policy of the topic ${topicArn} does not let CloudWatch's alarms publish: they turn red without a notification.`;

it.each<[string, readonly object[], string]>([
  ['that SNS made', [byDefault], allowed],
  ['that names CloudWatch', [statement({})], allowed],
  ['for alarms of the account', [statement({ Condition: { StringEquals: { 'aws:SourceAccount': '123456789012' } } })], allowed],
  [
    'for alarms of the stack',
    [statement({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:Delegation-*' } } })],
    allowed,
  ],
  [
    'for alarms of other names',
    [statement({ Condition: { ArnLike: { 'aws:SourceArn': 'arn:aws:cloudwatch:eu-central-1:123456789012:alarm:shop-*' } } })],
    refused,
  ],
  ['for another account', [statement({ Condition: { StringEquals: { 'aws:SourceAccount': '210987654321' } } })], refused],
  ['for other services alone', [statement({ Principal: { Service: 'events.amazonaws.com' } })], refused],
  [
    'with a condition that the doctor does not know',
    [statement({ Condition: { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } } })],
    `warning: Whether the policy of the topic ${topicArn} lets alarms publish depends on conditions that the doctor cannot evaluate.`,
  ],
])('judges a policy %s', async (_, statements, expected) => expect(await withPolicy(statements)).toEqual([expected]));

it("refuses SNS's own key, whose policy cannot be changed", async () =>
  expect(await withPolicy([byDefault], { KmsMasterKeyId: 'alias/aws/sns' })).toEqual([
    allowed,
    'problem: The topic is encrypted with alias/aws/sns, which CloudWatch may not use: alarms turn red without a notification.',
  ]));

it.each<[string, object, string]>([
  ['lets alarms in', cloudWatch, "ok: The key's policy lets CloudWatch's alarms use it."],
  [
    'does not',
    { Service: 'events.amazonaws.com' },
    "problem: The key's policy does not let CloudWatch's alarms use it: alarms turn red without a mail.",
  ],
])('follows an alias to a key, whose policy %s', async (_, Principal, expected) => {
  const Policy = JSON.stringify({ Statement: [{ Effect: 'Allow', Principal, Action: 'kms:*', Resource: '*' }] });
  const answers = { DescribeKey: { KeyMetadata: { KeyId: keyArn } }, GetKeyPolicy: { Policy } };
  expect(await withPolicy([byDefault], { KmsMasterKeyId: 'alias/operations' }, answers)).toEqual([allowed, expected]);
});

it('reports the policy of the topic also where it may not ask about the key', async () =>
  expect(await withPolicy([], { KmsMasterKeyId: keyArn }, { DescribeKey: new Fault('AccessDeniedException') })).toEqual([
    refused,
    `skipped: The key ${keyArn} of the topic: not checked, since you lack kms:DescribeKey.`,
  ]));

it('finds that there is no such topic', async () =>
  expect(await check({ GetTopicAttributes: new Fault('NotFound') })).toEqual([
    `problem: There is no topic ${topicArn}: alarms would turn red without a notification.`,
  ]));
