/** Who is calling, as API Gateway's authoriser established it. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { isAllowed, type Settings } from '../core/contract/runtime-settings.ts';
import { isOwner } from '../core/job/owner.ts';

export interface Caller {
  /** Owner of anything that this request creates: the IAM principal's ARN (a role without its session), or the configured claim of the token. */
  readonly owner: string;
  /** Admins see every owner's jobs, and change the state of job types. */
  readonly isAdmin: boolean;
}

type Claims = Readonly<Record<string, unknown>>;

interface Authorizer {
  /** IAM (SigV4). */
  readonly iam?: { readonly userArn?: string };
  readonly jwt?: { readonly claims?: Claims };
  /** The local mode's stand-in. */
  readonly lambda?: { readonly owner?: string };
}

/** @returns undefined when the request was not authenticated, or names no owner, or one that is too long for a key */
export function callerOf(event: APIGatewayProxyEventV2, settings: Pick<Settings, 'admins' | 'jwt'>): Caller | undefined {
  const { authorizer } = event.requestContext as { authorizer?: Authorizer };
  const claims = authorizer?.jwt?.claims;
  if (settings.jwt !== undefined) return claims && callerOfToken(claims, event.headers['authorization'], settings.jwt);
  const arn = authorizer?.iam?.userArn;
  const owner = arn === undefined ? authorizer?.lambda?.owner : withoutSession(arn);
  return owner === undefined || !isOwner(owner) ? undefined : { owner, isAdmin: isAllowed(settings.admins, owner) };
}

function callerOfToken(
  claims: Claims,
  authorization: string | undefined,
  { ownerClaim, adminClaim }: NonNullable<Settings['jwt']>,
): Caller | undefined {
  const read = (name: string) => claimOf(name, claims, authorization);
  const owner = read(ownerClaim);
  // A list does not name one owner.
  if (typeof owner !== 'string' || !isOwner(owner)) return undefined;
  return { owner, isAdmin: adminClaim !== undefined && [read(adminClaim.name)].flat().includes(adminClaim.value) };
}

/**
 * API Gateway hands a list on as one text, `[first second]`, in which `["Sales operations"]`, `["Sales", "operations"]` and a text in brackets
 * are all the same. Which it was is in the token itself, which API Gateway has checked, and is believed only where it makes the same text.
 * @returns undefined for a claim that is not there, or whose form is ambiguous
 */
function claimOf(name: string, claims: Claims, authorization = ''): string | readonly string[] | undefined {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (value === undefined || value === null) return undefined;
  const text = String(value);
  if (!text.startsWith('[')) return text;
  const original = payloadOf(authorization)[name];
  if (original === text) return text;
  return Array.isArray(original) && `[${original.join(' ')}]` === text ? original.map(String) : undefined;
}

/** @returns the claims of a JSON Web Token, whose signature is not checked here. @see https://www.rfc-editor.org/rfc/rfc7519#section-3 */
function payloadOf(authorization: string): Claims {
  const [, payload = ''] = /^(?:bearer +)?[\w-]+\.([\w-]+)\.[\w-]*$/i.exec(authorization) ?? [];
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, 'base64url').toString());
    return typeof claims === 'object' && claims !== null ? (claims as Claims) : {};
  } catch {
    return {};
  }
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
function withoutSession(arn: string): string {
  return arn.replace(/^(arn:[^:]*):sts:([^:]*):([^:]*):assumed-role\/([^/]+)\/.*$/, '$1:iam:$2:$3:role/$4');
}
