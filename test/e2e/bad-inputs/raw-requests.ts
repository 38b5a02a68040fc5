/** Bytes that are not a request of HTTP, or that two readers would read as different requests. */

export interface RawRequest {
  readonly what: string;
  /** One character for each byte. */
  readonly bytes: string;
  /** The status of the one answer; the connection ends after it. */
  readonly status: number;
}

const head = 'GET /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n';
const post = 'POST /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n';
const smuggled = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n';

/** @see https://www.rfc-editor.org/rfc/rfc9112#section-11 */
export const rawRequests: readonly RawRequest[] = [
  { what: 'no HTTP', bytes: 'hello\r\n\r\n', status: 400 },
  { what: 'a TLS greeting', bytes: '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03', status: 400 },
  { what: 'HTTP/2 without an upgrade', bytes: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', status: 400 },
  { what: 'an unknown version', bytes: 'GET / HTTP/9.9\r\nHost: a\r\n\r\n', status: 400 },
  { what: 'an unknown method', bytes: 'BREAK /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', status: 400 },
  { what: 'a method in lower case', bytes: 'get /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', status: 400 },
  { what: 'a space in the path', bytes: 'GET /v1/jobs x HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', status: 400 },
  { what: 'a NUL in the path', bytes: 'GET /v1/jobs\x00 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', status: 400 },
  { what: 'no Host', bytes: 'GET /v1/jobs HTTP/1.1\r\n\r\n', status: 400 },
  { what: 'the Host of another site', bytes: 'GET /v1/jobs HTTP/1.1\r\nHost: evil.example\r\n\r\n', status: 403 },
  { what: 'the Origin of another site', bytes: `${head}Origin: https://evil.example\r\n\r\n`, status: 403 },
  { what: 'a header without a colon', bytes: `${head}broken\r\n\r\n`, status: 400 },
  { what: 'a space before a colon', bytes: `${head}Content-Length : 0\r\n\r\n`, status: 400 },
  { what: 'a space in the name of a header', bytes: `${head}X Y: 1\r\n\r\n`, status: 400 },
  { what: 'a header that is continued on the next line', bytes: `${head}X-A: 1\r\n\tb\r\n\r\n`, status: 400 },
  { what: 'a NUL in a header', bytes: `${head}X-A: a\x00b\r\n\r\n`, status: 400 },
  { what: 'a carriage return in a header', bytes: `${head}X-A: a\rX-B: b\r\n\r\n`, status: 400 },
  { what: 'a length that is not a number', bytes: `${post}Content-Length: x\r\n\r\n{}`, status: 400 },
  { what: 'a negative length', bytes: `${post}Content-Length: -1\r\n\r\n{}`, status: 400 },
  { what: 'a length with a sign', bytes: `${post}Content-Length: +2\r\n\r\n{}`, status: 400 },
  { what: 'two lengths', bytes: `${post}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`, status: 400 },
  { what: 'two lengths in one header', bytes: `${post}Content-Length: 2, 2\r\n\r\n{}`, status: 400 },
  {
    what: 'a length beside chunks',
    bytes: `${post}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
    status: 400,
  },
  { what: 'an unknown transfer coding', bytes: `${post}Transfer-Encoding: gzip, identity\r\n\r\n{}`, status: 400 },
  { what: 'chunks that are not the last coding', bytes: `${post}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n`, status: 400 },
  { what: 'a chunk without a size', bytes: `${post}Transfer-Encoding: chunked\r\n\r\nx\r\n{}\r\n0\r\n\r\n`, status: 400 },
  { what: 'a chunk larger than any number', bytes: `${post}Transfer-Encoding: chunked\r\n\r\n${'f'.repeat(32)}\r\n`, status: 400 },
  { what: 'a header of 20 kB', bytes: `${head}X-A: ${'a'.repeat(20_000)}\r\n\r\n`, status: 431 },
  { what: 'an address of 20 kB', bytes: `GET /${'a'.repeat(20_000)} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, status: 431 },
  { what: '3,000 headers', bytes: `${head}${'X-A: a\r\n'.repeat(3_000)}\r\n`, status: 431 },
  { what: 'a path outside ASCII', bytes: 'GET /v1/jobs\xe9 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n', status: 400 },
  // Fetch forbids it, so it is given another name before it becomes a request of Fetch.
  { what: 'TRACE', bytes: `TRACE /v1/jobs HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`, status: 405 },
];
