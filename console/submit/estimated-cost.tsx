/** What a job would cost, in the units of the bill and at list price. */
import type { JSX } from 'preact';
import type { ValidationResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { prices } from '../net/list-prices.ts';
import { session } from '../net/session.ts';
import { countText, usdText } from '../words/amounts.ts';
import { durationText } from '../words/durations.ts';

type Estimate = NonNullable<ValidationResource['estimatedCost']>;

export function EstimatedCost({ estimate }: { readonly estimate: Estimate }): JSX.Element {
  const { dynamoDbWriteUnits, sqsRequests, s3Requests, lambdaRequests, lambdaGigabyteSeconds, seconds } = estimate;
  const total =
    dynamoDbWriteUnits * prices.dynamoDbWrite +
    sqsRequests * prices.sqsRequest +
    s3Requests * prices.s3Request +
    lambdaRequests * prices.lambdaRequest +
    lambdaGigabyteSeconds * prices.lambdaGigabyteSecond;
  return (
    <p class="soft">
      {session().config.isLocal ? 'It costs nothing here. Deployed, it' : 'It'} costs about <b>{usdText(total)}</b> at us-east-1's list
      price, if it succeeds at once within about {durationText(seconds * 1000)}: {countText(dynamoDbWriteUnits)} write units,{' '}
      {countText(sqsRequests)} requests to SQS, {lambdaGigabyteSeconds} GB-s of Lambda. What the work itself uses is not in it.
    </p>
  );
}
