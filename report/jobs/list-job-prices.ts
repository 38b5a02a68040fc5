/** The prices of jobs and looks, from the price list that the bill is computed from. */
import { bytes } from '../../lib/cost/figures.ts';
import { type Prices, pricesAsOf } from '../../lib/cost/prices.ts';
import { assumed } from '../../lib/cost/usage.ts';
import type { JobPrices } from './job-prices.ts';

const apiGigabytes = 0.5;
/** A held answer reads the record 17 times in 20 s, the first of them for any request. @see docs/http-api.md */
const readsASecond = 16 / 20;

/** @param prices of a region, which `pricesOf` finds */
export function listJobPrices(region: string, prices: Prices): JobPrices {
  const gigabyteSecondUsd = prices.lambdaGbSecond.arm64;
  const logUsd = (size: number) => (size / 1e9) * (prices.logIngestion + prices.logStorage);
  const requestUsd =
    prices.httpRequest + prices.lambdaRequest + assumed.apiSeconds * apiGigabytes * gigabyteSecondUsd + logUsd(bytes.accessLine);
  return {
    label: `${region}, ${pricesAsOf}`,
    submissionUsd: requestUsd + logUsd(bytes.acceptedLine + bytes.runLine),
    invocationUsd: prices.lambdaRequest,
    gigabyteSecondUsd,
    recordWriteUsd: prices.dynamoDbWrite,
    messageUsd: 3 * prices.sqsRequest + prices.sqsFairRequest,
    lookUsd: requestUsd + prices.dynamoDbRead,
    heldSecondUsd: apiGigabytes * gigabyteSecondUsd + readsASecond * prices.dynamoDbRead,
  };
}
