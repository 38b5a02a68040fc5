import { NoSuchKey, NotFound, S3ServiceException } from '@aws-sdk/client-s3';
import { wrapUnavailable } from './unavailable.ts';

/** @returns undefined where S3 has no such object, or another one than the condition names */
export async function ifThere<T>(call: () => Promise<T>): Promise<T | undefined> {
  try {
    return await wrapUnavailable(call);
  } catch (error) {
    if (error instanceof NoSuchKey || error instanceof NotFound) return undefined;
    if (error instanceof S3ServiceException && [404, 412].includes(error.$metadata.httpStatusCode ?? 0)) return undefined;
    throw error;
  }
}
