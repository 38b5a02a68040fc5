import { createHash } from 'node:crypto';
import { Stack, Token } from 'aws-cdk-lib';
import type { Construct } from 'constructs';

/** API Gateway takes names of up to 128 characters; the other names that are built from it may be longer. @see https://docs.aws.amazon.com/apigatewayv2/latest/api-reference/apis.html */
const maxLength = 128;

/** Names the stack of a deployment of its own, by the setting `stage`. */
export function stackNameOf(stage: string | undefined): string {
  return stage === undefined ? 'Delegation' : `Delegation-${stage}`;
}

/**
 * Names a deployment within its account and region: in metrics, tags of instances, the access log, saved queries and the dashboard.
 * It is the stack's name where the stack holds the construct `Delegation`, and else the stack's name and the construct's path in it, joined by
 * `_`, which no stack's name holds: so no two deployments share a name.
 */
export function deploymentNameOf(delegation: Construct): string {
  const { stackName } = Stack.of(delegation);
  const { scopes } = delegation.node;
  const ids = scopes.slice(scopes.indexOf(Stack.of(delegation)) + 1).map(({ node }) => node.id);
  if (ids.length === 1 && ids[0] === 'Delegation') return stackName;
  const path = ids.map((id) => id.replaceAll(/[^A-Za-z0-9-]/g, '-')).join('_');
  const name = `${stackName}_${path}`;
  const isTooLong = !Token.isUnresolved(stackName) && name.length > maxLength;
  if (path === ids.join('_') && !ids.some((id) => id.includes('_')) && !isTooLong) return name;
  const hash = createHash('sha256')
    .update([Token.isUnresolved(stackName) ? '' : stackName, ...ids].join('/'))
    .digest('hex')
    .slice(0, 8);
  return `${Token.isUnresolved(stackName) ? name : name.slice(0, maxLength - hash.length - 1)}_${hash}`;
}
