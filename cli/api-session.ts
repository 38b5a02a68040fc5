/** A command's session with the API: the client, and what it knows of the deployment. */
import { type Client, createClient } from '../client/create-client.ts';
import type { Me } from './api-shapes.ts';
import { type CommandInput, flag } from './command.ts';
import type { CommandIo } from './command-io.ts';
import { CurlShown, curlOf } from './curl-text.ts';
import { authOf } from './target/authorise.ts';
import { findTarget, type Target } from './target/find-target.ts';

export interface ApiSession {
  readonly client: Client;
  readonly target: Target;
}

/** @throws UsageError where no API can be found */
export function openSession(
  input: CommandInput,
  io: CommandIo,
  options: { readonly timeoutMs?: number; readonly maxTries?: number } = {},
): ApiSession {
  const target = findTarget(input, io);
  const showsCurl = flag(input, 'curl');
  const client = createClient({
    url: target.url,
    ...options,
    ...(showsCurl ? { fetch: showCurl(target) } : { auth: authOf(target.authorisation) }),
  });
  return { client, target };
}

/** @returns who calls: `GET /v1/me` */
export async function askMe({ client }: ApiSession, signal: AbortSignal): Promise<Me> {
  return (await client.request({ method: 'GET', path: '/v1/me', signal })) as Me;
}

/** Sends nothing: the first request ends the command, as text. */
function showCurl({ authorisation }: Target): typeof globalThis.fetch {
  return async (url, init) => {
    throw new CurlShown(
      curlOf(
        {
          url: String(url),
          method: init?.method ?? 'GET',
          headers: new Headers(init?.headers),
          body: init?.body as string | null | undefined,
        },
        authorisation,
      ),
    );
  };
}
