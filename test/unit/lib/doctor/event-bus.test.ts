import { eventBus } from '../../../../lib/doctor/checks/event-bus.ts';
import { Fault } from '../../../support/aws-endpoint.ts';
import { inShort, target, withAws } from '../../../support/doctor-clients.ts';

const check = (bus: string, answer: object) =>
  withAws({ DescribeEventBus: answer }, async ({ eventBridge }, operations) => [
    ...inShort(await eventBus(eventBridge, bus, target)),
    ...operations,
  ]);

it('finds a bus of the account, by its name or its ARN', async () => {
  const arn = 'arn:aws:events:eu-central-1:123456789012:event-bus/orders';
  expect(await check('default', { Name: 'default' })).toEqual(['ok: The event bus default exists.', 'DescribeEventBus']);
  expect(await check(arn, { Name: 'orders' })).toEqual([`ok: The event bus ${arn} exists.`, 'DescribeEventBus']);
});

it('warns of one that does not exist, to which EventBridge would put events all the same', async () =>
  expect(await check('order', new Fault('ResourceNotFoundException'))).toEqual([
    'problem: There is no event bus order in eu-central-1: EventBridge would take its events, and drop them.',
    'DescribeEventBus',
  ]));

it('asks nothing of another account', async () =>
  expect(await check('arn:aws:events:eu-central-1:210987654321:event-bus/shared', {})).toEqual([
    expect.stringContaining('is of the account 210987654321'),
  ]));

it('passes on that it may not ask', () => expect(check('orders', new Fault('AccessDeniedException'))).rejects.toThrow());
