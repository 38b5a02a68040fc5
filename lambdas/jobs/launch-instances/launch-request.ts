/** From the job's input to EC2's parameters: the same input always makes the same request, as its token demands. */
import type { RunInstancesCommandInput } from '@aws-sdk/client-ec2';
import type { LaunchInput } from './contract.ts';

/** Where a launch is tried; undefined leaves it to the launch template. */
export interface Placement {
  readonly instanceType: string | undefined;
  readonly subnetId: string | undefined;
  readonly isSpot: boolean;
}

/** How many instances one launch asks for. */
export interface Counts {
  readonly minCount: number;
  readonly maxCount: number;
}

/**
 * @returns all placements, the preferred first: each type in all subnets before the next type, all of them with Spot instances before the
 * first one on demand
 */
export function placementsOf({ instanceTypes, subnetIds, market, capacityType = market }: LaunchInput): readonly Placement[] {
  const isSpotInOrder = { 'on-demand': [false], spot: [true], 'spot-then-on-demand': [true, false] }[capacityType];
  return isSpotInOrder.flatMap((isSpot) =>
    (instanceTypes ?? [undefined]).flatMap((instanceType) =>
      (subnetIds ?? [undefined]).map((subnetId) => ({ instanceType, subnetId, isSpot })),
    ),
  );
}

/** @returns such as "t4g.small in subnet-1" */
export function describePlacement({ instanceType, subnetId, isSpot }: Placement): string {
  return `${instanceType ?? 'the template’s type'}${isSpot ? ' (Spot)' : ''} in ${subnetId ?? 'the template’s subnet'}`;
}

/** What one call adds to the job's input. */
export interface LaunchCall {
  readonly placement: Placement;
  readonly counts: Counts;
  /** Tags that mark the instances as the job's. */
  readonly ownTags: Readonly<Record<string, string>>;
  readonly clientToken: string;
}

export function launchRequest(
  input: LaunchInput,
  { placement, counts: { minCount, maxCount }, ownTags, clientToken }: LaunchCall,
): RunInstancesCommandInput {
  const { instanceType, subnetId, isSpot } = placement;
  const { launchTemplate: template, imageId, userData } = input;
  const Tags = Object.entries({ ...input.tags, ...ownTags }).map(([Key, Value]) => ({ Key, Value }));
  return {
    ClientToken: clientToken,
    MinCount: minCount,
    MaxCount: maxCount,
    TagSpecifications: (['instance', 'volume'] as const).map((ResourceType) => ({ ResourceType, Tags })),
    ...(template && { LaunchTemplate: { LaunchTemplateId: template.id, LaunchTemplateName: template.name, Version: template.version } }),
    ...(imageId !== undefined && { ImageId: imageId }),
    ...(instanceType !== undefined && { InstanceType: instanceType as NonNullable<RunInstancesCommandInput['InstanceType']> }),
    ...(subnetId !== undefined && { SubnetId: subnetId }),
    ...(userData !== undefined && { UserData: Buffer.from(userData).toString('base64') }),
    ...(isSpot && {
      InstanceMarketOptions: {
        MarketType: 'spot',
        SpotOptions: { SpotInstanceType: 'one-time', InstanceInterruptionBehavior: 'terminate' },
      },
    }),
  };
}
