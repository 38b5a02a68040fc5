/** How requests are authenticated: a plug that changes each request before it is sent. */

/** A request, before it is sent. */
export interface UnsignedRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** @returns the headers to send; called again for each try, since signatures and tokens expire */
export type Auth = (request: UnsignedRequest) => Promise<Readonly<Record<string, string>>> | Readonly<Record<string, string>>;

/** Sends a token of the issuer that the deployment trusts. @param token the token, or what gives one that is valid now */
export function bearer(token: string | (() => string | Promise<string>)): Auth {
  return async ({ headers }) => ({ ...headers, authorization: `Bearer ${typeof token === 'string' ? token : await token()}` });
}

/** Sends requests as they are, to a local mode. */
export const unsigned: Auth = ({ headers }) => headers;
