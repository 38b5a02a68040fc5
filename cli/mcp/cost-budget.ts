/** A limit to what a server's submissions may cost together, by the API's own estimates. */
import { prices } from '../../lib/cost/prices.ts';

/** What AWS bills for a job, in the units of the bill: `estimatedCost` of `POST /v1/jobs?validateOnly=true`. */
export interface EstimatedCost {
  readonly dynamoDbWriteUnits: number;
  readonly sqsRequests: number;
  readonly s3Requests: number;
  readonly lambdaRequests: number;
  readonly lambdaGigabyteSeconds: number;
}

/** @returns USD at the list prices of us-east-1, arm64; each request to S3 is priced as one that writes, which costs the most */
export function usdOf(cost: EstimatedCost): number {
  const price = prices['us-east-1'];
  if (price === undefined) throw new Error('The prices of us-east-1 are missing.');
  return (
    price.httpRequest +
    cost.dynamoDbWriteUnits * price.dynamoDbWrite +
    cost.sqsRequests * price.sqsRequest +
    cost.s3Requests * price.s3Put +
    cost.lambdaRequests * price.lambdaRequest +
    cost.lambdaGigabyteSeconds * price.lambdaGbSecond.arm64
  );
}

/** Counts what was submitted, until the limit. Another process counts on its own. */
export class CostBudget {
  readonly maxUsd: number;
  private usd = 0;

  /** @throws Error for a limit that is not a positive number */
  constructor(maxUsd: number) {
    if (!Number.isFinite(maxUsd) || maxUsd <= 0)
      throw new Error(`The limit of the cost must be a positive number of USD (it was ${maxUsd}).`);
    this.maxUsd = maxUsd;
  }

  get spentUsd(): number {
    return this.usd;
  }

  /** @returns whether the limit leaves room for it, which is then taken, so that submissions at one moment cannot share it */
  take(usd: number): boolean {
    if (this.usd + usd > this.maxUsd) return false;
    this.usd += usd;
    return true;
  }

  /** Gives back what a submission took that made no job. */
  giveBack(usd: number): void {
    this.usd = Math.max(0, this.usd - usd);
  }
}
