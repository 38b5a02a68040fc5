/** Whether IAM would allow a request by one grant alone, by a simulator of IAM. */
import { runSimulation } from '@cloud-copilot/iam-simulate';
import type { Grant } from './granted.ts';
import { account, type IamRequest } from './iam-requests.ts';

const known = new Map<string, boolean>();
const everything = [
  {
    orgIdentifier: 'ou-1',
    policies: [{ name: 'all', policy: policyOf({ effect: 'Allow', action: '*', resource: '*' }) }],
  },
];

export async function isAllowedBy(grant: Grant, request: IamRequest): Promise<boolean> {
  if (grant.action !== request.action) return false;
  const key = JSON.stringify([grant, request]);
  const before = known.get(key);
  if (before !== undefined) return before;
  const { action, resource, context } = request;
  const result = await runSimulation(
    {
      request: {
        principal: `arn:aws:iam::${account}:role/function`,
        action,
        resource: { resource, accountId: account },
        contextVariables: { ...context },
      },
      identityPolicies: [{ name: 'role', policy: policyOf(grant) }],
      ...(action.startsWith('kms:') ? { resourcePolicy: keyPolicy } : {}),
      serviceControlPolicies: everything,
      resourceControlPolicies: [],
    },
    {},
  );
  if (result.resultType === 'error') throw new Error(`${action} on ${resource}: ${JSON.stringify(result.errors)}`);
  const isAllowed = result.overallResult === 'Allowed';
  known.set(key, isAllowed);
  return isAllowed;
}

/** A key's default policy leaves it to IAM, and without it IAM has no say. @see https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html */
const keyPolicy = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'kms:*', Resource: '*' }],
};

function policyOf({ effect, action, resource, condition }: Grant): object {
  const Statement = [{ Effect: effect, Action: action, Resource: resource, ...(condition === undefined ? {} : { Condition: condition }) }];
  return { Version: '2012-10-17', Statement };
}
