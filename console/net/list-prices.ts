/**
 * List prices of us-east-1 in USD, in which the console says what it asks and what a job would cost. A test compares them with those that the bill
 * is computed from (docs/cost.md).
 */

/** Each is the price of one. A request to S3 is the average of a write and a read, which a large input has both. */
export const prices = {
  dynamoDbWrite: 0.625e-6,
  dynamoDbRead: 0.125e-6,
  sqsRequest: 0.4e-6,
  s3Request: 2.7e-6,
  httpRequest: 1e-6,
  lambdaRequest: 0.2e-6,
  lambdaGigabyteSecond: 13.3334e-6,
} as const;

/** The time of the API's function for one request, in gigabyte-seconds. @see docs/cost.md */
const apiGigabyteSeconds = 0.015;

/** A poll of a deployed API: the request, its time, and half a read unit or one. */
export const usdAPoll = prices.httpRequest + prices.lambdaRequest + apiGigabyteSeconds * prices.lambdaGigabyteSecond + prices.dynamoDbRead;

/** A record of up to 4 KB in a list: half a read unit. */
export const usdARecord = prices.dynamoDbRead / 2;
