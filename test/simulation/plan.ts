/** The plan of a simulation: the workload, which is jobs and what their callers do, and the faults. */

import type { WebhookEvent } from '../../lambdas/core/contract/webhook-events.ts';
import type { Program } from './programs.ts';
import type { ReceiverPlan } from './receivers.ts';
import type { SchedulePlan } from './schedule-plans.ts';

/** One operation of a job's code. */
export type Operation =
  /** An effect on an external system, within a step or bare; both carry their idempotency token. */
  | { readonly does: 'effect'; readonly isStep: boolean }
  /** Creates a resource that must not outlive a job that did not succeed. */
  | { readonly does: 'create' }
  | { readonly does: 'sleep'; readonly seconds: number }
  /** Waits until an external system is ready, which is `readyAfterSeconds` after the job was accepted. */
  | { readonly does: 'wait'; readonly readyAfterSeconds: number; readonly everySeconds: number }
  | { readonly does: 'work'; readonly seconds: number }
  | { readonly does: 'checkpoint' }
  /** Throws in the first `times` attempts; the error's message, the log and the progress then contain a secret of the input. */
  | { readonly does: 'fail'; readonly times: number; readonly how: 'retryable' | 'after' | 'permanent' | 'service' }
  /** A step with a large result. */
  | { readonly does: 'large'; readonly bytes: number }
  | { readonly does: 'delegate' }
  /** Several steps of some seconds each; many take longer than an invocation. */
  | { readonly does: 'long'; readonly parts: number }
  /** Ends its process the first `times` times; `poison` means every time. */
  | { readonly does: 'die'; readonly times: number }
  /** Never ends on its own. */
  | { readonly does: 'hang' };

/** More runs than any job has. */
export const poison = 99;

export interface JobPlan {
  readonly owner: 'ann' | 'bob';
  /** Two plans may share a key: as two callers of one job, or as its misuse. */
  readonly key: string | null;
  /** Submitted with the key of another plan once that plan's job has expired. */
  readonly isAfterExpiry: boolean;
  readonly submitAfterMs: number;
  /** Number of callers that send the same submission at the same moment. */
  readonly callers: number;
  readonly delaySeconds: number;
  readonly deadlineSeconds: number | null;
  readonly maxAttempts: number;
  readonly operations: readonly Operation[];
  /** Replaces `operations`: ordinary code, whose parts are checked one by one. */
  readonly program: Program | null;
  /** Whether its code ignores its signal. */
  readonly ignoresSignal: boolean;
  readonly inputBytes: number;
  /** Whether its input has a member that its schema transforms, and a number that no double represents. */
  readonly isShaped: boolean;
  /** Number of clean-ups that the external system refuses. */
  readonly cleanUpRefusals: number;
  /** Number of clean-ups that end their process after everything is undone. */
  readonly cleanUpDeaths: number;
  readonly cancelAfterMs: number | null;
  /** After its end, its callers retry it, all at the same moment. */
  readonly retryAfterEndMs: number | null;
  readonly retryCallers: number;
  readonly readAfterMs: readonly number[];
  readonly signals: readonly SignalPlan[];
  /** At most one unfinished job of its owner and type has this key. */
  readonly unique?: { readonly key: string; readonly onDuplicate: 'join' | 'replace'; readonly maxDelaySeconds?: number };
  /** It starts after other jobs of its owner. */
  readonly after?: AfterPlan;
  /** The key of the job, in a plan with keys. @default none */
  readonly concurrencyKey?: string | null;
  /** The priority of the job, in a plan with keys, for a type with priorities. @default as the type says */
  readonly priority?: 'low' | 'normal' | 'high' | null;
}

export interface AfterPlan {
  /** Positions of earlier plans. */
  readonly jobs: readonly number[];
  readonly onFailure: 'fail' | 'run';
}

/** A caller sends a signal to a job. */
export interface SignalPlan {
  /** After the acceptance. */
  readonly afterMs: number;
  /** Number of callers that send it at the same moment, with the same key. */
  readonly callers: number;
}

