/**
 * What AWS asks for the parts of a run, in USD and by region, for the metric `EstimatedCost`. What else stands on a bill is in
 * `lib/cost/prices.ts`, since no function needs it.
 */

export interface RunPrices {
  /** https://aws.amazon.com/lambda/pricing/ */
  readonly lambdaRequest: number;
  /** The first 6 (x86_64) or 7.5 (arm64) billion of a month. */
  readonly lambdaGbSecond: Readonly<Record<'arm64' | 'x86_64', number>>;
  /** Units, on demand; https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  readonly dynamoDbWrite: number;
  /** Standard queues, 64 KB; https://aws.amazon.com/sqs/pricing/ */
  readonly sqsRequest: number;
}

/** These are the same in every region below. */
const common = {
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: { arm64: 0.0000133334, x86_64: 0.0000166667 },
  sqsRequest: 0.4e-6,
};

/** From AWS's price lists of 2026-09-11 (DynamoDB, SQS) and 2026-10-01 (Lambda): https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html */
export const runPrices = {
  'us-east-1': { ...common, dynamoDbWrite: 0.625e-6 },
  'eu-west-1': { ...common, dynamoDbWrite: 0.705e-6 },
  'eu-central-1': { ...common, dynamoDbWrite: 0.7625e-6 },
} as const satisfies Readonly<Record<string, RunPrices>>;

/** @returns those of us-east-1 where the region's are not known: an estimate that is some percent off beats none */
export function runPricesOf(region: string | undefined): RunPrices {
  return Object.entries(runPrices).find(([name]) => name === region)?.[1] ?? runPrices['us-east-1'];
}

/**
 * What one run of a job costs by itself, without what its acceptance and the clock cost: the function's time as if it had been alone in its
 * invocation, the record's writes as if it were small, and the queue's receive and delete.
 */
export function runUsd(
  prices: RunPrices,
  { memoryMiB, architecture }: { readonly memoryMiB: number; readonly architecture: 'arm64' | 'x86_64' },
  ms: number,
  writes: number,
): number {
  const gbSeconds = (memoryMiB / 1024) * (ms / 1000);
  return prices.lambdaRequest + gbSeconds * prices.lambdaGbSecond[architecture] + writes * prices.dynamoDbWrite + 2 * prices.sqsRequest;
}
