/** Every number that a verdict depends on, in one place, with its source. "Ours" marks a choice without one. */

export const thresholds = {
  /** Attention is gone: Nielsen, Usability Engineering (1993), after Miller (1968); Google's AIP-151 returns an operation from about there. */
  longWaitMs: 10_000,
  /** The train of thought is broken: Nielsen (1993). */
  noticeableWaitMs: 1_000,
  /** A request below this has nothing to free. Ours: two round trips of a mobile network. */
  shortHeldMs: 200,
  /** Mean requests in progress that are worth freeing. Ours. */
  worthFreed: 1,
  /** Requests in progress in the busiest minutes, below which an endpoint is not worth a row or a question. Ours. */
  worthAsking: 0.05,
  /** Share of requests that end at a limit. Ours: one in a hundred callers gets no answer. */
  limited: 0.01,
  /** Share of hang-ups that is noticed, and that says callers do not wait. Ours; below the second, most did wait. */
  hungUp: 0.01,
  mostlyHungUp: 0.25,
  /** Share that comes back later; with the second, most do. Ours. */
  comesBack: 0.25,
  mostlyComesBack: 0.5,
  /** Share of related reads within a minute, below which callers do not go for the result. Ours. */
  ignored: 0.1,
  /** Share of one kind of sender. Ours. */
  oneKind: 0.9,
  /** How much more often a failure is repeated than a success. Ours. */
  repeats: 0.2,
  /** Share of requests in runs. Ours. */
  bulk: 0.3,
  /** Share that uses the answer at once. Ours: with less, most callers do something else. */
  used: 0.3,
  /** Share of rejections by business rules, and how long they take of a success's time. Ours. */
  rejected: 0.05,
  rejectionTime: 0.5,
  /** Share of answers with one size, with five sizes. Ours: an answer that is always as long carries at most a token. */
  oneSize: 0.95,
  fiveSizes: 0.8,
  smallAnswerBytes: 1_024,
  dataBytes: 4_096,
  dataSizes: 20,
  /** Answers that are 202 already. Ours. */
  alreadyAccepted: 0.8,
  /** Minimum samples. Ours: with fewer callers, one of them decides. */
  requests: 100,
  hours: 24,
  callers: 10,
  blocks: 20,
  /** Points. */
  delegateScore: 4,
  probablyScore: 3,
  keepScore: -2,
} as const;
