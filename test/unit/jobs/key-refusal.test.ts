import { isAboutKey } from '../../../lambdas/jobs/key-refusal.ts';

const refusal = (name: string, message: string) => Object.assign(new Error(message), { name });

it.each([
  ['KMS.DisabledException', 'arn:aws:kms:us-east-1:123456789012:key/k is disabled.'],
  ['CustomerKeyHasBeenRevoked', ''],
  ['AccessDenied', 'User: x is not authorized to perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:123456789012:key/k'],
  ['AccessDenied', 'The ciphertext refers to a customer master key that does not exist'],
  ['AccessDeniedException', 'KMS key access denied error: com.amazonaws.services.kms.model.AWSKMSException'],
  ['InvalidRequest', 'The KMS key provided is in an incorrect state'],
])('a refusal %s is about a key: %s', (name, message) => expect(isAboutKey(refusal(name, message))).toBe(true));

it.each([
  ['AccessDenied', 'Access Denied'],
  ['AccessDenied', 'User: x is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::lake/KMS key/kms:key.csv"'],
  ['AccessDeniedException', 'not authorized: dynamodb:BatchWriteItem on table/orders-KMS'],
])('a refusal %s only names something after KMS: %s', (name, message) => expect(isAboutKey(refusal(name, message))).toBe(false));
