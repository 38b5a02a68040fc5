/** What the parts of a job cost, so that a report can be made where no price list is: the caller hands it in. */

export interface JobPrices {
  /** Names the price list: `us-east-1, 2026-10-04`. */
  readonly label: string;
  /** A submission, without the time of the work. */
  readonly submissionUsd: number;
  readonly invocationUsd: number;
  readonly gigabyteSecondUsd: number;
  readonly recordWriteUsd: number;
  /** The message of an invocation: sent, received, deleted. */
  readonly messageUsd: number;
  /** A look at a job that is answered at once. */
  readonly lookUsd: number;
  /** Each second for which an answer is held. */
  readonly heldSecondUsd: number;
}
