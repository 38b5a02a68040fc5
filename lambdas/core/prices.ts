/** What AWS asks, in USD and by region. Read on 2026-11-24; `npm run cost` and the metric `EstimatedCost` reckon with it. */

export interface Prices {
  /** https://aws.amazon.com/lambda/pricing/ */
  readonly lambdaRequest: number;
  readonly lambdaGbSecond: Readonly<Record<'arm64' | 'x86_64', number>>;
  /** On demand; https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  readonly dynamoDbWrite: number;
  readonly dynamoDbRead: number;
  /** Standard queues, 64 KB; https://aws.amazon.com/sqs/pricing/ */
  readonly sqsRequest: number;
  /** More for messages with a group id. */
  readonly sqsFairRequest: number;
  /** HTTP API, 512 KB; https://aws.amazon.com/api-gateway/pricing/ */
  readonly httpRequest: number;
}

const perMillion = (usd: number) => usd / 1e6;

export const usEast1: Prices = {
  lambdaRequest: perMillion(0.2),
  lambdaGbSecond: { arm64: 0.0000133334, x86_64: 0.0000166667 },
  dynamoDbWrite: perMillion(0.625),
  dynamoDbRead: perMillion(0.125),
  sqsRequest: perMillion(0.4),
  sqsFairRequest: perMillion(0.1),
  httpRequest: perMillion(1),
};

/**
 * What one run of a job costs by itself, without what its acceptance and the clock cost: the function's time as if it had been alone in its
 * invocation, the record's writes as if it were small, and the queue's receive and delete.
 */
export function runUsd(
  prices: Prices,
  { memoryMiB, architecture }: { readonly memoryMiB: number; readonly architecture: 'arm64' | 'x86_64' },
  ms: number,
  writes: number,
): number {
  const gbSeconds = (memoryMiB / 1024) * (ms / 1000);
  return prices.lambdaRequest + gbSeconds * prices.lambdaGbSecond[architecture] + writes * prices.dynamoDbWrite + 2 * prices.sqsRequest;
}
