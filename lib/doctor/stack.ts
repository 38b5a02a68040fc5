/** Reads the stack as it is in the account, and reports whether it can be deployed again. */
import {
  type CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  ListStackResourcesCommand,
  type ListStackResourcesCommandOutput,
  type Stack,
} from '@aws-sdk/client-cloudformation';
import { notChecked } from './deploy-failure.ts';
import { type Finding, ok, problem, warning } from './finding.ts';
import { unlessMissing } from './stack-owner.ts';

export interface DeployedStack {
  readonly name: string;
  readonly createdAt: Date;
  readonly outputs: Readonly<Record<string, string>>;
  readonly resources: readonly DeployedResource[];
}

interface DeployedResource {
  readonly logicalId: string;
  readonly physicalId: string;
  readonly type: string;
}

/** @returns `stack` if there is one with resources; `isSettled` if its existence is known and no change is in progress */
export async function lookUpStack(
  cloudFormation: CloudFormationClient,
  name: string,
): Promise<{ readonly stack?: DeployedStack; readonly finding: Finding; readonly isSettled: boolean }> {
  try {
    const found = await findStack(cloudFormation, name);
    if (found === undefined) return { finding: ok(`The stack ${name} is not deployed yet.`), isSettled: true };
    const finding = await statusFinding(cloudFormation, name, found);
    const isThere = /^(CREATE_COMPLETE|(UPDATE|IMPORT)_.*)$/.test(found.StackStatus ?? '');
    const isSettled = !isChanging(found.StackStatus);
    if (!isThere) return { finding, isSettled };
    const outputs = Object.fromEntries((found.Outputs ?? []).map(({ OutputKey = '', OutputValue = '' }) => [OutputKey, OutputValue]));
    const resources = await resourcesOf(cloudFormation, name);
    return { stack: { name, createdAt: found.CreationTime ?? new Date(0), outputs, resources }, finding, isSettled };
  } catch (error) {
    return { finding: notChecked(`Whether the stack ${name} is deployed`, error), isSettled: false };
  }
}

/** A stack in review has a name and no resources. */
const isChanging = (status = ''): boolean => status.endsWith('_IN_PROGRESS') && status !== 'REVIEW_IN_PROGRESS';

async function findStack(cloudFormation: CloudFormationClient, StackName: string): Promise<Stack | undefined> {
  const { Stacks = [] } = (await unlessMissing(cloudFormation.send(new DescribeStacksCommand({ StackName })))) ?? {};
  return Stacks[0];
}

async function statusFinding(cloudFormation: CloudFormationClient, name: string, { StackStatus, CreationTime }: Stack): Promise<Finding> {
  const status: string = StackStatus ?? '';
  const events = [
    `aws cloudformation describe-stack-events --stack-name ${name} --output table --query "StackEvents[?contains(ResourceStatus,'FAILED')].[LogicalResourceId,ResourceStatusReason]"`,
  ];
  if (/^(CREATE|UPDATE|IMPORT)_COMPLETE$/.test(status))
    return ok(`The stack ${name} is deployed (${status}, created ${CreationTime?.toISOString()}).`);
  if (status === 'REVIEW_IN_PROGRESS') return ok(`The stack ${name} has a name but no resources yet (${status}).`);
  const why = await firstFailure(cloudFormation, name);
  if (/^(UPDATE|IMPORT)_ROLLBACK_COMPLETE$/.test(status)) {
    return warning(`The last change of the stack ${name} failed and was rolled back (${status}).${why}`, {
      advice: 'The previous deployment is running. Fix the cause and deploy again.',
      commands: events,
    });
  }
  if (status === 'ROLLBACK_COMPLETE') {
    return warning(`The first deploy of ${name} failed (${status}).${why}`, {
      advice: 'Fix the cause and deploy again: cdk deploy first removes what is left.',
      commands: events,
    });
  }
  if (isChanging(status)) {
    const found = `The stack ${name} is being changed (${status}), so neither names nor leftovers of earlier stacks were checked.`;
    return warning(found, { advice: 'Wait until the change ends, then run the doctor again.' });
  }
  if (status === 'UPDATE_ROLLBACK_FAILED') {
    return problem(`The rollback of the stack ${name} is stuck (${status}), so it cannot be deployed.${why}`, {
      advice: 'Fix the cause, then let CloudFormation finish the rollback.',
      commands: [...events, `npx cdk rollback ${name}`],
    });
  }
  return problem(`The stack ${name} is broken (${status}), so it cannot be deployed.${why}`, {
    advice: 'Fix the cause and delete it. By default its table and its bucket stay.',
    commands: [...events, `npx cdk destroy ${name}`],
  });
}

/** The oldest failure of the last operation is its cause; the later ones follow from it. */
async function firstFailure(cloudFormation: CloudFormationClient, StackName: string): Promise<string> {
  try {
    const { StackEvents = [] } = await cloudFormation.send(new DescribeStackEventsCommand({ StackName }));
    const began = StackEvents.findIndex(
      ({ ResourceType, ResourceStatus = '' }) =>
        ResourceType === 'AWS::CloudFormation::Stack' && /^(CREATE|UPDATE|DELETE)_IN_PROGRESS$/.test(ResourceStatus),
    );
    const last = began < 0 ? StackEvents : StackEvents.slice(0, began);
    const failed = last
      .filter(
        ({ ResourceStatus = '', ResourceStatusReason = '' }) => /FAILED$/.test(ResourceStatus) && !/cancelled/i.test(ResourceStatusReason),
      )
      .at(-1);
    return failed === undefined ? '' : ` First failure: ${failed.LogicalResourceId}: ${failed.ResourceStatusReason}`;
  } catch {
    return ''; // it only adds detail: the command is printed in any case
  }
}

async function resourcesOf(cloudFormation: CloudFormationClient, StackName: string): Promise<readonly DeployedResource[]> {
  const found: DeployedResource[] = [];
  let page: ListStackResourcesCommandOutput | undefined;
  do {
    page = await cloudFormation.send(
      new ListStackResourcesCommand({ StackName, ...(page === undefined ? {} : { NextToken: page.NextToken }) }),
    );
    for (const { LogicalResourceId = '', PhysicalResourceId = '', ResourceType = '' } of page.StackResourceSummaries ?? [])
      found.push({ logicalId: LogicalResourceId, physicalId: PhysicalResourceId, type: ResourceType });
  } while (page.NextToken !== undefined);
  return found;
}
