/**
 * Sign-in with an issuer of tokens: the authorization code flow with PKCE, without a secret of our own.
 * @see https://www.rfc-editor.org/rfc/rfc7636 and https://www.rfc-editor.org/rfc/rfc9700
 */
import type { AuthConfig } from './console-config.ts';
import { type Credentials, SignInError } from './credentials.ts';
import { challengeOf, randomText } from './pkce.ts';

type OidcConfig = Extract<AuthConfig, { kind: 'oidc' }>;

interface Endpoints {
  readonly authorization_endpoint: string;
  readonly token_endpoint: string;
}

interface Tokens {
  readonly accessToken: string;
  readonly refreshToken: string | undefined;
  readonly expiresAtMs: number;
}

interface Pending {
  readonly state: string;
  readonly verifier: string;
  readonly returnTo: string;
}

const tokensItem = 'delegation.console.tokens';
const pendingItem = 'delegation.console.sign-in';
/** A token that ends within this time is renewed before it is sent. */
const marginMs = 30_000;

export class OidcSession implements Credentials {
  private readonly config: OidcConfig;
  private tokens: Tokens;
  private renewal: Promise<void> | undefined;

  private constructor(config: OidcConfig, tokens: Tokens) {
    this.config = config;
    this.tokens = tokens;
  }

  /** @returns the session; null where the page is leaving to the issuer. @throws SignInError */
  static async open(config: OidcConfig): Promise<OidcSession | null> {
    const query = new URLSearchParams(location.search);
    if (query.has('state') && (query.has('code') || query.has('error')))
      return new OidcSession(config, await completeSignIn(config, query));
    const kept = readKept<Tokens>(tokensItem);
    if (kept !== undefined) return new OidcSession(config, kept);
    await leaveToIssuer(config);
    return null;
  }

  async headers(): Promise<Readonly<Record<string, string>>> {
    if (Date.now() > this.tokens.expiresAtMs - marginMs) await this.renew();
    return { authorization: `Bearer ${this.tokens.accessToken}` };
  }

  async refused(): Promise<void> {
    sessionStorage.removeItem(tokensItem);
    await leaveToIssuer(this.config);
  }

  readonly signOut = (): void => {
    sessionStorage.removeItem(tokensItem);
    location.assign('/console/');
  };

  /** One renewal serves all requests that wait for it, since an issuer may accept a refresh token once. */
  private renew(): Promise<void> {
    this.renewal ??= this.fetchRenewed().finally(() => {
      this.renewal = undefined;
    });
    return this.renewal;
  }

  private async fetchRenewed(): Promise<void> {
    const { refreshToken } = this.tokens;
    try {
      if (refreshToken === undefined) throw new SignInError('The sign-in has expired.');
      this.tokens = await requestTokens(this.config, { grant_type: 'refresh_token', refresh_token: refreshToken }, refreshToken);
    } catch (error) {
      await this.refused();
      throw error;
    }
  }
}

async function leaveToIssuer(config: OidcConfig): Promise<void> {
  const { authorization_endpoint } = await discover(config);
  const pending: Pending = { state: randomText(), verifier: randomText(), returnTo: location.pathname + location.search };
  sessionStorage.setItem(pendingItem, JSON.stringify(pending));
  const url = new URL(authorization_endpoint);
  const parameters = {
    response_type: 'code',
    client_id: config.clientId,
    redirect_uri: redirectUri(),
    scope: config.scopes,
    state: pending.state,
    code_challenge: await challengeOf(pending.verifier),
    code_challenge_method: 'S256',
  };
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  location.assign(url);
}

async function completeSignIn(config: OidcConfig, query: URLSearchParams): Promise<Tokens> {
  const pending = readKept<Pending>(pendingItem);
  sessionStorage.removeItem(pendingItem);
  if (pending === undefined || pending.state !== query.get('state'))
    throw new SignInError('This sign-in was not started in this tab. Open the console again.');
  // Also where the issuer refused: a reload would otherwise show the same refusal.
  history.replaceState(null, '', pending.returnTo);
  const error = query.get('error');
  if (error !== null) throw new SignInError(`The issuer refused the sign-in: ${query.get('error_description') ?? error}`);
  const code = query.get('code') ?? '';
  return requestTokens(config, { grant_type: 'authorization_code', code, redirect_uri: redirectUri(), code_verifier: pending.verifier });
}

async function requestTokens(config: OidcConfig, form: Readonly<Record<string, string>>, oldRefreshToken?: string): Promise<Tokens> {
  const { token_endpoint } = await discover(config);
  const response = await fetch(token_endpoint, { method: 'POST', body: new URLSearchParams({ client_id: config.clientId, ...form }) });
  const answer = (await response.json().catch(() => ({}))) as Readonly<Record<string, unknown>>;
  const { access_token: accessToken, refresh_token: refreshToken, expires_in: seconds } = answer;
  if (!response.ok || typeof accessToken !== 'string')
    throw new SignInError(`The issuer gave no token: ${String(answer['error_description'] ?? answer['error'] ?? response.status)}`);
  const expiresAtMs = Date.now() + (typeof seconds === 'number' ? seconds : 300) * 1000;
  const tokens: Tokens = { accessToken, refreshToken: typeof refreshToken === 'string' ? refreshToken : oldRefreshToken, expiresAtMs };
  sessionStorage.setItem(tokensItem, JSON.stringify(tokens));
  return tokens;
}

/** @see https://openid.net/specs/openid-connect-discovery-1_0.html#ProviderConfig */
async function discover({ issuer }: OidcConfig): Promise<Endpoints> {
  const response = await fetch(`${issuer}/.well-known/openid-configuration`).catch(() => undefined);
  const document = (await response?.json().catch(() => undefined)) as (Partial<Endpoints> & { readonly issuer?: string }) | undefined;
  const { authorization_endpoint, token_endpoint } = document ?? {};
  if (typeof authorization_endpoint !== 'string' || typeof token_endpoint !== 'string')
    throw new SignInError(`The issuer ${issuer} has no discovery document that this page can read. It must allow this origin (CORS).`);
  if (document?.issuer?.replace(/\/+$/, '') !== issuer) throw new SignInError(`The discovery document of ${issuer} names another issuer.`);
  return { authorization_endpoint, token_endpoint };
}

function redirectUri(): string {
  return `${location.origin}/console/`;
}

function readKept<Kept>(item: string): Kept | undefined {
  try {
    return (JSON.parse(sessionStorage.getItem(item) ?? 'null') as Kept | null) ?? undefined;
  } catch {
    return undefined;
  }
}
