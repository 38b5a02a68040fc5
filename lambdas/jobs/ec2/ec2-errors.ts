/** What EC2's error codes mean for a job. */
import { DelegationError, PermanentError, RetryableError } from '../../core/contract/errors.ts';
import { describeRefusal } from './ec2-advice.ts';
import { type Ec2Failure, reviewedCodes } from './ec2-codes.ts';

/** Codes with several meanings, distinguished by the message. */
const byMessage: readonly { readonly code: RegExp; readonly message: RegExp; readonly meaning: Ec2Failure }[] = [
  // As AWS explains in https://github.com/cilium/cilium/pull/31016: a full subnet is answered so, too.
  { code: /^InvalidParameterValue$/, message: /sufficient free .*(addresses|prefixes)/i, meaning: 'no-room' },
  // A type that does not exist, or does not fit the image.
  { code: /^InvalidParameter/, message: /\bInstanceType\b|\binstance type\b|architecture/i, meaning: 'bad-placement' },
  // A subnet of another VPC than the template's security groups.
  { code: /^Invalid(Parameter|Group)/, message: /belong to different networks/i, meaning: 'bad-placement' },
  { code: /^Invalid(Group|SecurityGroupID)\.NotFound$/, message: /does not exist in VPC/i, meaning: 'bad-placement' },
  // A template that tags Spot requests, on demand. https://github.com/github-aws-runners/terraform-aws-github-runner/issues/4561
  { code: /^InvalidParameter/, message: /tags for Spot instances? requests/i, meaning: 'bad-placement' },
  // A profile or role that is new: IAM takes seconds to spread it. https://github.com/hashicorp/terraform-provider-aws/pull/3055
  { code: /^InvalidParameterValue$/, message: /invalid IAM instance profile|no associated IAM roles/i, meaning: 'unknown' },
  // EC2 says it of new accounts for some minutes; an image of the Marketplace waits for a person.
  { code: /^OptInRequired$/, message: /marketplace/i, meaning: 'refused' },
];

/** Meanings by the form of a code, for codes that EC2 adds later. */
const byForm: readonly { readonly code: RegExp; readonly meaning: Ec2Failure }[] = [
  { code: /Throttl/, meaning: 'throttled' },
  { code: /^Insufficient\w*(Capacity|Addresses|CidrBlocks)/, meaning: 'no-room' },
  { code: /^Unsupported/, meaning: 'bad-placement' },
  { code: /LimitExceeded(Exception)?$/, meaning: 'limit' },
  { code: /KMS|CustomerKey/i, meaning: 'refused' },
];

/** @param error what the SDK threw */
export function classify(error: unknown): Ec2Failure {
  const { name: code, message: text } = (error ?? {}) as { readonly name?: unknown; readonly message?: unknown };
  const message = String(text ?? '');
  const name = String(code ?? '').replace(/^(Client|Server)\./, ''); // as AWS writes codes in prose, and some services answer them
  const known =
    byMessage.find((one) => one.code.test(name) && one.message.test(message))?.meaning ??
    reviewedCodes.get(name) ??
    byForm.find(({ code }) => code.test(name))?.meaning;
  if (known !== undefined) return known;
  const status = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode ?? 0;
  return status >= 400 && status < 500 ? 'refused' : 'unknown';
}

/** @returns whether another placement may still work, now or later */
export function isAboutPlacement(failure: Ec2Failure): failure is 'no-room' | 'limit' | 'bad-placement' | 'throttled' {
  return failure !== 'refused' && failure !== 'unknown';
}

/** @returns the error with which the job fails or is retried: EC2's message, and what to do where the message does not say so */
export function toJobError(error: unknown, details: Readonly<Record<string, unknown>> = {}): DelegationError {
  if (error instanceof DelegationError) return error;
  const thrown = error instanceof Error ? error : new Error(String(error));
  const { message, encodedMessage } = describeRefusal(thrown);
  const all = { ...details, ...(encodedMessage === undefined ? {} : { encodedMessage }) };
  const options = { code: thrown.name, cause: error, ...(Object.keys(all).length === 0 ? {} : { details: all }) };
  const isFinal = ['refused', 'bad-placement'].includes(classify(error));
  return isFinal ? new PermanentError(message, options) : new RetryableError(message, options);
}

/** Runs a call to EC2 and throws its failure as the job's error, or the signal's reason if the job was stopped. */
export async function callEc2<T>(signal: AbortSignal, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    signal.throwIfAborted();
    throw toJobError(error);
  }
}
