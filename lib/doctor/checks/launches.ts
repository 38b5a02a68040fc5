/** Checks what `launch-instances` may use: whether it exists, fits together, and can be decrypted. */
import {
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeSubnetsCommand,
  type EC2Client,
  GetEbsDefaultKmsKeyIdCommand,
  GetEbsEncryptionByDefaultCommand,
  type Subnet,
} from '@aws-sdk/client-ec2';
import { GetRoleCommand, type IAMClient, ListInstanceProfilesForRoleCommand } from '@aws-sdk/client-iam';
import { GetParameterCommand, type SSMClient } from '@aws-sdk/client-ssm';
import { isLaunchTemplateId } from '../../../lambdas/jobs/launch-instances/contract.ts';
import { errorName } from '../deploy-failure.ts';
import { count, type Finding, ok, problem, warning } from '../finding.ts';

const gone = /^Invalid(\w|\.)*\.(NotFound|NotFoundException|Malformed)$|^Invalid(\w)*NotFound/;

export async function subnets(ec2: EC2Client, ids: readonly string[]): Promise<Finding> {
  const found = await describeSubnets(ec2, ids);
  const missing = ids.filter((id) => !found.some(({ SubnetId }) => SubnetId === id));
  if (missing.length > 0) return problem(`There is no subnet ${missing.join(', ')} in this region.`, { advice: 'Correct ec2.subnetIds.' });
  const full = found.filter(({ AvailableIpAddressCount = 1 }) => AvailableIpAddressCount === 0).map(({ SubnetId }) => SubnetId);
  if (full.length > 0)
    return warning(`No address is left in ${full.join(', ')}: launches skip it.`, { advice: 'List a subnet with free addresses.' });
  return ok(`${count(ids.length, 'subnet')} of ec2.subnetIds exist, with free addresses.`);
}

/** Uses filters instead of ids, so that a missing subnet does not hide the others. */
async function describeSubnets(ec2: EC2Client, ids: readonly string[]): Promise<readonly Subnet[]> {
  const { Subnets = [] } = await ec2.send(new DescribeSubnetsCommand({ Filters: [{ Name: 'subnet-id', Values: [...ids] }] }));
  return Subnets.filter(({ SubnetId = '' }) => ids.includes(SubnetId));
}

export async function instanceTypes(ec2: EC2Client, types: readonly string[], subnetIds: readonly string[]): Promise<Finding> {
  const zones = new Set((await describeSubnets(ec2, subnetIds)).map(({ AvailabilityZone }) => AvailabilityZone));
  const { InstanceTypeOfferings = [] } = await ec2.send(
    new DescribeInstanceTypeOfferingsCommand({
      LocationType: 'availability-zone',
      Filters: [{ Name: 'instance-type', Values: [...types] }],
    }),
  );
  const isOffered = (type: string) =>
    InstanceTypeOfferings.some(({ InstanceType, Location }) => InstanceType === type && (zones.size === 0 || zones.has(Location)));
  const missing = types.filter((type) => !isOffered(type));
  if (missing.length === 0) return ok(`${count(types.length, 'instance type')} of ec2.instanceTypes: offered in the zones of the subnets.`);
  return problem(`${missing.join(', ')}: not offered in the zones of ec2.subnetIds (${[...zones].join(', ') || 'none known'}).`, {
    advice: 'Remove it from the list, or list a subnet in another zone.',
    commands: [
      `aws ec2 describe-instance-type-offerings --location-type availability-zone --filters Name=instance-type,Values=${missing.join(',')}`,
    ],
  });
}

export async function images(
  { ec2, ssm }: { readonly ec2: EC2Client; readonly ssm: SSMClient },
  names: readonly string[],
): Promise<readonly Finding[]> {
  return Promise.all(names.map((name) => image({ ec2, ssm }, name)));
}

