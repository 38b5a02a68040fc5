/** What a kind of endpoint is: how it is called, how it answers, what its callers do next, and whether they need the answer at once. */
import type { AgentKind } from '../../../report/read/logged-request.ts';
import type { SeededDraw } from './seeded-draw.ts';

/** `hybrid`: people wait more than 8 s for an answer they need, so either decision can be defended. */
export type Truth = 'delegate' | 'keep' | 'hybrid';

/** Something that a caller may do after a successful answer. At most one of a kind's follow-ups happens after one answer. */
export interface FollowUp {
  /** `read`: gets what was created. `come-back`: the same after a longer time. `go-on`: sends another request. `again`: calls the endpoint again. */
  readonly does: 'read' | 'come-back' | 'go-on' | 'again';
  readonly share: number;
  /** Milliseconds after the answer. */
  readonly medianMs: number;
  /** Standard deviation of the delay's logarithm. */
  readonly spread: number;
}

export type Answer =
  | { readonly sizes: 'one'; readonly bytes: number }
  /** The first size is the usual one. */
  | { readonly sizes: 'few'; readonly bytes: readonly number[]; readonly usualShare: number }
  | { readonly sizes: 'varied'; readonly medianBytes: number; readonly spread: number };

export type Arrival =
  /** People at the hours of an office, mostly after they opened a page. */
  | { readonly pattern: 'visits' }
  /** A program calls once for each of many rows, each lane after its last answer. */
  | { readonly pattern: 'runs'; readonly length: readonly [number, number]; readonly gapMs: number; readonly lanes: number }
  /** Runs that start at one hour of the night. */
  | { readonly pattern: 'nightly'; readonly gapMs: number }
  /** Independent events at any time; a share of them in clumps. */
  | { readonly pattern: 'events'; readonly clumpShare: number }
  /** Machines that call at intervals of their own. */
  | { readonly pattern: 'beats' };

/** Who calls: people, a few programs, machines with the agent of a device, or a sender of webhooks. */
export interface CallingParty {
  readonly who: 'people' | 'programs' | 'machines' | 'sender';
  /** How many; people are those of the world. */
  readonly count: readonly [number, number];
  /** The user agent of a sender or machine. */
  readonly agent?: string;
  readonly agentKind?: AgentKind;
}

/** One endpoint's drawn properties. */
export interface EndpointShape {
  readonly heldMedianMs: number;
  readonly heldSpread: number;
  /** Draws the held time where it is not log-normal. */
  readonly drawHeldMs?: (draw: SeededDraw) => number;
  /** Additional waiting while a body arrives over a slow line, during which the application does nothing. */
  readonly slowLineMs?: number;
  readonly answer: Answer;
  readonly okStatus: number;
  readonly rejectedShare: number;
  readonly rejectedStatus: number;
  readonly followUps: readonly FollowUp[];
  readonly arrival: Arrival;
  /** Bytes of a usual request. */
  readonly bytesIn: number;
}

export interface EndpointKind {
  readonly name: string;
  /** Where it comes from: the table of the design, or this folder. */
  readonly origin: 'design' | 'own';
  readonly truth: Truth;
  /** Whether an endpoint whose median is above 8 s is a hybrid instead. */
  readonly isHybridAbove8s?: boolean;
  /** Why the truth is what it is, in one sentence. */
  readonly reason: string;
  /** Whether access logs cannot show the truth, so that recall is also given without this kind. */
  readonly isHiddenFromLogs?: boolean;
  /** A kind of the opposite truth that leaves nearly the same traces, so that a log hardly separates the two. */
  readonly twin?: string;
  readonly method: string;
  readonly template: string;
  /** Where a created thing is read. @default the template followed by `/{id}` */
  readonly item?: string;
  /** What is called when the caller goes on. @default 'GET /v1/pages/{id}' */
  readonly next?: string;
  readonly callers: CallingParty;
  readonly shape: (draw: SeededDraw) => Pick<EndpointShape, 'heldMedianMs' | 'answer'> & Partial<EndpointShape>;
}
