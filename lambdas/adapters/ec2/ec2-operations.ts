/** The operations of EC2 that Delegation calls, under the SDK's names: inputs and outputs are the SDK's. */
import type {
  DescribeInstanceStatusCommandInput,
  DescribeInstanceStatusCommandOutput,
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput,
  EC2ClientResolvedConfig,
  RunInstancesCommandInput,
  RunInstancesCommandOutput,
  ServiceInputTypes,
  ServiceOutputTypes,
  TerminateInstancesCommandInput,
  TerminateInstancesCommandOutput,
} from '@aws-sdk/client-ec2';
import { createPaginator } from '@smithy/core';
import { makeBuilder } from '@smithy/core/client';
import { getEndpointPlugin } from '@smithy/core/endpoints';
import { Ec2Client } from './client.ts';
import { DescribeInstanceStatus, DescribeInstances, RunInstances, TerminateInstances } from './schemas.ts';

/** Where the endpoint's rules find their parameters in the client's settings. */
const endpointParameters = {
  UseFIPS: { type: 'builtInParams', name: 'useFipsEndpoint' },
  Endpoint: { type: 'builtInParams', name: 'endpoint' },
  Region: { type: 'builtInParams', name: 'region' },
  UseDualStack: { type: 'builtInParams', name: 'useDualstackEndpoint' },
} as const;

const build = makeBuilder<EC2ClientResolvedConfig, ServiceInputTypes, ServiceOutputTypes>(
  endpointParameters,
  'AmazonEC2',
  'EC2Client',
  getEndpointPlugin,
);

const command = <Input extends ServiceInputTypes, Output extends ServiceOutputTypes>(schema: typeof RunInstances) =>
  build<Input, Output>({}, () => [], schema[2], schema);

export const RunInstancesCommand = command<RunInstancesCommandInput, RunInstancesCommandOutput>(RunInstances);
export const TerminateInstancesCommand = command<TerminateInstancesCommandInput, TerminateInstancesCommandOutput>(TerminateInstances);
export const DescribeInstanceStatusCommand = command<DescribeInstanceStatusCommandInput, DescribeInstanceStatusCommandOutput>(
  DescribeInstanceStatus,
);
export const DescribeInstancesCommand = command<DescribeInstancesCommandInput, DescribeInstancesCommandOutput>(DescribeInstances);

/** Reads all pages. */
export const paginateDescribeInstances = createPaginator<
  { readonly client: Ec2Client; readonly pageSize?: number },
  DescribeInstancesCommandInput,
  DescribeInstancesCommandOutput
>(Ec2Client, DescribeInstancesCommand, 'NextToken', 'NextToken', 'MaxResults');
