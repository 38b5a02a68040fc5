/** The EC2 actions that Delegation uses, by name. */
import { describeInstanceStatus, describeInstances, findByIds } from './describe.ts';
import { Ec2Error } from './ec2-error.ts';
import { stateOf, stateXml } from './instance.ts';
import { list, type QueryNode, text, texts, type XmlValue } from './query-protocol.ts';
import { runInstances } from './run-instances.ts';
import { assertTagKey } from './run-instances-request.ts';
import type { Ec2State } from './state.ts';

export interface ActionContext {
  readonly nowMs: number;
  readonly region: string;
}

interface Action {
  readonly changes: boolean;
  readonly run: (state: Ec2State, query: Map<string, QueryNode>, context: ActionContext) => XmlValue;
}

export const actions: Readonly<Record<string, Action>> = {
  RunInstances: { changes: true, run: runInstances },
  TerminateInstances: { changes: true, run: (state, query, { nowMs }) => terminateInstances(state, query, nowMs) },
  CreateTags: { changes: true, run: (state, query, { nowMs }) => createTags(state, query, nowMs) },
  DescribeInstances: { changes: false, run: (state, query, { nowMs }) => describeInstances(state, query, nowMs) },
  DescribeInstanceStatus: { changes: false, run: (state, query, { nowMs }) => describeInstanceStatus(state, query, nowMs) },
};

/**
 * All or none, but for protected instances, which keep those in their zone alive and no others; what is ending or has ended stays as it is.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_TerminateInstances.html
 */
function terminateInstances(state: Ec2State, query: Map<string, QueryNode>, nowMs: number): XmlValue {
  const ids = texts(query, 'InstanceId');
  if (ids.length === 0) throw new Ec2Error('MissingParameter', 'The request must contain the parameter InstanceId');
  const found = findByIds(state, ids, nowMs);
  const guarded = found.filter(({ instanceId }) => state.behaviour.protectedInstanceIds.includes(instanceId));
  const zones = guarded.map(({ availabilityZone }) => availabilityZone);
  const changes = found
    .filter(({ availabilityZone }) => !zones.includes(availabilityZone))
    .map((instance) => {
      const before = stateOf(instance, nowMs);
      if (before !== 'shutting-down' && before !== 'terminated') {
        instance.endsAtMs = nowMs;
        instance.terminatedAtMs = nowMs + state.behaviour.terminatedAfterMs;
        instance.stateReason = { code: 'Client.UserInitiatedShutdown', message: 'Client.UserInitiatedShutdown: User initiated shutdown' };
      }
      return { instanceId: instance.instanceId, currentState: stateXml(stateOf(instance, nowMs)), previousState: stateXml(before) };
    });
  const [first] = guarded;
  if (first !== undefined) {
    throw new Ec2Error(
      'OperationNotPermitted',
      `The instance '${first.instanceId}' may not be terminated. Modify its 'disableApiTermination' instance attribute and try again.`,
    );
  }
  return { instancesSet: changes };
}

function createTags(state: Ec2State, query: Map<string, QueryNode>, nowMs: number): XmlValue {
  const tags = list(query, 'Tag').map((tag) => [text(tag, 'Key') ?? '', text(tag, 'Value') ?? ''] as const);
  for (const [key] of tags) assertTagKey(key);
  for (const instance of findByIds(state, texts(query, 'ResourceId'), nowMs)) {
    instance.tags = { ...instance.tags, ...Object.fromEntries(tags) };
  }
  return { return: true };
}
