/** Short names for what the tables of kinds repeat. */
import type { AgentKind } from '../../../report/read/logged-request.ts';
import type { Answer, CallingParty, FollowUp } from './endpoint-kind.ts';
import type { SeededDraw } from './seeded-draw.ts';

export const second = 1_000;
export const minute = 60_000;

export const people: CallingParty = { who: 'people', count: [0, 0] };

export const programs = (min: number, max: number): CallingParty => ({ who: 'programs', count: [min, max] });

export const machines = (min: number, max: number, agent: string): CallingParty => ({ who: 'machines', count: [min, max], agent });

/**
 * @param agent the user agent; most are those of real senders, and what they do here is invented
 * @param agentKind what a reader knows of it
 */
export const sender = (agent: string, agentKind: AgentKind = 'webhook'): CallingParty => ({
  who: 'sender',
  count: [1, 4],
  agent,
  agentKind,
});

export const oneSize = (draw: SeededDraw, min = 40, max = 400): Answer => ({ sizes: 'one', bytes: draw.whole(min, max) });

/** Answers with yes or no, or with one of a few fixed texts. */
export const fewSizes = (draw: SeededDraw, count: number, usualShare = 0.8): Answer => {
  const first = draw.whole(30, 300);
  return { sizes: 'few', bytes: Array.from({ length: count }, (_, index) => first + index * draw.whole(1, 40)), usualShare };
};

export const varied = (draw: SeededDraw, medianBytes = 500): Answer => ({ sizes: 'varied', medianBytes, spread: draw.between(0.15, 0.5) });

/** Answers with a list, a page or a document. */
export const data = (draw: SeededDraw): Answer => ({
  sizes: 'varied',
  medianBytes: draw.between(3_000, 80_000),
  spread: draw.between(0.4, 0.9),
});

export const reads = (share: number, medianMs: number, spread = 0.5): FollowUp => ({ does: 'read', share, medianMs, spread });
export const comesBack = (share: number, medianMs: number, spread = 0.8): FollowUp => ({ does: 'come-back', share, medianMs, spread });
export const goesOn = (share: number, medianMs: number, spread = 0.5): FollowUp => ({ does: 'go-on', share, medianMs, spread });
export const again = (share: number, medianMs: number, spread = 0.6): FollowUp => ({ does: 'again', share, medianMs, spread });