/** The faults: probabilities of each event, or times. A fault that is off is 0 or null. */
export interface FaultPlan {
  readonly killWorker: number;
  readonly freezeWorker: number;
  readonly isolateWorker: number;
  readonly killApi: number;
  readonly killClock: number;
  /** A request to a store, queue or bucket that is refused. */
  readonly refuse: number;
  /** A request that is done and never answered. */
  readonly loseAnswer: number;
  /** A request that its sender gives up, and that is done minutes later. */
  readonly straggle: number;
  readonly loseMessage: number;
  readonly doubleMessage: number;
  readonly delayMessage: number;
  readonly forgeMessage: number;
  /** An object is lost or changed as soon as it is stored. */
  readonly damageObject: number;
  /** Largest lag of a read of an index. */
  readonly indexLagMs: number;
  /** Machines' clocks are wrong by at most this, in either direction, and step within it. */
  readonly skewMs: number;
  /** The clock's machines are wrong by at most this instead, each run by another amount. */
  readonly clockSkewMs: number;
  readonly slowCallMs: number;
  readonly clockOff: readonly [fromMs: number, toMs: number] | null;
  readonly throttled: readonly [fromMs: number, toMs: number] | null;
  /** An operator pauses or drains a job type for some time. */
  readonly typeState: {
    readonly type: 'plain-work' | 'tidy-work';
    readonly state: 'paused' | 'draining';
    readonly span: readonly [fromMs: number, toMs: number];
  } | null;
  readonly hasTwoClocks: boolean;
  /** The process of a finished invocation lives on, with all that its code left running. */
  readonly hasZombies: boolean;
  readonly purgeAfterMs: number | null;
  /** A deploy, of a new version or the same. */
  readonly deployAfterMs: number | null;
  readonly deployRaisesVersion: boolean;
  /** The new code no longer has this type, and its queue is deleted. */
  readonly deployRemoves: 'plain-work' | 'tidy-work' | null;
}

/** A caller retries or cancels all of its jobs that are in the state for it, by a filter. */
export interface BulkPlan {
  readonly action: 'redrive' | 'cancel';
  readonly owner: JobPlan['owner'];
  readonly afterMs: number;
  readonly jobsPerSecond: number;
}

export interface GroupPlan {
  /** When each owner cancels its group; null: never. */
  readonly cancelAfterMs: number | null;
}

export interface Plan {
  readonly bulk?: BulkPlan;
  /** Every job has a webhook, and this is its receiver. */
  readonly receiver?: ReceiverPlan;
  /** What it is sent. @default the ends */
  readonly webhookEvents?: readonly WebhookEvent[];
  /** Each owner's jobs are members of a group, which is sealed once all are submitted. */
  readonly groups?: GroupPlan;
  readonly randomSeed: number;
  readonly jobs: readonly JobPlan[];
  readonly schedules?: readonly SchedulePlan[];
  /** The number of jobs that run at once with one key; undefined: no type has keys. */
  readonly keyLimit?: number;
  /** Whether the deployment puts events on a bus, of starts as well as of ends. @default false */
  readonly hasEvents?: boolean;
  readonly faults: FaultPlan;
}

/** Faults happen in this first part of a simulation. */
export const faultPeriodMs = 20 * 60_000;

/** No faults: the base of a scenario. */
export const noFaults: FaultPlan = {
  killWorker: 0,
  freezeWorker: 0,
  isolateWorker: 0,
  killApi: 0,
  killClock: 0,
  refuse: 0,
  loseAnswer: 0,
  straggle: 0,
  loseMessage: 0,
  doubleMessage: 0,
  delayMessage: 0,
  forgeMessage: 0,
  damageObject: 0,
  indexLagMs: 0,
  skewMs: 0,
  clockSkewMs: 0,
  slowCallMs: 20,
  clockOff: null,
  throttled: null,
  typeState: null,
  hasTwoClocks: false,
  hasZombies: false,
  purgeAfterMs: null,
  deployAfterMs: null,
  deployRaisesVersion: false,
  deployRemoves: null,
};

/** The simplest job: the base of a scenario. */
export const plainJob: JobPlan = {
  owner: 'ann',
  key: null,
  isAfterExpiry: false,
  submitAfterMs: 0,
  callers: 1,
  delaySeconds: 0,
  deadlineSeconds: null,
  maxAttempts: 3,
  operations: [],
  program: null,
  ignoresSignal: false,
  inputBytes: 0,
  isShaped: false,
  cleanUpRefusals: 0,
  cleanUpDeaths: 0,
  cancelAfterMs: null,
  retryAfterEndMs: null,
  retryCallers: 1,
  readAfterMs: [],
  signals: [],
};
