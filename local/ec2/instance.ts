/** One instance: a few moments, from which its state at any time follows. */
import { createHash } from 'node:crypto';
import type { XmlValue } from './query-protocol.ts';

export const dayMs = 86_400_000;

export interface Instance {
  readonly instanceId: string;
  readonly reservationId: string;
  readonly clientToken: string;
  readonly instanceType: string;
  readonly imageId: string;
  readonly subnetId: string;
  readonly availabilityZone: string;
  readonly privateIpAddress: string;
  /** It has it once it runs. */
  readonly publicIpAddress?: string;
  readonly isSpot: boolean;
  readonly launchedAtMs: number;
  readonly visibleAtMs: number;
  readonly runningAtMs: number;
  readonly statusOkAtMs: number;
  tags: Readonly<Record<string, string>>;
  /** Since when it is shutting down, or will be: an end of its own lies in the future. */
  endsAtMs?: number;
  terminatedAtMs?: number;
  stateReason?: { readonly code: string; readonly message: string };
  /** When it stops on its own. */
  readonly stopsAtMs?: number;
}

/** @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InstanceState.html */
export const stateCodes = { pending: 0, running: 16, 'shutting-down': 32, terminated: 48, stopping: 64, stopped: 80 } as const;
export type InstanceStateName = keyof typeof stateCodes;

export function stateOf(instance: Instance, nowMs: number): InstanceStateName {
  const { terminatedAtMs = Infinity, endsAtMs = Infinity, stopsAtMs = Infinity, runningAtMs } = instance;
  if (nowMs >= terminatedAtMs) return 'terminated';
  if (nowMs >= endsAtMs) return 'shutting-down';
  if (nowMs >= stopsAtMs) return 'stopped';
  return nowMs >= runningAtMs ? 'running' : 'pending';
}

/** Whether `Describe…` knows it at that moment. */
export function isVisible({ visibleAtMs, terminatedAtMs = Infinity }: Instance, nowMs: number, forgottenAfterMs: number): boolean {
  return nowMs >= visibleAtMs && nowMs < terminatedAtMs + forgottenAfterMs;
}

export function stateXml(name: InstanceStateName): XmlValue {
  return { code: stateCodes[name], name };
}

export function instanceXml(instance: Instance, nowMs: number): XmlValue {
  const state = stateOf(instance, nowMs);
  const isGone = state === 'terminated';
  const hasEnded = isGone || state === 'shutting-down' || state === 'stopped';
  return {
    instanceId: instance.instanceId,
    imageId: instance.imageId,
    instanceState: stateXml(state),
    reason: hasEnded ? instance.stateReason?.message : undefined,
    stateReason: hasEnded ? instance.stateReason : undefined,
    instanceType: instance.instanceType,
    instanceLifecycle: instance.isSpot ? 'spot' : undefined,
    launchTime: new Date(instance.launchedAtMs).toISOString(),
    placement: { availabilityZone: instance.availabilityZone, tenancy: 'default' },
    clientToken: instance.clientToken,
    subnetId: isGone ? undefined : instance.subnetId,
    privateIpAddress: isGone ? undefined : instance.privateIpAddress,
    ipAddress: state === 'running' ? instance.publicIpAddress : undefined,
    tagSet: Object.entries(instance.tags).map(([key, value]) => ({ key, value })),
  };
}

/** The same subnet is always in the same zone. */
export function zoneOf(subnetId: string, region: string): string {
  const [byte = 0] = createHash('sha256').update(subnetId).digest();
  return `${region}${'abc'[byte % 3]}`;
}
