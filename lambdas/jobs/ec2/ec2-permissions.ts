/** IAM permissions for launching and terminating, as narrow as EC2 allows. @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html */
import type { PermissionStatement } from '../../core/contract/contract.ts';
import type { Ec2Settings, Settings } from '../../core/contract/runtime-settings.ts';
import { volumeKeyPermissions } from '../key-permission.ts';
import { ec2Arn, ownerlessArn, sharedArn } from './arns.ts';
import { deploymentOf, deploymentTag, jobTag } from './tags.ts';
import { templatePermissions } from './template-permissions.ts';

/** Prefix of the name of a parameter that holds an image's id. */
const resolvePrefix = 'resolve:ssm:';

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

/** Allows terminating only what a job of this deployment launched. */
export function terminatePermission(settings: Settings): PermissionStatement {
  return {
    actions: ['ec2:TerminateInstances'],
    resources: [ec2Arn('instance/*')],
    conditions: {
      Null: { [`aws:ResourceTag/${jobTag}`]: 'false' },
      StringEquals: { [`aws:ResourceTag/${deploymentTag}`]: deploymentOf(settings) },
    },
    reason:
      'Instance ids are not known beforehand; the conditions keep to instances with the tags of a job of this deployment: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/iam-policy-structure.html',
  };
}

/** `iam:PassRole` only for roles that the deployer named: EC2 refuses a template that brings another one's instance profile. */
export function launchPermissions(settings: Settings): readonly PermissionStatement[] {
  const { imageIds, launchTemplates, instanceRoles, templateParameters = [], volumeKeys = [] } = settings.ec2;
  const ending = [describeLaunched, terminatePermission(settings)];
  const isNothingAllowed = imageIds.length === 0 && launchTemplates.length === 0;
  if (isNothingAllowed) return ending;
  const tagged = requestTag(settings);
  return [
    ...launchByList(settings.ec2, tagged),
    ...templatePermissions(launchTemplates, tagged),
    {
      actions: ['ec2:RunInstances'],
      resources: [ec2Arn('volume/*')],
      conditions: { StringEquals: tagged },
      reason:
        'Made by the launch itself, with the tags of its job: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances',
    },
    {
      actions: ['ec2:RunInstances'],
      // A security group that another account shares has that account's ARN.
      resources: [...['network-interface/*', 'spot-instances-request/*'].map(ec2Arn), sharedArn('security-group/*')],
      reason:
        'Made by the launch itself, or named by an allow-listed template; jobs cannot name any: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances',
    },
    {
      actions: ['ec2:CreateTags'],
      resources: ['instance/*', 'volume/*'].map(ec2Arn),
      conditions: { StringEquals: { 'ec2:CreateAction': 'RunInstances', ...tagged } },
      reason:
        'Tags on create only, never on what there is already: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/supported-iam-actions-tagging.html',
    },
    ...ending,
    ...resolveParameters([...imageIds, ...templateParameters]),
    ...volumeKeyPermissions(volumeKeys),
    {
      actions: ['iam:PassRole'],
      resources: instanceRoles ?? [],
      // China's EC2 has a name of its own. https://github.com/aws/karpenter-provider-aws/issues/6843
      conditions: { StringEquals: { 'iam:PassedToService': ['ec2.amazonaws.com', 'ec2.amazonaws.com.cn'] } },
    },
  ].filter(({ resources }) => resources.length > 0);
}

/** What is launched carries the deployment's name from its first moment, or it is not launched. */
function requestTag(settings: Settings): Readonly<Record<string, string>> {
  return { [`aws:RequestTag/${deploymentTag}`]: deploymentOf(settings) };
}

function launchByList(
  { instanceTypes, subnetIds, imageIds }: Ec2Settings,
  tagged: Readonly<Record<string, string>>,
): readonly PermissionStatement[] {
  const hasParameters = imageIds.some((id) => id.startsWith(resolvePrefix));
  const images = imageIds.filter((id) => !id.startsWith(resolvePrefix)).map((id) => ownerlessArn(`image/${id}`));
  return [
    {
      actions: instanceTypes.length === 0 ? [] : ['ec2:RunInstances'],
      resources: instanceTypes.length === 0 ? [] : [ec2Arn('instance/*')],
      conditions: { StringEquals: { ...(instanceTypes.includes('*') ? {} : { 'ec2:InstanceType': instanceTypes }), ...tagged } },
      reason:
        'An instance has no id before it is launched; its type is bound: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/ExamplePolicies_EC2.html#iam-example-runinstances-instance-type',
    },
    {
      actions: ['ec2:RunInstances'],
      resources: subnetIds.map((id) => sharedArn(`subnet/${id}`)),
      reason:
        'A subnet that another account shares has that account’s ARN; its id is bound: https://docs.aws.amazon.com/vpc/latest/userguide/vpc-sharing.html',
    },
    {
      actions: ['ec2:RunInstances'],
      resources: hasParameters ? [ownerlessArn('image/*')] : images,
      ...(hasParameters
        ? {
            reason:
              'The id in an allow-listed parameter changes with each release: https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/using-systems-manager-parameter-to-find-AMI.html',
          }
        : {}),
    },
  ];
}

function resolveParameters(images: readonly string[]): readonly PermissionStatement[] {
  const resources = images.filter((id) => id.startsWith(resolvePrefix)).map((id) => parameterArn(id.slice(resolvePrefix.length)));
  return [{ actions: ['ssm:GetParameters'], resources: [...new Set(resources)] }];
}

/** Amazon's own parameters belong to no account. @param parameter `name`, `name:version` or `name:label` */
function parameterArn(parameter: string): string {
  const [name = ''] = parameter.split(':');
  const account = name.startsWith('/aws/') ? '' : '{account}';
  return `arn:{partition}:ssm:{region}:${account}:parameter/${name.replace(/^\//, '')}`;
}
