/** Where S3 is stricter than the emulator. */
import { type Account, queryOf, type Rule, type StrictRequest, signatureOf, xmlAnswer } from './rule.ts';

const error = (code: string, message: string, more: Readonly<Record<string, string>> = {}) =>
  `<Error><Code>${code}</Code><Message>${message}</Message>${Object.entries(more)
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('')}</Error>`;

const isPresigned = (request: StrictRequest) => queryOf(request).has('x-amz-signature');

export const s3Rules: readonly Rule[] = [
  {
    name: 'a pre-signed link beside an Authorization header',
    source: 'https://github.com/aws/aws-sdk-js/issues/1908, https://github.com/r-lib/httr/issues/626',
    service: 's3',
    request(request) {
      if (!isPresigned(request) || request.headers['authorization'] === undefined) return undefined;
      const message =
        'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified';
      return xmlAnswer(400, error('InvalidArgument', message, { ArgumentName: 'Authorization' }));
    },
  },
  {
    name: 'a pre-signed link with headers of Amazon that it did not sign',
    source: 'https://github.com/rustfs/rustfs/pull/7425, https://github.com/soto-project/soto/issues/374',
    service: 's3',
    request(request) {
      if (!isPresigned(request)) return undefined;
      const signed = (queryOf(request).get('x-amz-signedheaders') ?? '').split(';');
      const unsigned = Object.keys(request.headers).filter((name) => name.startsWith('x-amz-') && !signed.includes(name));
      if (unsigned.length === 0) return undefined;
      const message = 'There were headers present in the request which were not signed';
      return xmlAnswer(403, error('AccessDenied', message, { HeadersNotSigned: unsigned.join(', ') }));
    },
  },
  {
    name: 'a bucket that is asked for in another region than its own',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/userguide/Redirects.html',
    service: 's3',
    request(request, account) {
      const { bucket } = objectOf(request);
      const region = account.regionOf(bucket);
      if (region === undefined || region === signatureOf(request.target, request.headers).region) return undefined;
      const message =
        'The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.';
      const Endpoint = `${bucket}.s3.${region}.amazonaws.com`;
      // To HEAD there is no body: only the header says it.
      const body = request.method === 'HEAD' ? '' : error('PermanentRedirect', message, { Endpoint, Bucket: bucket });
      return xmlAnswer(301, body, { 'x-amz-bucket-region': region });
    },
  },
  {
    name: 'whether an object is missing, to those who may not list the bucket',
    source: 'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, https://github.com/ceph/ceph/pull/68577',
    service: 's3',
    async answer(request, { status }, account: Account) {
      const { bucket, key } = objectOf(request);
      if (status !== 404 || key === '' || !['GET', 'HEAD'].includes(request.method)) return undefined;
      if (await account.mayList(request, bucket, key)) return undefined;
      return xmlAnswer(403, request.method === 'HEAD' ? '' : error('AccessDenied', 'Access Denied'));
    },
  },
];

/** @returns the bucket of a request in path style, since the emulator's address has no bucket subdomains */
export function objectOf({ target }: Pick<StrictRequest, 'target'>): { readonly bucket: string; readonly key: string } {
  const [bucket = '', ...key] = new URL(target, 'https://localhost').pathname.slice(1).split('/');
  return { bucket, key: decodeURIComponent(key.join('/')) };
}
