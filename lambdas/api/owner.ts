/** Who is calling, as API Gateway's authoriser established it. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

interface Authorizer {
  /** IAM (SigV4). */
  readonly iam?: { readonly userArn?: string };
  /** The local mode's stand-in. */
  readonly lambda?: { readonly owner?: string };
}

/** @returns the owner of what this request makes or sees: a principal, for roles without the session; undefined when nobody vouches for the caller */
export function ownerOf(event: APIGatewayProxyEventV2): string | undefined {
  const { authorizer } = event.requestContext as { authorizer?: Authorizer };
  const arn = authorizer?.iam?.userArn;
  return arn === undefined ? authorizer?.lambda?.owner : withoutSession(arn);
}

/** @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html */
function withoutSession(arn: string): string {
  return arn.replace(/^(arn:[^:]*):sts:([^:]*):([^:]*):assumed-role\/([^/]+)\/.*$/, '$1:iam:$2:$3:role/$4');
}
