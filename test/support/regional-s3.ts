/** An S3 with regions: a proxy of an emulator, which has none. It refuses calls that were not signed for their bucket's region. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/**
 * How S3 says that a bucket is elsewhere: 301 in general; 400 where one of the two regions is an opt-in region, or where the address was right and the
 * signature's region was not. HEAD has no body.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/VirtualHosting.html
 * @see https://github.com/aws/aws-sdk-java-v2/pull/5678
 */
export type RegionRefusal = 'PermanentRedirect' | 'IllegalLocationConstraintException' | 'AuthorizationHeaderMalformed';

export interface RegionalS3 {
  readonly url: string;
  /** The region of each bucket; change it to move one. */
  readonly buckets: Map<string, { region: string; refusal: RegionRefusal }>;
  /** Each call: bucket, region that it was signed for, status. */
  readonly calls: { readonly bucket: string; readonly region: string; readonly status: number }[];
  /** Answers instead of S3, once for each call. */
  readonly answers: { readonly status: number; readonly code: string; readonly message: string }[];
  stop(): Promise<void>;
}

export async function startRegionalS3(target: string): Promise<RegionalS3> {
  const buckets: RegionalS3['buckets'] = new Map();
  const calls: RegionalS3['calls'] = [];
  const answers: RegionalS3['answers'] = [];
  const server = createServer(async (request, response) => {
    const bucket = request.url?.split(/[/?]/)[1] ?? '';
    const region = signedFor(request);
    const reply = (status: number, code: string, message: string, more: string, headers: Record<string, string>) => {
      calls.push({ bucket, region, status });
      response.writeHead(status, { 'content-type': 'application/xml', ...headers });
      response.end(
        request.method === 'HEAD' ? '' : `<?xml version="1.0"?><Error><Code>${code}</Code><Message>${message}</Message>${more}</Error>`,
      );
    };
    const home = buckets.get(bucket);
    if (home !== undefined && home.region !== region) {
      const isMalformed = home.refusal === 'AuthorizationHeaderMalformed';
      const body = isMalformed ? `<Region>${home.region}</Region>` : `<Bucket>${bucket}</Bucket>`;
      const headers = isMalformed && request.method !== 'HEAD' ? {} : { 'x-amz-bucket-region': home.region };
      reply(home.refusal === 'PermanentRedirect' ? 301 : 400, home.refusal, 'It is elsewhere.', body, headers as Record<string, string>);
      return;
    }
    const answer = answers.shift();
    if (answer !== undefined) return reply(answer.status, answer.code, answer.message, '', {});
    const { host: _host, connection: _connection, ...headers } = request.headers;
    const passedOn = await fetch(`${target}${request.url}`, {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
    });
    const body = Buffer.from(await passedOn.arrayBuffer());
    calls.push({ bucket, region, status: passedOn.status });
    response.writeHead(passedOn.status, Object.fromEntries(passedOn.headers)).end(body);
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    buckets,
    calls,
    answers,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => {
        server.close(resolve);
      });
    },
  };
}

/** The region in the scope of the signature. */
function signedFor({ headers: { authorization = '' } }: IncomingMessage): string {
  return /Credential=[^/]+\/\d{8}\/([^/]+)\/s3\//.exec(authorization)?.[1] ?? 'none';
}
