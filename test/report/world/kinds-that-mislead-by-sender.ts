/** Endpoints whose callers look like senders of webhooks, which ignore what is answered, and need the body of the answer at once. */
import type { EndpointKind } from './endpoint-kind.ts';
import { comesBack, fewSizes, oneSize, second, sender, varied } from './kind-parts.ts';

const keep = { origin: 'own', method: 'POST', truth: 'keep' } as const;

export const sendersThatMislead: readonly EndpointKind[] = [
  {
    ...keep,
    name: 'card-authorisation',
    twin: 'webhook-receiver',
    reason:
      'The card network approves or declines the purchase at the till by the body of the answer, although the request looks like an event.',
    template: '/hooks/issuing/authorizations',
    callers: sender('Stripe/1.0 (+https://stripe.com/docs/webhooks)'),
    shape: (draw) => ({
      heldMedianMs: draw.between(0.6, 1.6) * second,
      heldSpread: 0.2,
      answer: fewSizes(draw, 2, draw.between(0.9, 0.98)),
      arrival: { pattern: 'events', clumpShare: draw.between(0, 0.2) },
    }),
  },
  {
    ...keep,
    name: 'carrier-rates',
    reason: 'The shop platform shows the shipping prices of the answer in the checkout of somebody else.',
    template: '/hooks/shipping-rates',
    callers: sender('Shopify-Captain-Hook'),
    shape: (draw) => ({
      heldMedianMs: draw.between(1, 5) * second,
      answer: draw.chance(0.5) ? varied(draw, 900) : fewSizes(draw, 4, 0.6),
      arrival: { pattern: 'events', clumpShare: draw.between(0, 0.5) },
    }),
  },
  {
    ...keep,
    name: 'chat-menu-options',
    reason: 'The chat program fills an open menu with the options of the answer, and offers no other way to hand them over.',
    template: '/integrations/chat/options',
    callers: sender('Slackbot 1.0 (+https://api.slack.com/robots)'),
    shape: (draw) => ({
      heldMedianMs: draw.between(0.7, 2) * second,
      answer: draw.chance(0.6) ? varied(draw, 1_500) : fewSizes(draw, 3, 0.7),
      arrival: { pattern: 'events', clumpShare: draw.between(0.3, 0.6) },
    }),
  },
  {
    ...keep,
    name: 'stock-reservation-callback',
    twin: 'webhook-receiver',
    reason:
      'A marketplace cancels the order at once unless the answer says that the goods are reserved; it asks for the order again later.',
    template: '/hooks/marketplace/reservations',
    callers: sender('Marketplace-Notifier/2.1', 'unknown'),
    shape: (draw) => ({
      heldMedianMs: draw.between(1.5, 6) * second,
      answer: oneSize(draw, 20, 120),
      arrival: { pattern: 'events', clumpShare: draw.between(0, 0.4) },
      rejectedShare: draw.between(0, 0.06),
      rejectedStatus: 409,
      followUps: [comesBack(draw.between(0, 0.5), 1_800 * second)],
    }),
  },
];
