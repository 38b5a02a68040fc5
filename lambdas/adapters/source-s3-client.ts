/** S3 for buckets that are not ours, in any region. */
import type { S3Client } from '@aws-sdk/client-s3';
import { type JobErrorOptions, PermanentError, RetryableError } from '../core/contract/errors.ts';
import { s3Client } from './aws-clients.ts';

/** Regions of buckets, as S3 has named them. */
const knownRegions = new Map<string, string>();
/** From the deployment's region to the bucket's, and once more where the bucket has been made again elsewhere. */
const maxRedirects = 2;

/**
 * A client whose calls go to the bucket's own region, once S3 has said which one that is: a bucket costs one refused call in each process.
 * The SDK's `followRegionRedirects` is not used. While it follows one, all calls of the client go to that region, and where two overlap the client
 * stays there; and it asks the wrong region first at every call.
 * @returns a client that throws, beside what S3 answers, `source_in_other_region` where the bucket's region cannot be reached
 */
export function sourceS3Client(create: (region?: string) => S3Client = s3Client): S3Client {
  const client = create();
  const sendHere = client.send.bind(client) as Send;
  const elsewhere = new Map<string, S3Client>();

  const sendTo = (region: string, ...call: Parameters<Send>): Promise<unknown> => {
    const clientThere = elsewhere.get(region) ?? create(region);
    elsewhere.set(region, clientThere);
    return (clientThere.send.bind(clientThere) as Send)(...call);
  };
  const send: Send = async (command, options) => {
    const bucket = String(command.input.Bucket);
    const here = await client.config.region();
    let region = knownRegions.get(bucket) ?? here;
    for (let redirects = 0; ; redirects++) {
      try {
        return await (region === here ? sendHere(command, options) : sendTo(region, command, options));
      } catch (error) {
        const other = otherRegion(error, region);
        if (other === undefined) {
          const isUnheard = (error as Refusal).$metadata?.httpStatusCode === undefined && options?.abortSignal?.aborted !== true;
          if (region === here || !isUnheard) throw error;
          knownRegions.delete(bucket); // it may be somewhere else by the next try
          throw new RetryableError(...unreachable(bucket, region, error));
        }
        if (redirects === maxRedirects) throw new PermanentError(...unreachable(bucket, other, error));
        knownRegions.set(bucket, other);
        region = other;
      }
    }
  };
  client.send = send as unknown as S3Client['send'];
  return client;
}

type Send = (
  command: { readonly input: { readonly Bucket?: string } },
  options?: { readonly abortSignal?: { readonly aborted: boolean } },
) => Promise<unknown>;

/** What S3's refusals carry, HEAD's without a body too. */
interface Refusal {
  readonly $metadata?: { readonly httpStatusCode?: number };
  readonly $response?: { readonly headers?: Readonly<Record<string, string>> };
  /** A member of the body of `AuthorizationHeaderMalformed`. */
  readonly Region?: string;
}

/** @returns the region that a refusal names, unless it is the one that was asked: 301 `PermanentRedirect`, 400 `IllegalLocationConstraintException` and the like */
function otherRegion(error: unknown, asked: string): string | undefined {
  const { $response, Region } = error as Refusal;
  const region = $response?.headers?.['x-amz-bucket-region'] ?? Region;
  return region !== undefined && region !== asked && /^[a-z0-9-]{1,32}$/.test(region) ? region : undefined;
}

function unreachable(bucket: string, region: string, cause: unknown): [message: string, options: JobErrorOptions] {
  const message = `The bucket ${bucket} is in the region ${region}, and S3 of that region cannot be reached from here: ${(cause as Error).message}. Workers in a VPC need a way there, such as a NAT gateway; or copy the objects into a bucket of the deployment's region.`;
  return [message, { code: 'source_in_other_region', cause, details: { bucket, region } }];
}
