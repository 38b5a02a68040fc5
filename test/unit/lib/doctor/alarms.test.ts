import { alarmMail, alarmPath, alarmStates } from '../../../../lib/doctor/checks/alarms.ts';
import { elements, members } from '../../../support/aws-endpoint.ts';
import { inShort, stackOf, withAws } from '../../../support/doctor-clients.ts';

const name = (id: string) => `Delegation-DelegationMonitoring${id}0057EB9F-X`;
const topic = 'arn:aws:sns:eu-central-1:123456789012:topic';
const now = new Date('2026-11-26T12:00:00Z');
const stack = stackOf([
  ['A', 'AWS::CloudWatch::Alarm', name('ServerErrors')],
  ['B', 'AWS::CloudWatch::Alarm', name('ClockStopped')],
  ['T', 'AWS::SNS::Topic', topic],
]);
const alarm = (id: string, more: object = {}) => ({
  AlarmName: name(id),
  AlarmDescription: `What ${id} means.`,
  StateValue: 'OK',
  ActionsEnabled: true,
  ...more,
});

it.each<[string, object[], string]>([
  ['none is red', [alarm('ServerErrors'), alarm('ClockStopped', { StateValue: 'INSUFFICIENT_DATA' })], 'ok: None of the 2 alarms is red.'],
  [
    'one is red',
    [alarm('ServerErrors'), alarm('ClockStopped', { StateValue: 'ALARM' })],
    'problem: ClockStopped is red: What ClockStopped means.',
  ],
  ['one was deleted', [alarm('ServerErrors')], 'problem: These alarms were deleted: ClockStopped.'],
  [
    'one is muted',
    [alarm('ServerErrors', { ActionsEnabled: false }), alarm('ClockStopped')],
    'warning: The actions of 1 alarm are turned off, so no mail is sent.',
  ],
])('reports the states of alarms: %s', async (_, MetricAlarms, expected) => {
  expect(inShort(await withAws({ DescribeAlarms: { MetricAlarms } }, ({ cloudWatch }) => alarmStates(cloudWatch, stack, now)))).toEqual([
    expected,
  ]);
});

it('only warns of a red alarm in the first minutes of a stack', async () => {
  const MetricAlarms = [alarm('ServerErrors'), alarm('ClockStopped', { StateValue: 'ALARM' })];
  const young = { ...stack, createdAt: new Date('2026-11-26T11:55:00Z') };
  expect((await withAws({ DescribeAlarms: { MetricAlarms } }, ({ cloudWatch }) => alarmStates(cloudWatch, young, now))).status).toBe(
    'warning',
  );
});

it.each<[string, string | undefined, string | undefined, string]>([
  ['confirmed', `${topic}:1`, 'ada@example.com', 'ok: Alarms reach ada@example.com: confirmed.'],
  ['pending', 'PendingConfirmation', 'ada@example.com', 'problem: ada@example.com has not confirmed, so no alarm is mailed to it.'],
  [
    'gone',
    undefined,
    'ada@example.com',
    'problem: ada@example.com is in the settings, but has no subscription: somebody followed the link that unsubscribes.',
  ],
  ['not wanted', undefined, undefined, 'ok: Alarms send no mail: alarms.email is not set.'],
])('reports an address that is %s', async (_, SubscriptionArn, email, expected) => {
  const all =
    SubscriptionArn === undefined ? [] : [elements({ SubscriptionArn, Protocol: 'email', Endpoint: 'ada@example.com', TopicArn: topic })];
  const finding = await withAws({ ListSubscriptionsByTopic: members('Subscriptions', all) }, ({ sns }) =>
    alarmMail(sns, stack, email === undefined ? {} : { email }),
  );
  expect(inShort(finding)).toEqual([expected]);
});

it.each<[string, string[], string]>([
  [
    'has subscribers',
    [elements({ SubscriptionArn: `${topic}:1`, Protocol: 'https', Endpoint: 'https://pager.example.com', TopicArn: topic })],
    'ok: Alarms reach https://pager.example.com: confirmed.',
  ],
  ['has none', [], 'warning: The topic arn:aws:sns:eu-central-1:123456789012:operations has no subscriber, so alarms reach no person.'],
])('asks the topic that the settings name, and reports that it %s', async (_, all, expected) => {
  const topicArn = 'arn:aws:sns:eu-central-1:123456789012:operations';
  const asked: unknown[] = [];
  const answer = (input: unknown) => {
    asked.push((input as URLSearchParams).get('TopicArn'));
    return members('Subscriptions', all);
  };
  const finding = await withAws({ ListSubscriptionsByTopic: answer }, ({ sns }) => alarmMail(sns, stack, { topicArn }));
  expect(inShort(finding)).toEqual([expected]);
  expect(asked).toEqual([topicArn]);
});

describe('the path from an alarm to the topic', () => {
  const summary = (isDone: boolean) => `${isDone ? 'Successfully executed' : 'Failed to execute'} action ${topic}`;
  const look = (
    history: Readonly<Record<string, { readonly at: string; readonly isDone: boolean; readonly data?: object }>>,
    isEncrypted = true,
  ) =>
    withAws(
      {
        DescribeAlarmHistory: (input) => {
          const item = history[String((input as Record<string, unknown>)['AlarmName'])];
          if (item === undefined) return { AlarmHistoryItems: [] };
          const Timestamp = new Date(item.at).getTime() / 1000;
          return { AlarmHistoryItems: [{ Timestamp, HistorySummary: summary(item.isDone), HistoryData: JSON.stringify(item.data ?? {}) }] };
        },
      },
      ({ cloudWatch }) => alarmPath(cloudWatch, stack, { isEncrypted }),
    );
  const refused = { actionState: 'Failed', error: 'CloudWatch Alarms does not have authorization to access the SNS topic encryption key.' };

  it('is proven', async () =>
    expect(inShort(await look({ [name('ServerErrors')]: { at: '2026-11-25T00:00:00Z', isDone: true } }))).toEqual([
      'ok: The last alarm reached the topic (2026-11-25T00:00:00.000Z).',
    ]));

  it('is refused by the key: the latest action counts', async () => {
    const finding = await look({
      [name('ServerErrors')]: { at: '2026-11-24T00:00:00Z', isDone: true },
      [name('ClockStopped')]: { at: '2026-11-25T00:00:00Z', isDone: false, data: refused },
    });
    expect(inShort(finding)[0]).toMatch(
      /^problem: The last alarm could not be sent: Failed to execute action .* does not have authorization to access the SNS topic encryption key/,
    );
  });

  it('was refused before, and works now', async () => {
    const finding = await look({
      [name('ServerErrors')]: { at: '2026-11-24T00:00:00Z', isDone: false, data: refused },
      [name('ClockStopped')]: { at: '2026-11-25T00:00:00Z', isDone: true },
    });
    expect(finding.status).toBe('ok');
  });

  it('is not proven: with a key, the finding says how to prove it', async () => {
    const finding = await look({});
    expect(finding.status).toBe('warning');
    expect(finding.commands?.[0]).toBe(
      `aws cloudwatch set-alarm-state --alarm-name ${name('ServerErrors')} --state-value ALARM --state-reason "testing the path"`,
    );
    expect((await look({}, false)).status).toBe('ok');
  });
});
