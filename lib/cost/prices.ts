/**
 * AWS's prices in USD for everything on the bill of a deployment. Only the cost tool uses them, so no function bundles them.
 * A region is listed if all of its prices could be read; another region is one more entry.
 */

export interface Prices {
  /** Requests of Lambda: https://aws.amazon.com/lambda/pricing/ */
  readonly lambdaRequest: number;
  /** The first 6 (x86_64) or 7.5 (arm64) billion GB-seconds of a month. */
  readonly lambdaGbSecond: Readonly<Record<'arm64' | 'x86_64', number>>;
  /** Provisioned pollers of a queue, by the hour; https://aws.amazon.com/lambda/pricing/ */
  readonly pollerHour: number;
  /** Write request units, on demand; https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  readonly dynamoDbWrite: number;
  /** Requests of standard queues, by 64 KB; https://aws.amazon.com/sqs/pricing/ */
  readonly sqsRequest: number;
  /** `/tmp` beyond 512 MB, by GB-second; https://aws.amazon.com/lambda/pricing/ */
  readonly lambdaStorageGbSecond: number;
  /** HTTP API, requests of up to 512 KB, the first 300 million; https://aws.amazon.com/api-gateway/pricing/ */
  readonly httpRequest: number;
  /** Request units, on demand; https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  readonly dynamoDbRead: number;
  /** Table and indexes, by GB-month. */
  readonly dynamoDbStorage: number;
  /** Point-in-time recovery, by GB-month. */
  readonly dynamoDbRecovery: number;
  /** Surcharge for a message with a group id; https://aws.amazon.com/sqs/pricing/ */
  readonly sqsFairRequest: number;
  /** Requests that write, such as PUT; https://aws.amazon.com/s3/pricing/ */
  readonly s3Put: number;
  readonly s3Get: number;
  /** Storage by GB-month, the first 50 TB. */
  readonly s3Storage: number;
  /** Logs written, by GB; https://aws.amazon.com/cloudwatch/pricing/ */
  readonly logIngestion: number;
  /** Logs stored, by GB-month. */
  readonly logStorage: number;
  /** Metrics by month, the first 10,000. */
  readonly customMetric: number;
  /** Alarms by month, standard resolution. */
  readonly alarm: number;
  /** Dashboards by month. */
  readonly dashboard: number;
  /** Events of one's own that are put on a bus, by 64 KB; https://aws.amazon.com/eventbridge/pricing/ */
  readonly customEvent: number;
  /** Customer-managed keys, by month; https://aws.amazon.com/kms/pricing/ */
  readonly kmsKey: number;
  /** Secrets, by month; https://aws.amazon.com/secrets-manager/pricing/ */
  readonly secret: number;
}

/** The same in all of AWS's commercial regions. */
const common = {
  lambdaRequest: 0.2e-6,
  lambdaGbSecond: { arm64: 0.0000133334, x86_64: 0.0000166667 },
  pollerHour: 0.00925,
  sqsRequest: 0.4e-6,
  s3Put: 5e-6,
  s3Get: 0.4e-6,
  s3Storage: 0.023,
  sqsFairRequest: 0.1e-6,
  logStorage: 0.03,
  customMetric: 0.3,
  alarm: 0.1,
  dashboard: 3,
  customEvent: 1e-6,
  kmsKey: 1,
  secret: 0.4,
};

/** Date of the newest price list used. */
export const pricesAsOf = '2026-10-04';

/**
 * From AWS's price lists (https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/price-changes.html) between 2026-09-11
 * and 2026-10-04, and from the pages named above. The surcharge of fair queues and the price of pollers were found for Virginia only and are assumed to be the same elsewhere.
 */
export const prices: Readonly<Record<string, Prices>> = {
  'us-east-1': {
    ...common,
    lambdaStorageGbSecond: 0.0000000309,
    httpRequest: 1e-6,
    dynamoDbWrite: 0.625e-6,
    dynamoDbRead: 0.125e-6,
    dynamoDbStorage: 0.25,
    dynamoDbRecovery: 0.2,
    logIngestion: 0.5,
  },
  'eu-west-1': {
    ...common,
    lambdaStorageGbSecond: 0.000000034,
    httpRequest: 1.11e-6,
    dynamoDbWrite: 0.705e-6,
    dynamoDbRead: 0.1415e-6,
    dynamoDbStorage: 0.283,
    dynamoDbRecovery: 0.22,
    logIngestion: 0.57,
  },
};

/** What AWS gives each account each month permanently, not only in its first year; everything that runs in the account shares it. */
export const allowances = {
  /** Allowances of Lambda: https://aws.amazon.com/lambda/pricing/ */
  lambdaRequest: 1_000_000,
  lambdaGbSecond: 400_000,
  /** Requests of SQS: https://aws.amazon.com/sqs/pricing/ */
  sqsRequest: 1_000_000,
  /** GB; https://aws.amazon.com/dynamodb/pricing/on-demand/ */
  dynamoDbStorage: 25,
  /** Allowances of CloudWatch: https://aws.amazon.com/cloudwatch/pricing/ */
  alarm: 10,
  customMetric: 10,
  /** Dashboards with up to `freeDashboardMetrics` metrics each. */
  dashboard: 3,
  /** GB. CloudWatch gives 5 GB for ingestion, storage and queries together; here ingestion uses them. */
  logIngestion: 5,
} as const;

export const freeDashboardMetrics = 50;
