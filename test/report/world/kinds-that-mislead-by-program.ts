/** Endpoints that programs call and whose logs look like work that could wait, although the caller needs the answer at once. */
import type { EndpointKind } from './endpoint-kind.ts';
import { again, fewSizes, goesOn, machines, oneSize, programs, second } from './kind-parts.ts';

const keep = { origin: 'own', method: 'POST', truth: 'keep' } as const;

export const programsThatMislead: readonly EndpointKind[] = [
  {
    ...keep,
    name: 'token-exchange',
    reason: 'The token in the answer is used at another service, whose requests are in other logs.',
    template: '/oauth/token',
    callers: programs(3, 8),
    shape: (draw) => ({
      heldMedianMs: draw.between(0.6, 3) * second,
      answer: oneSize(draw, 800, 1_400),
      arrival: { pattern: 'events', clumpShare: draw.between(0, 0.3) },
    }),
  },
  {
    ...keep,
    name: 'parcel-label',
    reason: 'The packer holds the parcel in hand until the label, whose fixed-size link is in the answer, comes out of the printer.',
    template: '/v1/shipments/{id}/labels',
    callers: machines(2, 8, 'PackStation/3.2'),
    shape: (draw) => ({
      heldMedianMs: draw.between(2, 8) * second,
      answer: oneSize(draw, 250, 500),
      okStatus: 201,
      arrival: { pattern: 'runs', length: [8, 40], gapMs: draw.between(6, 40) * second, lanes: 1 },
    }),
  },
  {
    ...keep,
    name: 'batch-lock',
    twin: 'bulk-import',
    reason: 'The batch program locks all accounts first and then writes to another system, which it may only do for those it got.',
    template: '/v1/locks',
    callers: programs(1, 3),
    shape: (draw) => ({
      heldMedianMs: draw.between(0.5, 3) * second,
      answer: oneSize(draw),
      okStatus: 201,
      arrival: { pattern: 'runs', length: [20, 60], gapMs: draw.between(3, 25), lanes: draw.whole(1, 3) },
      rejectedShare: draw.between(0, 0.04),
      rejectedStatus: 409,
    }),
  },
  {
    ...keep,
    name: 'bulk-price-check',
    reason: 'Each row of the order gets the price that is in the answer, and the prices have the same number of digits.',
    template: '/v1/prices/check',
    callers: programs(1, 4),
    shape: (draw) => ({
      heldMedianMs: draw.between(0.8, 4) * second,
      answer: draw.chance(0.5) ? oneSize(draw) : fewSizes(draw, 3, 0.7),
      arrival: { pattern: 'runs', length: [20, 100], gapMs: draw.between(2, 30), lanes: draw.whole(1, 4) },
    }),
  },
  {
    ...keep,
    name: 'device-command',
    twin: 'device-log-upload',
    reason: 'The device finds its next command in the answer, which is the same short text as long as there is none.',
    template: '/v1/devices/{id}/reports',
    callers: machines(5, 15, 'SensorGate/1.9'),
    shape: (draw) => ({
      heldMedianMs: draw.between(0.8, 5) * second,
      answer: fewSizes(draw, 3, draw.between(0.93, 0.995)),
      arrival: { pattern: 'beats' },
      bytesIn: 3_000,
    }),
  },
  {
    ...keep,
    name: 'nightly-next-step',
    reason: 'The next step of the night runs only if this one succeeded.',
    template: '/v1/closing/{id}/checks',
    next: 'POST /v1/closing/{id}/postings',
    callers: programs(1, 3),
    shape: (draw) => ({
      heldMedianMs: draw.between(8, 22) * second,
      answer: oneSize(draw),
      arrival: { pattern: 'nightly', gapMs: draw.between(50, 900) },
      followUps: [goesOn(draw.between(0.6, 0.95), draw.between(15, 120))],
    }),
  },
  {
    ...keep,
    name: 'virus-scan',
    reason: 'The mail gateway passes the message on or drops it, as the answer says; nearly all messages are clean.',
    template: '/v1/scans',
    callers: programs(1, 3),
    shape: (draw) => ({
      heldMedianMs: draw.between(1, 6) * second,
      answer: fewSizes(draw, 2, draw.between(0.96, 0.995)),
      arrival: { pattern: 'events', clumpShare: draw.between(0.1, 0.4) },
      bytesIn: draw.between(10_000, 900_000),
    }),
  },
  {
    ...keep,
    name: 'document-signature',
    reason: 'The program writes the signature, which is always 512 bytes, into the document before it sends it.',
    template: '/v1/signatures',
    callers: programs(1, 4),
    shape: (draw) => ({
      heldMedianMs: draw.between(1, 6) * second,
      answer: oneSize(draw, 512, 760),
      arrival: { pattern: 'runs', length: [2, 30], gapMs: draw.between(50, 2_500), lanes: 1 },
    }),
  },
  {
    ...keep,
    name: 'long-poll',
    reason: 'The client waits for the next message: waiting is the purpose, and there is no work that could be done later.',
    template: '/v1/messages/receive',
    callers: machines(3, 8, 'QueueClient/2.4'),
    shape: (draw) => ({
      heldMedianMs: 20 * second,
      drawHeldMs: (each) => Math.min(20 * second, each.exponential(60 * second)),
      answer: { sizes: 'few', bytes: [draw.whole(2, 20), draw.whole(300, 900)], usualShare: draw.between(0.7, 0.95) },
      arrival: { pattern: 'events', clumpShare: 0 },
      followUps: [again(0.95, 40)],
    }),
  },
];
