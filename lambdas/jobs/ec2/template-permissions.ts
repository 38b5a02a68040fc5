/** Further permissions for launching from allow-listed templates: everything that a template can name or create. */
import type { PermissionStatement } from '../../core/contract/contract.ts';
import { ec2Arn, ownerlessArn, sharedArn } from './arns.ts';

export const launchTemplateIdForm = /^lt-[0-9a-z]{1,32}$/;

/** @returns whether an entry of the deployer's list has the form of an id; everything else is a name */
export function isLaunchTemplateId(template: string): boolean {
  return launchTemplateIdForm.test(template);
}

/** Resources that a template names and that IAM can bind to it. */
const bound = [
  ...['capacity-reservation/*', 'placement-group/*', 'subnet/*'].map(sharedArn),
  ...['elastic-gpu/*', 'key-pair/*'].map(ec2Arn),
  ...['image/*', 'snapshot/*'].map(ownerlessArn),
];

/** Resources that a template names or creates and that IAM cannot bind to it. Jobs cannot name any of them. */
const unbound = [
  ...['secondary-interface/*', 'secondary-subnet/*'].map(sharedArn),
  'arn:{partition}:elastic-inference:{region}:{account}:elastic-inference-accelerator/*',
  'arn:{partition}:license-manager:{region}:*:license-configuration:*',
  'arn:{partition}:resource-groups:{region}:*:group/*',
];

/** Resources that a launch creates with a template's tags; instances and volumes get the job's. */
const taggedByTemplate = ['elastic-gpu/*', 'network-interface/*', 'secondary-interface/*', 'spot-instances-request/*'];

const reason =
  'Bound to templates. ARNs hold their ids, so those listed by name are kept to by the API: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html';

/**
 * Allows what an allow-listed template itself brings, and nothing that a job puts in its place. A test compares the kinds of resources
 * with AWS's list of those that RunInstances is asked for.
 * @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
 */
export function templatePermissions(
  templates: readonly string[],
  tagged: Readonly<Record<string, string>>,
): readonly PermissionStatement[] {
  if (templates.length === 0) return [];
  const isById = templates.every(isLaunchTemplateId);
  const arns = isById ? templates.map((id) => ec2Arn(`launch-template/${id}`)) : [ec2Arn('launch-template/*')];
  const brought = { ArnLike: { 'ec2:LaunchTemplate': arns }, Bool: { 'ec2:IsLaunchTemplateResource': 'true' } };
  return [
    { actions: ['ec2:RunInstances'], resources: arns, ...(isById ? {} : { reason }) },
    { actions: ['ec2:RunInstances'], resources: [ec2Arn('instance/*')], conditions: { ...brought, StringEquals: tagged }, reason },
    { actions: ['ec2:RunInstances'], resources: bound, conditions: brought, reason },
    {
      actions: ['ec2:RunInstances'],
      resources: unbound,
      reason:
        'Named by an allow-listed template; jobs cannot name any, and IAM has no condition for it: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
    },
    {
      actions: ['ec2:CreateTags'],
      resources: taggedByTemplate.map(ec2Arn),
      conditions: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } },
      reason: 'Tags of a template, on create only: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html',
    },
  ];
}
