/** What IAM takes of one role's policies, checked before a deployment that it would refuse late. */
import { CfnManagedPolicy, CfnPolicy, CfnRole } from 'aws-cdk-lib/aws-iam';
import type { IConstruct } from 'constructs';
import { replaceTokensByLongest } from './max-text.ts';

/** Characters without white space. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html */
export const maxManagedPolicySize = 6_144;
/** The limit of all inline policies of a role together. */
const maxInlineSize = 10_240;
/** A role may have this many; the account's quota can be raised to 20. */
export const maxManagedPolicies = 10;

/** Returns how many characters a policy, or a part of one, takes at most. */
export function policySize(scope: IConstruct, policy: unknown): number {
  return JSON.stringify(replaceTokensByLongest(scope, policy)).length;
}

/** Returns a sentence for everything below a construct that IAM would refuse. It is known once CDK has merged and divided the policies. */
export function policyViolations(scope: IConstruct): string[] {
  const inline = new Map<string, number>();
  const managed = new Map<string, number>();
  const faults: string[] = [];
  const count = (roles: Map<string, number>, role: string, more: number) => roles.set(role, (roles.get(role) ?? 0) + more);
  for (const policy of scope.node.findAll()) {
    if (policy instanceof CfnRole)
      count(
        managed,
        JSON.stringify(policy.stack.resolve(policy.ref)),
        ((policy.stack.resolve(policy.managedPolicyArns) ?? []) as unknown[]).length,
      );
    if (!(policy instanceof CfnPolicy || policy instanceof CfnManagedPolicy)) continue;
    const size = policySize(policy, policy.policyDocument);
    const roles = [(policy.stack.resolve(policy.roles) ?? []) as unknown[]].flat().map((role) => JSON.stringify(role));
    if (policy instanceof CfnManagedPolicy && size > maxManagedPolicySize)
      faults.push(`${policy.node.path} takes up to ${size} characters, and IAM takes ${maxManagedPolicySize} of a managed policy.`);
    for (const role of roles) {
      if (policy instanceof CfnPolicy) count(inline, role, size);
      else count(managed, role, 1);
    }
  }
  for (const [role, size] of inline)
    if (size > maxInlineSize)
      faults.push(`The policies in the role ${role} take up to ${size} characters, and IAM takes ${maxInlineSize} of one role.`);
  for (const [role, policies] of managed)
    if (policies > maxManagedPolicies)
      faults.push(`The role ${role} has ${policies} managed policies, and IAM takes ${maxManagedPolicies} of one role.`);
  return faults;
}
