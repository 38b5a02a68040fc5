/** What not every region has, of what the stack would use. */
import { Token } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';

/** The partitions whose templates are tested. In others nothing was ever synthesised, and services have other names. */
export const supportedPartitions: readonly string[] = ['aws', 'aws-cn', 'aws-us-gov'];

/**
 * Where CloudFormation does not know `AWS::Budgets::Budget`: "Unrecognized resource types", before anything is made.
 * `npm run test:template` compares the list with the resource types that AWS's own linter carries for each region.
 */
export const regionsWithoutBudgets: readonly string[] = [
  'af-south-1',
  'ap-east-1',
  'ap-east-2',
  'ap-northeast-3',
  'ap-south-2',
  'ap-southeast-3',
  'ap-southeast-4',
  'ap-southeast-5',
  'ap-southeast-6',
  'ap-southeast-7',
  'ca-west-1',
  'eu-central-2',
  'eu-north-1',
  'eu-south-1',
  'eu-south-2',
  'il-central-1',
  'me-central-1',
  'mx-central-1',
  'us-gov-east-1',
  'us-gov-west-1',
];

/** @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html#invocation-recursion-regions */
const regionsWithoutLoopDetection: readonly string[] = ['ap-southeast-6', 'mx-central-1'];

/** Returns whether budgets can be part of a stack there; of a region that only the deployment knows, that they can. */
export function hasBudgets(region: string): boolean {
  return !regionsWithoutBudgets.includes(region);
}

/**
 * Returns whether Lambda stops loops of functions there, and so knows the setting against it. Where it does not, the call that makes the
 * setting is refused ("Unable to determine service/operation name to be authorized"), and the function with it.
 */
export function hasLoopDetection(region: string): boolean {
  return (partitionOf(region) ?? 'aws') === 'aws' && !regionsWithoutLoopDetection.includes(region);
}

/** Returns undefined where CDK does not know the region, or only the deployment does. */
export function partitionOf(region: string): string | undefined {
  return Token.isUnresolved(region) ? undefined : RegionInfo.get(region).partition;
}

/** Returns what addresses end in, such as `amazonaws.com`; undefined likewise. */
export function suffixOf(region: string): string | undefined {
  return Token.isUnresolved(region) ? undefined : RegionInfo.get(region).domainSuffix;
}
