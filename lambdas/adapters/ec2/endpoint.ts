/** Where EC2 is: the rules of the SDK's own client. A test compares them in every region. */
import { partition } from '@aws-sdk/core/client';

/** Named as EC2's endpoint rules name their parameters. */
export interface EndpointParameters {
  readonly Region?: string;
  readonly UseFIPS?: boolean;
  readonly UseDualStack?: boolean;
  /** Overrides the others, as `AWS_ENDPOINT_URL` and `AWS_ENDPOINT_URL_EC2` do. */
  readonly Endpoint?: string;
}

/** @throws Error when no region is set, or where there is no such endpoint */
export function resolveEndpoint(parameters: EndpointParameters): { url: URL } {
  return { url: new URL(parameters.Endpoint === undefined ? regional(parameters) : custom(parameters)) };
}

function custom({ Endpoint = '', UseFIPS, UseDualStack }: EndpointParameters): string {
  if (UseFIPS) throw new Error('Invalid Configuration: FIPS and custom endpoint are not supported');
  if (UseDualStack) throw new Error('Invalid Configuration: Dualstack and custom endpoint are not supported');
  return Endpoint;
}

function regional({ Region, UseFIPS = false, UseDualStack = false }: EndpointParameters): string {
  if (Region === undefined) throw new Error('Invalid Configuration: Missing Region');
  const { name, supportsFIPS, supportsDualStack, dnsSuffix, dualStackDnsSuffix } = partition(Region);
  const isMissing = (UseFIPS && !supportsFIPS) || (UseDualStack && !supportsDualStack);
  if (isMissing && UseFIPS && UseDualStack) {
    throw new Error('FIPS and DualStack are enabled, but this partition does not support one or both');
  }
  if (isMissing)
    throw new Error(`${UseFIPS ? 'FIPS' : 'DualStack'} is enabled but this partition does not support ${UseFIPS ? 'FIPS' : 'DualStack'}`);
  // The only endpoint in GovCloud conforms to FIPS.
  const isGovCloud = name === 'aws-us-gov' && !UseDualStack;
  return `https://ec2${UseFIPS && !isGovCloud ? '-fips' : ''}.${Region}.${UseDualStack ? dualStackDnsSuffix : dnsSuffix}`;
}
