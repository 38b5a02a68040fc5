/** Each service's error responses, in its own protocol. */
import { local } from '../../local/resources.ts';

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
  answer(status, 'application/x-amz-json-1.0', JSON.stringify({ __type: type, message: 'Injected by the chaos test.' }));
const s3 = (status: number, code: string) =>
  answer(
    status,
    'application/xml',
    `<?xml version="1.0"?><Error><Code>${code}</Code><Message>Injected by the chaos test.</Message></Error>`,
  );
const ec2 = (status: number, code: string) =>
  answer(
    status,
    'text/xml;charset=UTF-8',
    `<?xml version="1.0"?><Response><Errors><Error><Code>${code}</Code><Message>Injected by the chaos test.</Message></Error></Errors><RequestID>chaos</RequestID></Response>`,
  );

/** Server errors: the request may have had its effect. */
export const serverErrors: Readonly<Record<Service, readonly Answer[]>> = {
  dynamodb: [json(500, 'com.amazonaws.dynamodb.v20120810#InternalServerError'), json(503, 'ServiceUnavailable')],
  sqs: [json(500, 'InternalFailure'), json(503, 'ServiceUnavailable')],
  s3: [s3(500, 'InternalError'), s3(503, 'ServiceUnavailable')],
  ec2: [ec2(500, 'InternalError'), ec2(503, 'Unavailable')],
};

/** Throttling: nothing was done. */
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

/** Access errors to Delegation's own table, bucket and queues: a permission, the credentials or a key are missing. Nothing was done. */
export const accessErrors: Readonly<Record<Exclude<Service, 'ec2'>, readonly Answer[]>> = {
  dynamodb: [
    json(400, 'com.amazon.coral.service#AccessDeniedException'),
    json(400, 'com.amazon.coral.service#ExpiredTokenException'),
    json(400, 'com.amazon.coral.service#UnrecognizedClientException'),
    json(400, 'com.amazonaws.dynamodb.v20120810#ResourceNotFoundException'),
  ],
  sqs: [
    json(403, 'com.amazon.coral.service#AccessDeniedException'),
    json(400, 'com.amazonaws.sqs#KmsAccessDenied'),
    json(400, 'com.amazonaws.sqs#KmsDisabled'),
    json(400, 'com.amazonaws.sqs#QueueDoesNotExist'),
  ],
  s3: [s3(403, 'AccessDenied'), s3(400, 'KMS.DisabledException'), s3(400, 'ExpiredToken'), s3(404, 'NoSuchBucket')],
};

/** @returns whether a request is for Delegation's own resources, rather than for those of its jobs */
export function isAboutOwn(service: Service, path: string, body: Buffer): service is Exclude<Service, 'ec2'> {
  switch (service) {
    case 'dynamodb':
      return body.includes(`"${local.tableName}"`);
    case 's3':
      return path.startsWith(`/${local.payloadBucket}/`);
    case 'sqs':
      return true;
    case 'ec2':
      return false;
  }
}
