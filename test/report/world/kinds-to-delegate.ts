/** Kinds of work that can wait, in shapes other than those of the design. */
import type { EndpointKind } from './endpoint-kind.ts';
import { comesBack, fewSizes, goesOn, machines, minute, oneSize, people, programs, second, sender } from './kind-parts.ts';

const delegate = { origin: 'own', method: 'POST', truth: 'delegate' } as const;

export const kindsToDelegate: readonly EndpointKind[] = [
  {
    ...delegate,
    name: 'invoice-mail',
    reason: 'The page says that the mail will be sent, and whether it is sent now or in a minute changes nothing for the person.',
    template: '/v1/invoices/{id}/send',
    callers: people,
    shape: (draw) => ({
      heldMedianMs: draw.between(1.5, 6) * second,
      answer: oneSize(draw, 0, 80),
      okStatus: draw.chance(0.5) ? 202 : 200,
      followUps: [goesOn(draw.between(0.2, 0.6), draw.between(8, 40) * second, 0.8)],
    }),
  },
  {
    ...delegate,
    name: 'video-conversion',
    reason: 'The person leaves the page and looks minutes later whether the video is ready.',
    template: '/v1/videos/{id}/convert',
    item: '/v1/videos/{id}',
    callers: people,
    shape: (draw) => ({
      heldMedianMs: draw.between(10, 25) * second,
      answer: oneSize(draw),
      okStatus: 202,
      followUps: [comesBack(draw.between(0.4, 0.8), draw.between(3, 10) * minute)],
    }),
  },
  {
    ...delegate,
    name: 'search-reindex',
    reason: 'The program starts it after a deployment and does not use the answer.',
    template: '/v1/indexes/{id}/rebuild',
    callers: programs(1, 3),
    shape: (draw) => ({
      heldMedianMs: draw.between(3, 15) * second,
      answer: { sizes: 'one', bytes: 0 },
      okStatus: 204,
      arrival: { pattern: 'runs', length: [5, 30], gapMs: draw.between(5, 500), lanes: draw.whole(1, 2) },
    }),
  },
  {
    ...delegate,
    name: 'usage-events',
    reason: 'The page sends what was clicked and does not look at the answer.',
    template: '/v1/usage',
    callers: people,
    shape: (draw) => ({
      heldMedianMs: draw.between(0.8, 3) * second,
      answer: { sizes: 'one', bytes: 0 },
      okStatus: 204,
      bytesIn: 1_500,
    }),
  },
  {
    ...delegate,
    name: 'contact-sync',
    reason: 'The page blocks until another system has the contact, which the person does not need; they go on as soon as it lets them.',
    template: '/v1/contacts/{id}/sync',
    callers: people,
    shape: (draw) => ({
      heldMedianMs: draw.between(3, 9) * second,
      answer: oneSize(draw),
      followUps: [goesOn(draw.between(0.3, 0.7), draw.between(0.8, 4) * second)],
    }),
  },
  {
    ...delegate,
    name: 'chat-command',
    twin: 'chat-menu-options',
    reason: 'The chat program accepts the result later at the response address that each command has.',
    template: '/integrations/chat/commands',
    callers: sender('Slackbot 1.0 (+https://api.slack.com/robots)'),
    shape: (draw) => ({
      heldMedianMs: draw.between(0.8, 2.6) * second,
      answer: draw.chance(0.5) ? oneSize(draw) : fewSizes(draw, 3, 0.6),
      arrival: { pattern: 'events', clumpShare: draw.between(0, 0.3) },
    }),
  },
  {
    ...delegate,
    name: 'device-log-upload',
    twin: 'device-command',
    reason: 'The device hands over its log file and is done.',
    template: '/v1/devices/{id}/logs',
    callers: machines(5, 15, 'SensorGate/1.9'),
    shape: (draw) => ({
      heldMedianMs: draw.between(2, 12) * second,
      answer: oneSize(draw, 2, 40),
      arrival: { pattern: 'beats' },
      bytesIn: draw.between(100_000, 3_000_000),
    }),
  },
  {
    ...delegate,
    name: 'data-erasure',
    reason: 'The law allows a month, and the person closes the page.',
    template: '/v1/people/{id}/erase',
    callers: people,
    shape: (draw) => ({ heldMedianMs: draw.between(8, 22) * second, answer: oneSize(draw), okStatus: 202 }),
  },
  {
    ...delegate,
    name: 'payroll-run',
    reason: 'A clerk starts it, drinks a coffee and comes back to the list, or gets a mail.',
    template: '/v1/payrolls/{id}/run',
    item: '/v1/payrolls/{id}',
    callers: people,
    shape: (draw) => ({
      heldMedianMs: draw.between(12, 26) * second,
      answer: oneSize(draw),
      followUps: [comesBack(draw.between(0.3, 0.9), draw.between(4, 25) * minute)],
    }),
  },
];