async function image({ ec2, ssm }: { readonly ec2: EC2Client; readonly ssm: SSMClient }, name: string): Promise<Finding> {
  const [, parameter] = /^resolve:ssm:(.+)$/.exec(name) ?? [];
  const id = parameter === undefined ? name : await parameterValue(ssm, parameter);
  if (id === undefined)
    return problem(`There is no parameter ${parameter} in this region, which the settings name.`, {
      advice: 'Correct ec2.imageIds or ec2.templateParameters.',
    });
  const { Images = [] } = await ec2.send(
    new DescribeImagesCommand({ Filters: [{ Name: 'image-id', Values: [id] }], IncludeDeprecated: true }),
  );
  const [found] = Images;
  if (found === undefined)
    return problem(`There is no image ${id} in this region, or it is not shared with the account.`, {
      advice: 'Correct ec2.imageIds, or the parameter.',
    });
  if (found.State !== 'available')
    return problem(`The image ${id} is ${found.State}, not available.`, { advice: 'Wait until it is available, or list another.' });
  return ok(`The image ${name}${parameter === undefined ? '' : ` (${id})`} exists, for ${found.Architecture}.`);
}

async function parameterValue(ssm: SSMClient, parameter: string): Promise<string | undefined> {
  try {
    // The name may end with a version or a label.
    const { Parameter } = await ssm.send(new GetParameterCommand({ Name: parameter }));
    return Parameter?.Value;
  } catch (error) {
    if (/^Parameter(Version)?NotFound$/.test(errorName(error))) return undefined;
    throw error;
  }
}

export async function launchTemplates(ec2: EC2Client, names: readonly string[]): Promise<readonly Finding[]> {
  return Promise.all(
    names.map(async (name) => {
      const by = isLaunchTemplateId(name) ? { LaunchTemplateIds: [name] } : { LaunchTemplateNames: [name] };
      try {
        const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand(by));
        if (LaunchTemplates.length > 0) return ok(`The launch template ${name} exists.`);
      } catch (error) {
        if (!gone.test(errorName(error))) throw error;
      }
      return problem(`There is no launch template ${name} in this region.`, { advice: 'Correct ec2.launchTemplates.' });
    }),
  );
}

export async function instanceRoles(iam: IAMClient, arns: readonly string[]): Promise<readonly Finding[]> {
  return Promise.all(
    arns.map(async (arn) => {
      const RoleName = arn.split('/').at(-1) ?? '';
      try {
        const { Role } = await iam.send(new GetRoleCommand({ RoleName }));
        if (Role?.Arn !== arn)
          return problem(`The role ${RoleName} is ${Role?.Arn}, but ec2.instanceRoles names ${arn}.`, {
            advice: 'Correct ec2.instanceRoles.',
          });
        const { InstanceProfiles = [] } = await iam.send(new ListInstanceProfilesForRoleCommand({ RoleName }));
        if (InstanceProfiles.length > 0) return ok(`The role ${RoleName} exists, in an instance profile.`);
        return warning(`The role ${RoleName} is in no instance profile, so a launch template cannot use it.`, {
          advice: 'Create an instance profile with it, for the launch template to name.',
        });
      } catch (error) {
        if (!/^NoSuchEntity/.test(errorName(error))) throw error;
        return problem(`There is no role ${arn}.`, { advice: 'Correct ec2.instanceRoles.' });
      }
    }),
  );
}

/** Checks the default key of volumes: with a customer's key, instances end at once unless the worker may use it. @param keys those that it may use */
export async function volumeEncryption(ec2: EC2Client, keys: readonly string[]): Promise<Finding> {
  const { EbsEncryptionByDefault } = await ec2.send(new GetEbsEncryptionByDefaultCommand());
  if (EbsEncryptionByDefault !== true) return ok('Volumes are not encrypted by default in this region.');
  const { KmsKeyId: key = 'alias/aws/ebs' } = await ec2.send(new GetEbsDefaultKmsKeyIdCommand());
  if (key.endsWith('alias/aws/ebs')) return ok("Volumes are encrypted by default, with AWS's own key.");
  if (keys.includes(key)) return ok(`Volumes are encrypted by default with ${key}, which the settings name.`);
  return warning(`Volumes are encrypted by default with ${key}, which the worker may not use.`, {
    advice: 'Instances end at once with "Client.InternalError: Client error on launch". Name the key in ec2.volumeKeys.',
  });
}
