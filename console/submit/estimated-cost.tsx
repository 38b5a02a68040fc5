/** What a job would cost, in the units of the bill and at list price. */
import type { JSX } from 'preact';
import type { ValidationResource } from '../../lambdas/api/openapi/resource-schemas.ts';
import { session } from '../net/session.ts';
import { countText, usdText } from '../words/amounts.ts';
import { durationText } from '../words/durations.ts';

type Estimate = NonNullable<ValidationResource['estimatedCost']>;

/** List prices of us-east-1 in USD, as in docs/cost.md: a write unit, a request to SQS, a write and a read of S3 on average, a request to Lambda, a GB-s on Arm. */
const usd = { writeUnit: 0.625e-6, sqsRequest: 0.4e-6, s3Request: 2.7e-6, lambdaRequest: 0.2e-6, gigabyteSecond: 13.3334e-6 } as const;

export function EstimatedCost({ estimate }: { readonly estimate: Estimate }): JSX.Element {
  const { dynamoDbWriteUnits, sqsRequests, s3Requests, lambdaRequests, lambdaGigabyteSeconds, seconds } = estimate;
  const total =
    dynamoDbWriteUnits * usd.writeUnit +
    sqsRequests * usd.sqsRequest +
    s3Requests * usd.s3Request +
    lambdaRequests * usd.lambdaRequest +
    lambdaGigabyteSeconds * usd.gigabyteSecond;
  return (
    <p class="soft">
      {session().config.isLocal ? 'It costs nothing here. Deployed, it' : 'It'} costs about <b>{usdText(total)}</b> at us-east-1's list
      price, if it succeeds at once within about {durationText(seconds * 1000)}: {countText(dynamoDbWriteUnits)} write units,{' '}
      {countText(sqsRequests)} requests to SQS, {lambdaGigabyteSeconds} GB-s of Lambda. What the work itself uses is not in it.
    </p>
  );
}
