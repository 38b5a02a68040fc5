/** Authorises the requests of the command line. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type Auth, bearer, unsigned } from '../../client/auth.ts';
import { sigv4 } from '../../client/sigv4.ts';
import type { Authorisation } from './find-target.ts';

/** How long a command may take to print a token. */
const commandTimeoutMs = 60_000;

/** @returns what authorises each request; AWS's own chain of credentials is loaded with the first that needs it */
export function authOf(authorisation: Authorisation): Auth {
  switch (authorisation.kind) {
    case 'none':
      return unsigned;
    case 'token':
      return bearer(authorisation.token);
    case 'token command':
      return bearer(once(() => runTokenCommand(authorisation.command)));
    case 'sigv4':
      return sigv4({ region: authorisation.region, credentials: awsCredentials(authorisation.awsProfile) });
  }
}

function awsCredentials(profile: string | undefined) {
  const provider = once(async () => {
    const { defaultProvider } = await import('@aws-sdk/credential-provider-node');
    return defaultProvider(profile === undefined ? {} : { profile });
  });
  // The provider itself keeps credentials until shortly before they expire.
  return async () => {
    try {
      return await (await provider())();
    } catch (error) {
      throw new Error(
        `AWS's own tools find no credentials: ${(error as Error).message} Sign in (aws sso login, aws configure), or name a profile (AWS_PROFILE, delegation profiles set … --aws-profile).`,
        { cause: error },
      );
    }
  };
}

async function runTokenCommand(command: string): Promise<string> {
  const [file, ...args] = process.platform === 'win32' ? ['cmd.exe', '/d', '/s', '/c', command] : ['/bin/sh', '-c', command];
  try {
    const { stdout } = await promisify(execFile)(file as string, args, { timeout: commandTimeoutMs, maxBuffer: 1_048_576 });
    const token = stdout.trim();
    if (token === '' || /\s/.test(token)) throw new Error('It printed no token, which is one word.');
    return token;
  } catch (error) {
    const { stderr, message } = error as Error & { readonly stderr?: string };
    throw new Error(`The token command failed: ${stderr?.trim() || message}`, { cause: error });
  }
}

function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let made: Promise<Value> | undefined;
  return () => (made ??= make());
}
