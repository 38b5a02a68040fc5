/** Whether workers in a VPC reach the services that they need. Where they do not, each job waits for its time-out in silence. */
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

/** @param services such as `dynamodb`, as endpoints are named */
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
    const way = wayOut(table);
    if (way === 'private') return ok(`${id} has a way out (its default route).`);
    const unreachable = services.filter(
      (service) =>
        !endpoints.some(
          ({ ServiceName = '', VpcEndpointType, RouteTableIds = [] }) =>
            ServiceName.endsWith(`.${service}`) && (VpcEndpointType !== 'Gateway' || RouteTableIds.includes(table?.RouteTableId ?? '')),
        ),
    );
    if (unreachable.length === 0) return ok(`${id} reaches ${services.join(', ')} through endpoints.`);
    const why =
      way === 'public'
        ? 'Its default route leads to an internet gateway, which functions cannot use, since they have no public address.'
        : 'It has no default route.';
    return problem(`From ${id} there is no way to ${unreachable.join(', ')}. ${why}`, {
      advice:
        'Each job would wait for its time-out. Route through a NAT gateway, or make endpoints (those of S3 and DynamoDB cost nothing).',
      commands: unreachable.map((service) => `aws ec2 describe-vpc-endpoint-services --filters Name=service-name,Values=*.${service}`),
    });
  });
}

/** A subnet without a table of its own has the main one of the VPC. */
function tableOf(tables: readonly RouteTable[], subnetId: string): RouteTable | undefined {
  const has = (test: (association: NonNullable<RouteTable['Associations']>[number]) => boolean) =>
    tables.find(({ Associations = [] }) => Associations.some(test));
  return has(({ SubnetId }) => SubnetId === subnetId) ?? has(({ Main }) => Main === true);
}

function wayOut(table: RouteTable | undefined): 'private' | 'public' | 'none' {
  const route = (table?.Routes ?? []).find(
    ({ DestinationCidrBlock, State }) => DestinationCidrBlock === '0.0.0.0/0' && State !== 'blackhole',
  );
  if (route === undefined) return 'none';
  return route.GatewayId?.startsWith('igw-') ? 'public' : 'private';
}
