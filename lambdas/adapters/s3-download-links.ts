import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { DownloadLinks } from '../core/job/ports.ts';

/** A link is a bearer token, so it lives for minutes (and never longer than the role session that signed it). */
const linkSeconds = 300;

export function s3DownloadLinks(client: S3Client, Bucket: string): DownloadLinks {
  return {
    sign: (Key, { contentType, fileName }) =>
      getSignedUrl(
        client,
        new GetObjectCommand({
          Bucket,
          Key,
          ResponseContentType: contentType,
          ResponseContentDisposition: `attachment; filename="${fileName}"`,
        }),
        { expiresIn: linkSeconds },
      ),
  };
}
