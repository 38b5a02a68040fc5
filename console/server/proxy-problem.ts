/** What the proxy itself answers with: a problem that says what to do. @see https://www.rfc-editor.org/rfc/rfc9457 */
import type { ServerResponse } from 'node:http';

const problems = {
  'invalid-address': { status: 400, title: 'The address is not valid' },
  'console-key-required': { status: 401, title: 'The key of the console is missing' },
  'foreign-page': { status: 403, title: 'Another page may not use the console' },
  'read-only': { status: 403, title: 'The console is read-only' },
  'target-refused': { status: 403, title: 'The API refused your credentials' },
  'not-found': { status: 404, title: 'There is nothing at this address' },
  'method-not-allowed': { status: 405, title: 'This address does not take that method' },
  'body-too-large': { status: 413, title: 'The body is too large' },
  'no-credentials': { status: 502, title: 'The console has no valid credentials' },
  'target-unreachable': { status: 502, title: 'The API does not answer' },
  'target-timeout': { status: 504, title: 'The API does not answer in time' },
} as const;

export type ProxyProblemName = keyof typeof problems;

/** Thrown while a request is handled; becomes the answer. */
export class ProxyProblem extends Error {
  override readonly name = 'ProxyProblem';
  readonly code: ProxyProblemName;
  readonly status: number;
  constructor(code: ProxyProblemName, detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.code = code;
    this.status = problems[code].status;
  }
}

export const howToSignIn =
  'Sign in again in a terminal, for example with `aws sso login`, and repeat this. Variables of the environment are read when `delegation console` starts.';

/** @param path where the problem arose, already checked; left out where it was not */
export function sendProblem(response: ServerResponse, { code, status, message: detail }: ProxyProblem, path?: string): void {
  const { title } = problems[code];
  const body = { type: 'about:blank', code, title, status, detail, ...(path === undefined ? {} : { instance: path }) };
  response.writeHead(status, {
    'content-type': 'application/problem+json',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
    ...(code === 'method-not-allowed' ? { allow: 'GET, HEAD, POST, PUT, DELETE' } : {}),
  });
  response.end(JSON.stringify(body));
}
