/** From the job's input to EC2's parameters: the same input always makes the same request, as its token demands. */
import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { LaunchInput } from './contract.ts';
import { jobTag, ownerTag, ownerTagValue } from './tags.ts';

/** Where a launch is tried; undefined leaves it to the launch template. */
export interface Placement {
  readonly instanceType: string | undefined;
  readonly subnetId: string | undefined;
}

/** @returns all placements, the preferred first: each type in all subnets before the next type */
export function placementsOf({ instanceTypes, subnetIds }: LaunchInput): readonly Placement[] {
  return (instanceTypes ?? [undefined]).flatMap((instanceType) =>
    (subnetIds ?? [undefined]).map((subnetId) => ({ instanceType, subnetId })),
  );
}

/** @returns e.g. "t4g.small in subnet-1" */
export function describePlacement({ instanceType, subnetId }: Placement): string {
  return `${instanceType ?? 'the template’s type'} in ${subnetId ?? 'the template’s subnet'}`;
}

export function launchRequest(
  input: LaunchInput,
  { instanceType, subnetId }: Placement,
  job: { readonly id: string; readonly owner: string },
  clientToken: string,
): RunInstancesCommandInput {
  const { launchTemplate: template, imageId, count, minCount, market, userData } = input;
  const Tags = Object.entries({ ...input.tags, [jobTag]: job.id, [ownerTag]: ownerTagValue(job.owner) }).map(([Key, Value]) => ({
    Key,
    Value,
  }));
  return {
    ClientToken: clientToken,
    MinCount: minCount ?? count,
    MaxCount: count,
    TagSpecifications: (['instance', 'volume'] as const).map((ResourceType) => ({ ResourceType, Tags })),
    ...(template && { LaunchTemplate: { LaunchTemplateId: template.id, LaunchTemplateName: template.name, Version: template.version } }),
    ...(imageId !== undefined && { ImageId: imageId }),
    ...(instanceType !== undefined && { InstanceType: instanceType as NonNullable<RunInstancesCommandInput['InstanceType']> }),
    ...(subnetId !== undefined && { SubnetId: subnetId }),
    ...(userData !== undefined && { UserData: Buffer.from(userData).toString('base64') }),
    ...(market === 'spot' && {
      InstanceMarketOptions: {
        MarketType: 'spot',
        SpotOptions: { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' },
      },
    }),
  };
}
