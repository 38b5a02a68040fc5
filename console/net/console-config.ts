/** What the server of the console says about itself: `/console/config.json`. */

export type AuthConfig =
  | { readonly kind: 'none' }
  | { readonly kind: 'key'; readonly header: string }
  | { readonly kind: 'oidc'; readonly issuer: string; readonly clientId: string; readonly scopes: string };

export interface ConsoleConfig {
  /** The origin of the API; empty where it is that of the page. */
  readonly apiUrl: string;
  readonly isReadOnly: boolean;
  readonly isLocal: boolean;
  /** Names the deployment, such as "prod, account 123456789012". */
  readonly label: string | null;
  readonly region: string | null;
  readonly auth: AuthConfig;
}

/** @throws Error that names the member that is wrong */
export function parseConfig(value: unknown): ConsoleConfig {
  const config = membersOf(value, 'config.json');
  return {
    apiUrl: textOf(config, 'apiUrl').replace(/\/+$/, ''),
    isReadOnly: flagOf(config, 'isReadOnly'),
    isLocal: flagOf(config, 'isLocal'),
    label: config['label'] === null ? null : textOf(config, 'label'),
    region: config['region'] === null ? null : textOf(config, 'region'),
    auth: parseAuth(membersOf(config['auth'], 'auth')),
  };
}

function parseAuth(auth: Readonly<Record<string, unknown>>): AuthConfig {
  switch (auth['kind']) {
    case 'none':
      return { kind: 'none' };
    case 'key':
      return { kind: 'key', header: textOf(auth, 'header') };
    case 'oidc': {
      const { scopes } = auth;
      const listed = Array.isArray(scopes) ? scopes.join(' ') : typeof scopes === 'string' ? scopes : 'openid';
      return { kind: 'oidc', issuer: textOf(auth, 'issuer').replace(/\/+$/, ''), clientId: textOf(auth, 'clientId'), scopes: listed };
    }
    default:
      throw new Error(`auth.kind must be none, key or oidc (was ${JSON.stringify(auth['kind'])}).`);
  }
}

function membersOf(value: unknown, name: string): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) throw new Error(`${name} must be an object.`);
  return value as Readonly<Record<string, unknown>>;
}

function textOf(members: Readonly<Record<string, unknown>>, name: string): string {
  const value = members[name];
  if (typeof value !== 'string') throw new Error(`${name} must be a text.`);
  return value;
}

function flagOf(members: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = members[name];
  if (typeof value !== 'boolean') throw new Error(`${name} must be true or false.`);
  return value;
}
