/** `DescribeInstances` and `DescribeInstanceStatus`: filters, pages, and what is not known (yet, or any more). */
import { Ec2Error } from './ec2-error.ts';
import { type Instance, instanceXml, isVisible, stateOf, stateXml } from './instance.ts';
import { list, type QueryNode, text, texts, type XmlValue } from './query-protocol.ts';
import type { Ec2State } from './state.ts';

export function describeInstances(state: Ec2State, query: Map<string, QueryNode>, nowMs: number): XmlValue {
  const { page, nextToken } = paginate(selectInstances(state, query, nowMs), query);
  const reservations = Map.groupBy(page, ({ reservationId }) => reservationId);
  return {
    reservationSet: [...reservations].map(([reservationId, instances]) => ({
      reservationId,
      ownerId: '000000000000',
      groupSet: [],
      instancesSet: instances.map((instance) => instanceXml(instance, nowMs)),
    })),
    nextToken,
  };
}

/** Knows only running instances, unless it is asked for all. */
export function describeInstanceStatus(state: Ec2State, query: Map<string, QueryNode>, nowMs: number): XmlValue {
  const all = text(query, 'IncludeAllInstances') === 'true';
  const found = selectInstances(state, query, nowMs).filter((instance) => all || stateOf(instance, nowMs) === 'running');
  const { page, nextToken } = paginate(found, query);
  return {
    instanceStatusSet: page.map((instance) => {
      const status = checkStatus(instance, nowMs);
      const summary = { status, details: [{ name: 'reachability', status: status === 'ok' ? 'passed' : status }] };
      return {
        instanceId: instance.instanceId,
        availabilityZone: instance.availabilityZone,
        instanceState: stateXml(stateOf(instance, nowMs)),
        instanceStatus: summary,
        systemStatus: summary,
      };
    }),
    nextToken,
  };
}

/** @returns those with the ids, in that order @throws Ec2Error for unknown ids */
export function findByIds(state: Ec2State, ids: readonly string[], nowMs: number): readonly Instance[] {
  const found = ids.map((id) => state.instances[id]);
  const unknown = ids.filter((_, index) => {
    const instance = found[index];
    return instance === undefined || !isVisible(instance, nowMs, state.behaviour.forgottenAfterMs);
  });
  if (unknown.length === 0) return found.filter((instance) => instance !== undefined);
  const [noun, verb] = unknown.length === 1 ? ['ID', 'does'] : ['IDs', 'do'];
  throw new Ec2Error('InvalidInstanceID.NotFound', `The instance ${noun} '${unknown.join(', ')}' ${verb} not exist`);
}

function selectInstances(state: Ec2State, query: Map<string, QueryNode>, nowMs: number): readonly Instance[] {
  const ids = texts(query, 'InstanceId');
  if (ids.length > 0 && text(query, 'MaxResults') !== undefined) {
    throw new Ec2Error('InvalidParameterCombination', 'The parameter instancesSet cannot be used with the parameter maxResults');
  }
  const known = Object.values(state.instances).filter((one) => isVisible(one, nowMs, state.behaviour.forgottenAfterMs));
  const filters = list(query, 'Filter').map((filter) => toPredicate(text(filter, 'Name') ?? '', texts(filter, 'Value'), nowMs));
  return (ids.length > 0 ? findByIds(state, ids, nowMs) : known).filter((instance) => filters.every((matches) => matches(instance)));
}

function toPredicate(name: string, values: readonly string[], nowMs: number): (instance: Instance) => boolean {
  const patterns = values.map(wildcard);
  const read = fieldReader(name, nowMs);
  return (instance) => read(instance).some((field) => patterns.some((pattern) => pattern.test(field)));
}

function fieldReader(name: string, nowMs: number): (instance: Instance) => readonly string[] {
  if (name.startsWith('tag:')) return ({ tags }) => (Object.hasOwn(tags, name.slice(4)) ? [tags[name.slice(4)] as string] : []);
  switch (name) {
    case 'instance-id':
      return ({ instanceId }) => [instanceId];
    case 'instance-state-name':
      return (instance) => [stateOf(instance, nowMs)];
    case 'client-token':
      return ({ clientToken }) => [clientToken];
    case 'instance-type':
      return ({ instanceType }) => [instanceType];
    case 'subnet-id':
      return ({ subnetId }) => [subnetId];
    case 'tag-key':
      return ({ tags }) => Object.keys(tags);
    default:
      throw new Ec2Error('InvalidParameterValue', `The filter '${name}' is invalid`);
  }
}

/** `*` and `?` as in EC2's filters. */
function wildcard(value: string): RegExp {
  const escaped = value.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replace(/\*/g, '.*').replace(/\?/g, '.')}$`, 's');
}

/** The token names where the next page begins. */
function paginate(found: readonly Instance[], query: Map<string, QueryNode>): { page: readonly Instance[]; nextToken: string | undefined } {
  const size = Number(text(query, 'MaxResults') ?? 1_000);
  if (!Number.isInteger(size) || size < 5 || size > 1_000) {
    throw new Ec2Error('InvalidParameterValue', `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value from 5 to 1000.`);
  }
  const token = text(query, 'NextToken');
  const from = token === undefined ? 0 : Number(Buffer.from(token, 'base64url').toString());
  if (!Number.isInteger(from)) throw new Ec2Error('InvalidNextToken', 'The token is invalid');
  const to = from + size;
  return { page: found.slice(from, to), nextToken: to < found.length ? Buffer.from(String(to)).toString('base64url') : undefined };
}

function checkStatus(instance: Instance, nowMs: number): string {
  if (stateOf(instance, nowMs) !== 'running') return 'not-applicable';
  return nowMs >= instance.statusOkAtMs ? 'ok' : 'initializing';
}
