/** Checks whether the CDK can deploy here: the resources of bootstrapping, and the caller's permission to use them. */
import { GetRoleCommand, type IAMClient, ListAttachedRolePoliciesCommand, SimulatePrincipalPolicyCommand } from '@aws-sdk/client-iam';
import { HeadBucketCommand, type S3Client } from '@aws-sdk/client-s3';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { errorName } from '../deploy-failure.ts';
import { type Finding, ok, problem, skipped, warning } from '../finding.ts';
import type { Bootstrap } from '../synthesis.ts';
import type { Target } from '../target.ts';

const bootstrapping = ({ account, region }: Target) => [`npx cdk bootstrap aws://${account}/${region}`];

export async function bootstrapVersion(ssm: SSMClient, { parameter, version }: Bootstrap, target: Target): Promise<Finding> {
  const commands = bootstrapping(target);
  try {
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameter }));
    const found = Number(Parameter?.Value);
    if (found >= version) return ok(`Bootstrapped, version ${found} (needed: ${version}).`);
    return problem(`Bootstrapped with version ${Parameter?.Value}, but this release of the CDK needs ${version}.`, {
      advice: 'Bootstrap again, as an administrator: deployed stacks are not affected.',
      commands,
    });
  } catch (error) {
    if (errorName(error) !== 'ParameterNotFound') throw error;
    return problem('This account and region are not bootstrapped.', { advice: 'Bootstrap, once, as an administrator.', commands });
  }
}

/** Checks the bucket itself: if it is deleted by hand, the parameter still says that the account is bootstrapped. */
export async function assetBucket(s3: S3Client, { bucket }: Bootstrap, target: Target): Promise<Finding> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }));
    return ok(`The CDK's bucket ${bucket} exists.`);
  } catch (error) {
    if (!/^(NotFound|NoSuchBucket)$/.test(errorName(error))) throw error;
    return problem(`The CDK's bucket ${bucket} is missing, so nothing can be uploaded.`, {
      advice: 'Was it deleted by hand? Delete the stack CDKToolkit and bootstrap again.',
      commands: ['aws cloudformation delete-stack --stack-name CDKToolkit', ...bootstrapping(target)],
    });
  }
}

/** Asks IAM's simulator, since assuming a role is not a read. The simulator ignores session policies and policies of an organisation. */
export async function deployRoles(iam: IAMClient, { roles }: Bootstrap, { callerArn, account }: Target): Promise<Finding> {
  const names = roles.map((arn) => arn.split('/').at(-1) ?? arn);
  const missing = await missingRoles(iam, names);
  if (missing.length > 0) {
    return problem(`Roles of the bootstrapping are missing: ${missing.join(', ')}.`, {
      advice: 'Delete the stack CDKToolkit and bootstrap again.',
      commands: ['npx cdk bootstrap'],
    });
  }
  if (callerArn.endsWith(':root')) return ok('The root user deploys with its own permissions.');
  const principal = await principalOf(iam, callerArn);
  if (principal === undefined)
    return skipped(`Whether ${callerArn} may assume the roles of the CDK is not known: it is neither a user nor a role.`);
  const simulate = new SimulatePrincipalPolicyCommand({
    PolicySourceArn: principal,
    ActionNames: ['sts:AssumeRole'],
    ResourceArns: [...roles],
  });
  const { EvaluationResults = [] } = await iam.send(simulate);
  const refused = EvaluationResults.flatMap(({ EvalDecision, EvalResourceName, ResourceSpecificResults = [] }) => [
    ...(EvalDecision === 'allowed' ? [] : [EvalResourceName ?? '']),
    ...ResourceSpecificResults.filter((one) => one.EvalResourceDecision !== 'allowed').map((one) => one.EvalResourceName ?? ''),
  ]);
  if (refused.length === 0) return ok(`You may assume the roles that deploy (${names.length}).`);
  return warning('Your own policies do not allow you to assume the roles that deploy.', {
    advice: `cdk deploy then continues with your own permissions, which are rarely enough. Allow sts:AssumeRole on arn:…:iam::${account}:role/cdk-*.`,
  });
}

/** Checks the policies of CloudFormation's role: without the administrator's policy, it must have permissions that are easily forgotten. */
export async function executionRole(iam: IAMClient, { executionRole: arn }: Bootstrap): Promise<Finding> {
  const RoleName = arn.split('/').at(-1) ?? '';
  const { AttachedPolicies = [] } = await iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
  const names = AttachedPolicies.map(({ PolicyName = '' }) => PolicyName);
  if (names.includes('AdministratorAccess')) return ok('CloudFormation acts as an administrator.');
  return warning(`CloudFormation acts with restricted permissions: ${names.join(', ') || 'no policy at all'}.`, {
    advice:
      'In addition to those for the services, it needs: iam:CreateServiceLinkedRole (API Gateway, first time), logs:CreateLogDelivery and logs:PutResourcePolicy (access log), kms:CreateGrant (table with your own key).',
  });
}

async function missingRoles(iam: IAMClient, names: readonly string[]): Promise<readonly string[]> {
  const found = await Promise.all(names.map((RoleName) => roleArn(iam, RoleName)));
  return names.filter((_, i) => found[i] === undefined);
}

/** @returns the ARN that policies belong to: the role's, which has the path that the ARN of its session lacks */
async function principalOf(iam: IAMClient, callerArn: string): Promise<string | undefined> {
  const [, role] = /^arn:[a-z-]+:sts::\d{12}:assumed-role\/([^/]+)\//.exec(callerArn) ?? [];
  if (role !== undefined) return roleArn(iam, role);
  return /:iam::\d{12}:user\//.test(callerArn) ? callerArn : undefined;
}

async function roleArn(iam: IAMClient, RoleName: string): Promise<string | undefined> {
  try {
    const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
    return Role?.Arn;
  } catch (error) {
    if (/^NoSuchEntity/.test(errorName(error))) return undefined;
    throw error;
  }
}
