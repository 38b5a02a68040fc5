/**
 * What AWS asks, in USD, for everything that stands on the bill of a deployment; of the tool alone, so that no function carries it.
 * A region is here when all of its prices could be read; another one is a row more.
 */
import { type RunPrices, runPrices } from '../../lambdas/core/run/prices.ts';

export interface Prices extends RunPrices {
  /** `/tmp` beyond 512 MB, by GB-second; https://aws.amazon.com/lambda/pricing/ */
  readonly lambdaStorageGbSecond: number;
  /** HTTP API, requests of up to 512 KB, the first 300 million; https://aws.amazon.com/api-gateway/pricing/ */
  readonly httpRequest: number;
  /** Units, on demand; https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  readonly dynamoDbRead: number;
  /** Of table and indexes, by GB-month. */
  readonly dynamoDbStorage: number;
  /** Point-in-time recovery, by GB-month. */
  readonly dynamoDbRecovery: number;
  /** What a message with a group id costs more; https://aws.amazon.com/sqs/pricing/ */
  readonly sqsFairRequest: number;
  /** https://aws.amazon.com/s3/pricing/ */
  readonly s3Put: number;
  readonly s3Get: number;
  /** By GB-month, the first 50 TB. */
  readonly s3Storage: number;
  /** By GB; https://aws.amazon.com/cloudwatch/pricing/ */
  readonly logIngestion: number;
  /** By GB-month. */
  readonly logStorage: number;
  /** By month, the first 10,000. */
  readonly customMetric: number;
  /** By month, standard resolution. */
  readonly alarm: number;
  /** By month. */
  readonly dashboard: number;
  /** Customer-managed, by month; https://aws.amazon.com/kms/pricing/ */
  readonly kmsKey: number;
}

/** The same everywhere, as far as AWS's commercial regions go. */
const common = {
  s3Put: 5e-6,
  s3Get: 0.4e-6,
  s3Storage: 0.023,
  sqsFairRequest: 0.1e-6,
  logStorage: 0.03,
  customMetric: 0.3,
  alarm: 0.1,
  dashboard: 3,
  kmsKey: 1,
};

/** The newest of the price lists that these are from. */
export const pricesAsOf = '2026-10-04';

/**
 * From AWS's price lists (https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html), as they stood between 2026-09-11
 * and 2026-10-04, and from the pages named above. The surcharge of fair queues was found for Virginia alone and is taken for the same elsewhere.
 */
export const prices: Readonly<Record<string, Prices>> = {
  'us-east-1': {
    ...common,
    ...runPrices['us-east-1'],
    lambdaStorageGbSecond: 0.0000000309,
    httpRequest: 1e-6,
    dynamoDbRead: 0.125e-6,
    dynamoDbStorage: 0.25,
    dynamoDbRecovery: 0.2,
    logIngestion: 0.5,
  },
  'eu-west-1': {
    ...common,
    ...runPrices['eu-west-1'],
    lambdaStorageGbSecond: 0.000000034,
    httpRequest: 1.11e-6,
    dynamoDbRead: 0.1415e-6,
    dynamoDbStorage: 0.283,
    dynamoDbRecovery: 0.22,
    logIngestion: 0.57,
  },
};

/** What AWS gives each account each month for ever, not only in its first year; all that runs in the account shares it. */
export const allowances = {
  /** https://aws.amazon.com/lambda/pricing/ */
  lambdaRequest: 1_000_000,
  lambdaGbSecond: 400_000,
  /** https://aws.amazon.com/sqs/pricing/ */
  sqsRequest: 1_000_000,
  /** GB; https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  dynamoDbStorage: 25,
  /** https://aws.amazon.com/cloudwatch/pricing/ */
  alarm: 10,
  customMetric: 10,
  /** Of up to `freeDashboardMetrics` each. */
  dashboard: 3,
  /** GB. CloudWatch gives 5 GB for ingestion, storage and queries together; here ingestion takes them. */
  logIngestion: 5,
} as const;

export const freeDashboardMetrics = 50;
