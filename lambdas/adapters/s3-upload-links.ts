import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { type UploadLinks, uploadLinkSeconds, uploadTag } from '../core/job/upload.ts';

/**
 * Signs links whose headers are part of the signature, so that S3 takes nothing but what was announced, and only once: size, checksum, type, the tag
 * that lets unused uploads expire, and `If-None-Match`, which refuses a second PUT (it would set the tag of a used upload back).
 * The presigner would move what begins with `x-amz-` into the query, where S3 does not check it, and leaves the type unsigned.
 * @see https://github.com/aws/aws-sdk-js-v3/issues/3906
 * @see https://github.com/aws/aws-sdk-js-v3/issues/3497
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
 */
export function s3UploadLinks(client: S3Client, Bucket: string): UploadLinks {
  return {
    async sign(Key, { sizeBytes, sha256, contentType, contentEncoding }) {
      const headers = {
        'content-length': String(sizeBytes),
        'content-type': contentType,
        ...(contentEncoding === undefined ? {} : { 'content-encoding': contentEncoding }),
        'if-none-match': '*',
        'x-amz-checksum-sha256': sha256,
        'x-amz-tagging': `${uploadTag.name}=${uploadTag.unused}`,
      };
      const put = new PutObjectCommand({
        Bucket,
        Key,
        ContentLength: sizeBytes,
        ContentType: contentType,
        ContentEncoding: contentEncoding,
        IfNoneMatch: '*',
        ChecksumSHA256: sha256,
        Tagging: headers['x-amz-tagging'],
      });
      const names = Object.keys(headers);
      const url = await getSignedUrl(client, put, {
        expiresIn: uploadLinkSeconds,
        signableHeaders: new Set(['host', ...names]),
        unhoistableHeaders: new Set(names),
      });
      return { url, headers };
    },
  };
}
