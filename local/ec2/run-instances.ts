/** `RunInstances`: all instances or none below MinCount, and once per client token. */
import { randomBytes } from 'node:crypto';
import { meetFault } from './behaviour.ts';
import { Ec2Error, faultMessage } from './ec2-error.ts';
import { type Instance, instanceXml, stateOf, zoneOf } from './instance.ts';
import type { QueryNode, XmlValue } from './query-protocol.ts';
import { type LaunchRequest, readRequest } from './run-instances-request.ts';
import type { Ec2State, Reservation } from './state.ts';

interface LaunchContext {
  readonly nowMs: number;
  readonly region: string;
}

export function runInstances(state: Ec2State, query: Map<string, QueryNode>, context: LaunchContext): XmlValue {
  const { nowMs } = context;
  const request = readRequest(query);
  const known = knownReservation(state, request.clientToken, nowMs);
  if (known !== undefined && known.fingerprint !== request.fingerprint) {
    throw new Ec2Error(
      'IdempotentParameterMismatch',
      'The request uses the same client token as a previous, but non-identical request. Do not reuse a client token with different requests, unless the requests are identical',
    );
  }
  if (known?.instanceIds.some((id) => hasEnded(state.instances[id], nowMs)) === true) {
    throw new Ec2Error(
      'IdempotentInstanceTerminated',
      'The client token you have provided is associated with a terminated instance. Please use a different client token.',
    );
  }
  const reservation = known ?? launch(state, request, context);
  const instances = reservation.instanceIds.flatMap((id) => state.instances[id] ?? []);
  return {
    reservationId: reservation.reservationId,
    ownerId: '000000000000',
    groupSet: [],
    instancesSet: instances.map((instance) => instanceXml(instance, nowMs)),
  };
}

function knownReservation(state: Ec2State, clientToken: string, nowMs: number): Reservation | undefined {
  const known = state.reservations[clientToken];
  return known !== undefined && nowMs - known.atMs < state.behaviour.tokensForgottenAfterMs ? known : undefined;
}

function hasEnded(instance: Instance | undefined, nowMs: number): boolean {
  return instance !== undefined && ['shutting-down', 'terminated'].includes(stateOf(instance, nowMs));
}

function launch(state: Ec2State, request: LaunchRequest, { nowMs, region }: LaunchContext): Reservation {
  const { instanceType, subnetId, isSpot, clientToken } = request;
  const target = { action: 'RunInstances', instanceType, subnetId, market: isSpot ? 'spot' : 'on-demand' } as const;
  const fault = meetFault(state.behaviour.faults, target, ({ code }) => code !== undefined);
  if (fault?.met.code !== undefined) {
    state.behaviour = { ...state.behaviour, faults: fault.left };
    throw new Ec2Error(fault.met.code, fault.met.message ?? faultMessage(fault.met.code));
  }
  const count = Math.min(request.maxCount, freeCapacity(state, instanceType, nowMs));
  if (count < request.minCount) {
    throw new Ec2Error(
      'InsufficientInstanceCapacity',
      `We currently do not have sufficient ${instanceType} capacity. (${count} would fit.)`,
    );
  }
  const reservationId = `r-${randomHex()}`;
  const instances = Array.from({ length: count }, () => newInstance(state, request, { reservationId, nowMs, region }));
  for (const instance of instances) state.instances[instance.instanceId] = instance;
  const instanceIds = instances.map(({ instanceId }) => instanceId);
  const reservation = { reservationId, clientToken, fingerprint: request.fingerprint, atMs: nowMs, instanceIds };
  state.reservations[clientToken] = reservation;
  return reservation;
}

function newInstance(
  state: Ec2State,
  request: LaunchRequest,
  { reservationId, nowMs, region }: LaunchContext & Pick<Instance, 'reservationId'>,
): Instance {
  const { behaviour } = state;
  const { instanceType, imageId, subnetId, isSpot, tags, clientToken } = request;
  const number = state.launched++;
  const host = `${Math.floor(number / 250) % 256}.${4 + (number % 250)}`;
  const isPublic = behaviour.publicSubnetIds.includes(subnetId);
  const instance = {
    instanceId: `i-${randomHex()}`,
    reservationId,
    clientToken,
    instanceType,
    imageId,
    subnetId,
    availabilityZone: zoneOf(subnetId, region),
    privateIpAddress: `10.0.${host}`,
    ...(isPublic ? { publicIpAddress: `203.0.113.${1 + (number % 254)}` } : {}),
    isSpot,
    launchedAtMs: nowMs,
    visibleAtMs: nowMs + behaviour.visibleAfterMs,
    runningAtMs: nowMs + behaviour.runningAfterMs,
    statusOkAtMs: nowMs + Math.max(behaviour.runningAfterMs, behaviour.statusOkAfterMs),
    tags,
  };
  return { ...instance, ...ownEnd(state, request, nowMs) };
}

function ownEnd(
  state: Ec2State,
  { instanceType, subnetId, isSpot }: LaunchRequest,
  nowMs: number,
): Pick<Instance, 'endsAtMs' | 'terminatedAtMs' | 'stopsAtMs' | 'stateReason'> {
  const { deaths } = state.behaviour;
  const market = isSpot ? 'spot' : 'on-demand';
  const death = deaths.find(
    (candidate) =>
      (candidate.instanceType ?? instanceType) === instanceType &&
      (candidate.subnetId ?? subnetId) === subnetId &&
      (candidate.market ?? market) === market,
  );
  if (death === undefined) return {};
  const left = deaths.flatMap((other) => (other !== death ? [other] : other.times > 1 ? [{ ...other, times: other.times - 1 }] : []));
  state.behaviour = { ...state.behaviour, deaths: left };
  const atMs = nowMs + death.afterMs;
  const stateReason = { code: death.code, message: death.message };
  return death.state === 'stopped' ? { stopsAtMs: atMs, stateReason } : { endsAtMs: atMs, terminatedAtMs: atMs, stateReason };
}

function freeCapacity(state: Ec2State, instanceType: string, nowMs: number): number {
  const inUse = Object.values(state.instances).filter((one) => one.instanceType === instanceType && stateOf(one, nowMs) !== 'terminated');
  return Math.max(0, (state.behaviour.capacity[instanceType] ?? Infinity) - inUse.length);
}

const randomHex = () => randomBytes(9).toString('hex').slice(0, 17);
