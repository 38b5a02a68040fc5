/** Finds the stack that owns a resource: only a resource without a stack may be removed. */
import { type CloudFormationClient, DescribeStackResourcesCommand, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';

/**
 * Asks CloudFormation, which knows the stacks of its region, in any state.
 * @param PhysicalResourceId such as the name of a table
 * @returns the stack's name, unless no stack has the resource, or the one that had it is deleted
 */
export async function stackThatOwns(cloudFormation: CloudFormationClient, PhysicalResourceId: string): Promise<string | undefined> {
  const { StackResources: [resource] = [] } =
    (await unlessMissing(cloudFormation.send(new DescribeStackResourcesCommand({ PhysicalResourceId })))) ?? {};
  if (resource === undefined) return undefined;
  const { StackName: name = '', StackId: id = name } = resource;
  // CloudFormation remembers deleted stacks for 90 days, by their ids.
  const { Stacks: [stack] = [] } = (await unlessMissing(cloudFormation.send(new DescribeStacksCommand({ StackName: id })))) ?? {};
  return stack === undefined || stack.StackStatus === 'DELETE_COMPLETE' ? undefined : name;
}

/** @returns undefined if CloudFormation has no such stack, which it reports in the same way for a name, an id and a resource */
export async function unlessMissing<T>(answer: Promise<T>): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ValidationError' && /does not exist/.test(error.message)) return undefined;
    throw error;
  }
}
