/** A command's session with the API: the client, and which API it calls. */
import { type Client, createClient } from '../client/create-client.ts';
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
