/** The two texts of PKCE: a secret that stays in the tab, and its hash, which the issuer gets first. @see https://www.rfc-editor.org/rfc/rfc7636#section-4 */

/** @returns 43 characters of 256 random bits */
export function randomText(): string {
  return base64Url(crypto.getRandomValues(new Uint8Array(32)));
}

/** @returns the SHA-256 of the verifier in Base64url */
export async function challengeOf(verifier: string): Promise<string> {
  return base64Url(new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(verifier))));
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replaceAll('=', '');
}
