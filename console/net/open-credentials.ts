/** Takes or gets the credentials that the configuration asks for. */
import type { AuthConfig } from './console-config.ts';
import { type Credentials, SignInError } from './credentials.ts';
import { OidcSession } from './oidc-session.ts';

const keyItem = 'delegation.console.key';

/**
 * Takes the secret of the address, or completes the sign-in that the issuer sent back.
 * @returns null where the page is leaving to the issuer
 * @throws SignInError
 */
export async function openCredentials(auth: AuthConfig): Promise<Credentials | null> {
  switch (auth.kind) {
    case 'none':
      return { headers: async () => ({}), refused: async () => undefined };
    case 'key':
      return keyCredentials(auth.header);
    case 'oidc':
      return OidcSession.open(auth);
  }
}

/** The secret is in the fragment, which no server sees, and leaves the address at once, so that it is in no bookmark or picture of the screen. */
function keyCredentials(header: string): Credentials {
  const given = new URLSearchParams(location.hash.slice(1)).get('key');
  if (given !== null) {
    sessionStorage.setItem(keyItem, given);
    history.replaceState(null, '', location.pathname + location.search);
  }
  const key = given ?? sessionStorage.getItem(keyItem);
  if (key === null || !/^[\x21-\x7e]+$/.test(key))
    throw new SignInError('The address has no key. Open the one that `npx delegation console` printed, with everything after the #.');
  return {
    headers: async () => ({ [header]: key }),
    refused: async () => {
      sessionStorage.removeItem(keyItem);
      throw new SignInError('The key is not valid any more. Start `npx delegation console` again and open the address that it prints.');
    },
  };
}
