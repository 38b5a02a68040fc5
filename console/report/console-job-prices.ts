/** The prices of jobs, by the console's own list; logs are not on it, so a job costs a little more than this says. */
import type { JobPrices } from '../../report/jobs/job-prices.ts';
import { prices, usdAPoll } from '../net/list-prices.ts';

export const consoleJobPrices: JobPrices = {
  label: 'us-east-1, without logs',
  submissionUsd: usdAPoll,
  invocationUsd: prices.lambdaRequest,
  gigabyteSecondUsd: prices.lambdaGigabyteSecond,
  recordWriteUsd: prices.dynamoDbWrite,
  messageUsd: 3 * prices.sqsRequest,
  lookUsd: usdAPoll,
  heldSecondUsd: prices.lambdaGigabyteSecond / 2,
};
