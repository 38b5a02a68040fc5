/** A request as a curl command that can be pasted into a shell. */
import type { Authorisation } from './target/find-target.ts';

interface ShownRequest {
  readonly url: string;
  readonly method: string;
  readonly headers: Headers;
  readonly body: string | null | undefined;
}

/** Thrown in place of sending a request, with the command to print. */
export class CurlShown extends Error {
  override readonly name = 'CurlShown';
  readonly kind = 'curl-shown';
}

/** @returns the command; credentials are read from the environment when it runs, and are not in it */
export function curlOf({ url, method, headers, body }: ShownRequest, authorisation: Authorisation): string {
  const parts = [
    ['curl', ...(method === 'GET' ? [] : [`-X ${method}`]), ...(/[[\]{}]/.test(url) ? ['--globoff'] : [])].join(' '),
    quoted(url),
    ...credentialsOf(authorisation),
    ...[...headers].map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(body == null ? [] : [`--data-raw ${quoted(body)}`]),
  ];
  return parts.join(' \\\n  ');
}

function credentialsOf(authorisation: Authorisation): readonly string[] {
  switch (authorisation.kind) {
    case 'none':
      return [];
    case 'token':
      return ['-H "Authorization: Bearer $DELEGATION_TOKEN"'];
    case 'token command':
      return [`-H "Authorization: Bearer $(${authorisation.command})"`];
    case 'sigv4':
      return [
        `--aws-sigv4 "aws:amz:${authorisation.region}:execute-api"`,
        '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"',
        // The shell leaves the header out where there is no session.
        `$\{AWS_SESSION_TOKEN:+-H "x-amz-security-token: $AWS_SESSION_TOKEN"}`,
      ];
  }
}

/** @returns a word of a POSIX shell with nothing special in it */
export function quoted(word: string): string {
  return /^[\w./:@%+=,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
