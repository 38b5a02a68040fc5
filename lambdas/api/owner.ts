/** Who is calling, as API Gateway's authoriser established it. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { isAllowed, type Settings } from '../core/settings.ts';

export interface Caller {
  /** Of what the request makes. A principal, for roles without the session; or what the token's claim says. */
  readonly owner: string;
  /** Sees everybody's jobs, and switches job types. */
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

/** @returns undefined when nobody vouches for the caller, or the token does not name one */
export function callerOf(event: APIGatewayProxyEventV2, settings: Pick<Settings, 'admins' | 'jwt'>): Caller | undefined {
  const { authorizer } = event.requestContext as { authorizer?: Authorizer };
  const claims = authorizer?.jwt?.claims;
  if (settings.jwt !== undefined) return claims && callerOfToken(claims, settings.jwt);
  const arn = authorizer?.iam?.userArn;
  const owner = arn === undefined ? authorizer?.lambda?.owner : withoutSession(arn);
  return owner === undefined ? undefined : { owner, isAdmin: isAllowed(settings.admins, owner) };
}

function callerOfToken(claims: Claims, { ownerClaim, adminClaim }: NonNullable<Settings['jwt']>): Caller | undefined {
  const [owner] = valuesOf(claims, ownerClaim);
  if (owner === undefined) return undefined;
  return { owner, isAdmin: adminClaim !== undefined && valuesOf(claims, adminClaim.name).includes(adminClaim.value) };
}

/** API Gateway hands a list on as one text: `[first second]`. */
function valuesOf(claims: Claims, name: string): readonly string[] {
  const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
  if (Array.isArray(value)) return value.map(String);
  if (value === undefined || value === null || value === '') return [];
  const text = String(value);
  return /^\[.*\]$/.test(text) ? text.slice(1, -1).split(/[ ,]+/) : [text];
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
function withoutSession(arn: string): string {
  return arn.replace(/^(arn:[^:]*):sts:([^:]*):([^:]*):assumed-role\/([^/]+)\/.*$/, '$1:iam:$2:$3:role/$4');
}
