/** What a client is made with. */
import type { Auth } from './auth.ts';

export interface ClientOptions {
  /** The address of the API, such as `https://….execute-api.eu-central-1.amazonaws.com`, or that of a local mode. */
  readonly url: string;
  /** `sigv4()` or `bearer(…)`. @default none, as a local mode needs none */
  readonly auth?: Auth;
  /** @default the global one */
  readonly fetch?: typeof globalThis.fetch;
  /** How often a request is sent at most, where it is not answered, or is refused for now. @default 6 */
  readonly maxTries?: number;
  /** How long one try of a request may take, in milliseconds. @default 35,000, longer than API Gateway takes */
  readonly timeoutMs?: number;
}
