/** Endpoints whose answers people or tills use at once, without a request that would show it. */
import type { EndpointKind } from './endpoint-kind.ts';
import { again, data, fewSizes, goesOn, machines, minute, oneSize, people, programs, second } from './kind-parts.ts';

const keep = { origin: 'own', method: 'POST', truth: 'keep', callers: people } as const;

export const silenceThatMisleads: readonly EndpointKind[] = [
  {
    ...keep,
    name: 'address-check',
    reason: 'The form shows below the field whether the address exists, and no request follows until the whole form is filled in.',
    template: '/v1/addresses/validate',
    next: 'POST /v1/forms/{id}',
    shape: (draw) => ({
      heldMedianMs: draw.between(1, 5) * second,
      answer: draw.chance(0.5) ? fewSizes(draw, 3, 0.8) : oneSize(draw, 15, 60),
      followUps: [again(0.12, 12 * second), goesOn(draw.between(0.2, 0.6), draw.between(20, 60) * second)],
    }),
  },
  {
    ...keep,
    name: 'till-approval',
    reason: 'The till shows yes or no while the customer is in front of it.',
    template: '/v1/tills/{id}/approvals',
    callers: machines(4, 20, 'TillOS/7.1'),
    shape: (draw) => ({
      heldMedianMs: draw.between(1.5, 7) * second,
      answer: fewSizes(draw, 2, draw.between(0.85, 0.99)),
      arrival: { pattern: 'events', clumpShare: 0 },
    }),
  },
  {
    ...keep,
    name: 'card-challenge-return',
    reason: "The bank's page posts here when the challenge is over, and the browser follows the redirect in the answer to the receipt.",
    template: '/checkout/{id}/challenge',
    next: 'GET /checkout/{id}/receipt',
    shape: (draw) => ({
      heldMedianMs: draw.between(1.5, 6) * second,
      answer: oneSize(draw, 0, 120),
      okStatus: 303,
      followUps: [goesOn(draw.between(0.8, 0.97), 60, 0.6)],
    }),
  },
  {
    ...keep,
    name: 'graphql',
    reason: 'Most operations are quick reads for a page that is waiting, and the slow ones cannot be separated by the path.',
    template: '/graphql',
    shape: (draw) => {
      const slowShare = draw.between(0.05, 0.4);
      const slowMs = draw.between(1, 5) * second;
      return {
        heldMedianMs: 60,
        drawHeldMs: (each) => each.logNormal(each.chance(slowShare) ? slowMs : 60, 0.5),
        answer: { sizes: 'varied', medianBytes: draw.between(600, 4_000), spread: 0.9 },
        followUps: [again(0.5, 0.4 * second, 1.2)],
      };
    },
  },
  {
    ...keep,
    name: 'code-check',
    reason: 'The page continues only if the code from the text message was right.',
    template: '/v1/codes/verify',
    next: 'GET /v1/home/{id}',
    shape: (draw) => ({
      heldMedianMs: draw.between(1, 4) * second,
      answer: oneSize(draw, 15, 80),
      rejectedShare: draw.between(0.03, 0.15),
      rejectedStatus: 422,
      followUps: draw.chance(0.6) ? [goesOn(draw.between(0.7, 0.95), draw.between(0.2, 0.9) * second)] : [],
    }),
  },
  {
    ...keep,
    name: 'import-check',
    reason: 'The page shows how many rows are wrong, and the person corrects the file and tries again.',
    template: '/v1/imports/check',
    next: 'POST /v1/imports/{id}/start',
    shape: (draw) => ({
      heldMedianMs: draw.between(3, 7.5) * second,
      answer: fewSizes(draw, 4, 0.6),
      bytesIn: draw.between(50_000, 2_000_000),
      followUps: [again(draw.between(0.2, 0.45), draw.between(1, 4) * minute), goesOn(0.4, 20 * second)],
    }),
  },
  {
    ...keep,
    name: 'export-in-answer',
    truth: 'hybrid',
    reason: 'The answer is the file itself: it would have to be fetched from another address, which for a wait this long is as good.',
    template: '/v1/exports/csv',
    shape: (draw) => ({ heldMedianMs: draw.between(8, 20) * second, answer: data(draw), followUps: [again(0.1, 90 * second)] }),
  },
  {
    ...keep,
    name: 'deployment-plan',
    truth: 'hybrid',
    reason: 'A build program waits for the plan to decide whether to go on, and could as well ask for it every few seconds.',
    template: '/v1/deployments/plan',
    callers: programs(2, 6),
    shape: (draw) => ({
      heldMedianMs: draw.between(9, 22) * second,
      answer: draw.chance(0.5) ? oneSize(draw) : fewSizes(draw, 2, 0.8),
      arrival: { pattern: 'events', clumpShare: 0.2 },
    }),
  },
];
