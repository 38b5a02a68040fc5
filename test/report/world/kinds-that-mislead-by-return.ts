/** Endpoints to which people return after minutes, as to a report, although they needed the first answer at once. */
import type { EndpointKind } from './endpoint-kind.ts';
import { again, comesBack, minute, oneSize, people, reads, second, varied } from './kind-parts.ts';

const keep = { origin: 'own', method: 'POST', truth: 'keep', callers: people } as const;

export const returnsThatMislead: readonly EndpointKind[] = [
  {
    ...keep,
    name: 'checkout-redirect',
    twin: 'report',
    reason:
      "The answer sends the browser to the bank's page, from which most people return minutes later: that is not a late look at a result.",
    template: '/checkout',
    item: '/checkout/{id}/return',
    shape: (draw) => ({
      heldMedianMs: draw.between(2, 7.5) * second,
      answer: oneSize(draw, 0, 300),
      okStatus: draw.chance(0.5) ? 303 : 200,
      followUps: [comesBack(draw.between(0.6, 0.85), draw.between(1, 4) * minute, 0.6)],
    }),
  },
  {
    ...keep,
    name: 'seat-hold',
    twin: 'report',
    reason: 'The person must see at once whether the seats are theirs, and confirms them after filling in names.',
    template: '/v1/holds',
    item: '/v1/holds/{id}/names',
    shape: (draw) => ({
      heldMedianMs: draw.between(1, 7) * second,
      answer: oneSize(draw),
      okStatus: 201,
      rejectedShare: draw.between(0, 0.08),
      rejectedStatus: 409,
      followUps: [comesBack(draw.between(0.55, 0.85), draw.between(1, 3) * minute, 0.6)],
    }),
  },
  {
    ...keep,
    name: 'upload-ticket',
    reason:
      'The answer has the address that the file is then sent to at another service; the person comes back here when the upload is over.',
    template: '/v1/uploads',
    item: '/v1/uploads/{id}/complete',
    shape: (draw) => ({
      heldMedianMs: draw.between(0.8, 4) * second,
      answer: oneSize(draw, 600, 1_100),
      okStatus: 201,
      followUps: [comesBack(draw.between(0.6, 0.9), draw.between(0.4, 4) * minute)],
    }),
  },
  {
    ...keep,
    name: 'assistant-message',
    isHybridAbove8s: true,
    reason: 'The person reads the reply in the conversation and writes the next message.',
    template: '/v1/conversations/{id}/messages',
    item: '/v1/conversations/{id}',
    shape: (draw) => ({
      heldMedianMs: draw.between(3, 12) * second,
      answer: varied(draw, 1_800),
      followUps: [again(draw.between(0.4, 0.75), draw.between(15, 50) * second), comesBack(0.08, 20 * minute)],
    }),
  },
  {
    ...keep,
    name: 'room-booking',
    reason: 'The person waits for the confirmation and opens the calendar a few seconds later, and many leave it at the confirmation.',
    template: '/v1/bookings',
    shape: (draw) => ({
      heldMedianMs: draw.between(2, 7.5) * second,
      answer: oneSize(draw),
      okStatus: 201,
      rejectedShare: draw.between(0.02, 0.1),
      rejectedStatus: 409,
      followUps: [reads(draw.between(0.2, 0.5), draw.between(2, 8) * second, 0.7)],
    }),
  },
];
