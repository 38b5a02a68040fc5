/** What to do about refusals of EC2 whose own words do not say it. */
import { withFullStop } from '../../core/job/error-text.ts';
import { isAboutKey } from '../key-refusal.ts';

/** IAM's reason, encoded: reading it takes the permission `sts:DecodeAuthorizationMessage`. */
const encodedReason = /\s*Encoded authorization failure message:\s*(\S+)/;

const decodeAdvice =
  'What is missing is in details.encodedMessage: aws sts decode-authorization-message --encoded-message <it> --query DecodedMessage --output text.';
export const volumeKeyAdvice =
  'The worker’s role must be allowed to use the key that encrypts the volumes: list the key in the setting ec2.volumeKeys, and allow the role in the key’s policy (docs/security.md).';

const advices: readonly { readonly isFor: (refusal: Error) => boolean; readonly advice: string }[] = [
  {
    isFor: ({ name, message }) => name === 'OperationNotPermitted' && /disableApiTermination/i.test(message),
    advice:
      'Termination protection is on, as a launch template with DisableApiTermination sets it: turn it off. The next try then terminates the instance; where none follows, terminate it yourself.',
  },
  {
    isFor: ({ name }) => name === 'AuthFailure.ServiceLinkedRoleCreationNotPermitted',
    advice: 'Once in an account: aws iam create-service-linked-role --aws-service-name spot.amazonaws.com.',
  },
  { isFor: isAboutKey, advice: volumeKeyAdvice },
];

export interface RefusalText {
  /** EC2's message, or its code where it has none, without the encoded part, and with the advice. */
  readonly message: string;
  /** Whole, since a truncated one cannot be decoded. */
  readonly encodedMessage: string | undefined;
}

export function describeRefusal(refusal: Error): RefusalText {
  const { name, message: text } = refusal;
  const [, encodedMessage] = encodedReason.exec(text) ?? [];
  const advice = encodedMessage === undefined ? advices.find(({ isFor }) => isFor(refusal))?.advice : decodeAdvice;
  const message = text.replace(encodedReason, '').trim() || name;
  return { message: advice === undefined ? message : `${withFullStop(message)} ${advice}`, encodedMessage };
}
