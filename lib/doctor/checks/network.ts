/** Checks whether workers in a VPC reach the services that they need. If they do not, each job waits for its time-out without an error. */
import {
  DescribeRouteTablesCommand,
  DescribeSecurityGroupsCommand,
  DescribeSubnetsCommand,
  DescribeVpcEndpointsCommand,
  type EC2Client,
  type RouteTable,
} from '@aws-sdk/client-ec2';
import { type Finding, ok, problem } from '../finding.ts';

interface Network {
  readonly vpcId: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
}

/** @param services names as in those of endpoints, such as `dynamodb` */
export async function network(
  ec2: EC2Client,
  { vpcId, subnetIds, securityGroupIds }: Network,
  services: readonly string[],
): Promise<readonly Finding[]> {
  const inVpc = { Name: 'vpc-id', Values: [vpcId] };
  const [{ Subnets = [] }, { SecurityGroups = [] }, { RouteTables = [] }, { VpcEndpoints = [] }] = await Promise.all([
    ec2.send(new DescribeSubnetsCommand({ Filters: [inVpc] })),
    ec2.send(new DescribeSecurityGroupsCommand({ Filters: [inVpc] })),
    ec2.send(new DescribeRouteTablesCommand({ Filters: [inVpc] })),
    ec2.send(new DescribeVpcEndpointsCommand({ Filters: [inVpc] })),
  ]);
  const missing = [
    ...subnetIds.filter((id) => !Subnets.some(({ SubnetId }) => SubnetId === id)),
    ...securityGroupIds.filter((id) => !SecurityGroups.some(({ GroupId }) => GroupId === id)),
  ];
  if (missing.length > 0)
    return [problem(`Not in ${vpcId} of this region: ${missing.join(', ')}.`, { advice: 'Correct vpc in the settings.' })];
  const endpoints = VpcEndpoints.filter(({ State = 'available' }) => State.toLowerCase() === 'available');
  return subnetIds.map((id) => {
    const table = tableOf(RouteTables, id);
    const route = defaultRouteOf(table);
    if (route === 'private') return ok(`${id} has a route to the internet (its default route).`);
    const unreachable = services.filter(
      (service) =>
        !endpoints.some(
          ({ ServiceName = '', VpcEndpointType, RouteTableIds = [] }) =>
            ServiceName.endsWith(`.${service}`) && (VpcEndpointType !== 'Gateway' || RouteTableIds.includes(table?.RouteTableId ?? '')),
        ),
    );
    if (unreachable.length === 0) return ok(`${id} reaches ${services.join(', ')} through endpoints.`);
    const why =
      route === 'public'
        ? 'Its default route leads to an internet gateway, which functions cannot use, since they have no public address.'
        : 'It has no default route.';
    return problem(`From ${id} there is no route to ${unreachable.join(', ')}. ${why}`, {
      advice:
        'Each job would wait for its time-out. Route through a NAT gateway, or create endpoints (those of S3 and DynamoDB cost nothing).',
      commands: unreachable.map((service) => `aws ec2 describe-vpc-endpoint-services --filters Name=service-name,Values=*.${service}`),
    });
  });
}

/** @returns the route table of a subnet: its own, or the main one of the VPC */
function tableOf(tables: readonly RouteTable[], subnetId: string): RouteTable | undefined {
  const has = (test: (association: NonNullable<RouteTable['Associations']>[number]) => boolean) =>
    tables.find(({ Associations = [] }) => Associations.some(test));
  return has(({ SubnetId }) => SubnetId === subnetId) ?? has(({ Main }) => Main === true);
}

function defaultRouteOf(table: RouteTable | undefined): 'private' | 'public' | 'none' {
  const route = (table?.Routes ?? []).find(
    ({ DestinationCidrBlock, State }) => DestinationCidrBlock === '0.0.0.0/0' && State !== 'blackhole',
  );
  if (route === undefined) return 'none';
  return route.GatewayId?.startsWith('igw-') ? 'public' : 'private';
}
