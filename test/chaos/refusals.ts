/** How each service says that it cannot, or will not now, in its own protocol. */

export const services = ['dynamodb', 'sqs', 's3', 'ec2'] as const;
export type Service = (typeof services)[number];

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: Buffer;
}

const answer = (status: number, contentType: string, body: string): Answer => ({
  status,
  headers: { 'content-type': contentType },
  body: Buffer.from(body),
});
const json = (status: number, type: string) =>
  answer(status, 'application/x-amz-json-1.0', JSON.stringify({ __type: type, message: 'Made by chaos.' }));
const s3 = (status: number, code: string) =>
  answer(status, 'application/xml', `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Made by chaos.</Message></Error>`);
const ec2 = (status: number, code: string) =>
  answer(
    status,
    'text/xml;charset=UTF-8',
    `<?xml version="1.0"?><Response><Errors><Error><Code>${code}</Code><Message>Made by chaos.</Message></Error></Errors><RequestID>chaos</RequestID></Response>`,
  );

/** Something broke there; whether the request had its effect, nobody knows. */
export const breakdowns: Readonly<Record<Service, readonly Answer[]>> = {
  dynamodb: [json(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'), json(503, 'ServiceUnavailable')],
  sqs: [json(500, 'InternalFailure'), json(503, 'ServiceUnavailable')],
  s3: [s3(500, 'InternalError'), s3(503, 'ServiceUnavailable')],
  ec2: [ec2(500, 'InternalError'), ec2(503, 'Unavailable')],
};

/** Asked too fast: nothing was done. */
export const throttlings: Readonly<Record<Service, readonly Answer[]>> = {
  dynamodb: [
    json(400, 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException'),
    json(400, 'com.amazon.coral.availability#ThrottlingException'),
    json(400, 'com.amazonaws.dynamodb.v20120810#RequestLimitExceeded'),
  ],
  sqs: [json(400, 'com.amazonaws.sqs#RequestThrottled'), json(400, 'com.amazon.coral.availability#ThrottlingException')],
  s3: [s3(503, 'SlowDown')],
  ec2: [ec2(503, 'RequestLimitExceeded')],
};
