/** What launching may do in IAM's terms, as narrow as EC2 lets it be. @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html */
import type { PermissionStatement } from '../../core/contract.ts';
import type { Ec2Settings } from '../../core/settings.ts';
import { jobTag } from './tags.ts';

/** What stands before the name of a parameter that holds an image's id. */
const resolvePrefix = 'resolve:ssm:';

const ec2Arn = (resource: string) => `arn:{partition}:ec2:{region}:{account}:${resource}`;

/** @param actions that read; EC2 knows no resources for them */
export function describePermission(...actions: readonly string[]): PermissionStatement {
  return {
    actions,
    resources: ['*'],
    reason:
      'EC2 has no resource-level permissions for Describe actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html',
  };
}

const describeLaunched = describePermission('ec2:DescribeInstances', 'ec2:DescribeInstanceStatus');

/** Nothing but what a job of ours launched. */
export const terminatePermission: PermissionStatement = {
  actions: ['ec2:TerminateInstances'],
  resources: [ec2Arn('instance/*')],
  conditions: { Null: { [`aws:ResourceTag/${jobTag}`]: 'false' } },
  reason:
    'Instance ids are not known beforehand; the condition keeps to instances that carry the tag of a job: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policy-structure.html',
};

/** `iam:PassRole` only for roles that the deployer named: EC2 refuses a template that brings another one's instance profile. */
export function launchPermissions(settings: Ec2Settings): readonly PermissionStatement[] {
  const isNothingAllowed = settings.imageIds.length === 0 && settings.launchTemplates.length === 0;
  if (isNothingAllowed) return [describeLaunched, terminatePermission];
  return [
    ...launchByList(settings),
    ...launchFromTemplates(settings.launchTemplates),
    {
      actions: ['ec2:RunInstances'],
      resources: [
        ...['volume/*', 'network-interface/*', 'security-group/*', 'spot-instances-request/*'],
        ...(settings.launchTemplates.length === 0 ? [] : ['key-pair/*']),
      ].map(ec2Arn),
      reason:
        'Made by the launch itself, or named by an allow-listed template; jobs cannot name any: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances',
    },
    {
      actions: ['ec2:CreateTags'],
      resources: ['instance/*', 'volume/*'].map(ec2Arn),
      conditions: { StringEquals: { 'ec2:CreateAction': 'RunInstances' } },
      reason:
        'Tags on create only, never on what there is already: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html',
    },
    describeLaunched,
    terminatePermission,
    ...resolveParameters(settings.imageIds),
    {
      actions: ['iam:PassRole'],
      resources: settings.instanceRoles ?? [],
      conditions: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com' } },
    },
  ].filter(({ resources }) => resources.length > 0);
}

function launchByList({ instanceTypes, subnetIds, imageIds }: Ec2Settings): readonly PermissionStatement[] {
  const hasParameters = imageIds.some((id) => id.startsWith(resolvePrefix));
  const images = imageIds.filter((id) => !id.startsWith(resolvePrefix)).map((id) => `arn:{partition}:ec2:{region}::image/${id}`);
  return [
    {
      actions: instanceTypes.length === 0 ? [] : ['ec2:RunInstances'],
      resources: instanceTypes.length === 0 ? [] : [ec2Arn('instance/*')],
      ...(instanceTypes.includes('*') ? {} : { conditions: { StringEquals: { 'ec2:InstanceType': instanceTypes } } }),
      reason:
        'An instance has no id before it is launched; its type is bound: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances-instance-type',
    },
    { actions: ['ec2:RunInstances'], resources: subnetIds.map((id) => ec2Arn(`subnet/${id}`)) },
    {
      actions: ['ec2:RunInstances'],
      resources: hasParameters ? ['arn:{partition}:ec2:{region}::image/*'] : images,
      ...(hasParameters
        ? {
            reason:
              'The id in an allow-listed parameter changes with each release: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-systems-manager-parameter-to-find-AMI.html',
          }
        : {}),
    },
  ];
}

/** What an allow-listed template brings itself (type, subnet, image) is allowed with it; what a job puts in its place is not. */
function launchFromTemplates(templates: readonly string[]): readonly PermissionStatement[] {
  if (templates.length === 0) return [];
  const isById = templates.every((template) => template.startsWith('lt-'));
  const arns = isById ? templates.map((id) => ec2Arn(`launch-template/${id}`)) : [ec2Arn('launch-template/*')];
  const reason =
    'Bound to templates. ARNs hold their ids, so those listed by name are kept to by the API: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/permissions-for-launch-templates.html';
  return [
    { actions: ['ec2:RunInstances'], resources: arns, ...(isById ? {} : { reason }) },
    {
      actions: ['ec2:RunInstances'],
      resources: [ec2Arn('instance/*'), ec2Arn('subnet/*'), 'arn:{partition}:ec2:{region}::image/*'],
      conditions: { ArnLike: { 'ec2:LaunchTemplate': arns }, Bool: { 'ec2:IsLaunchTemplateResource': 'true' } },
      reason,
    },
  ];
}

function resolveParameters(imageIds: readonly string[]): readonly PermissionStatement[] {
  const resources = imageIds.filter((id) => id.startsWith(resolvePrefix)).map((id) => parameterArn(id.slice(resolvePrefix.length)));
  return [{ actions: ['ssm:GetParameters'], resources }];
}

/** Amazon's own parameters belong to no account. @param parameter `name`, `name:version` or `name:label` */
function parameterArn(parameter: string): string {
  const [name = ''] = parameter.split(':');
  const account = name.startsWith('/aws/') ? '' : '{account}';
  return `arn:{partition}:ssm:{region}:${account}:parameter/${name.replace(/^\//, '')}`;
}
