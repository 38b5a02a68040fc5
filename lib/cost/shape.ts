/** The parts of a deployment that cost money while it is idle. `test/stack/cost.test.ts` compares them with the synthesised stack. */
import { defaultTimes } from '../../lambdas/config.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import { deployedInternalTypes } from '../../lambdas/jobs/internal-types.ts';
import { objectDays } from '../object-days.ts';
import { clockMemoryMiB } from '../scale-settings.ts';
import type { DelegationSettings } from '../settings.ts';

export interface Shape {
  readonly settings: DelegationSettings;
  /** The job types that are deployed. */
  readonly types: readonly JobTypeContract[];
  /** The job types of the service itself. */
  readonly internalTypes: readonly JobTypeContract[];
  /** Queues that invoke a function: one for each type, internal ones included. */
  readonly triggers: number;
  /** Nine, one more with events and one with webhooks; each watches one metric. */
  readonly alarms: number;
  readonly dashboards: number;
  /** Metrics on the dashboard: eight for the deployment, nine for each type. */
  readonly dashboardMetrics: number;
  /** Keys that the stack creates; an existing key is not on this bill. */
  readonly kmsKeys: number;
  /** Secrets that the stack creates: one, where webhooks are on. */
  readonly secrets: number;
  /** Age at which large inputs are deleted: they outlive the longest schedule, a year and a day, and the record. */
  readonly objectDays: number;
  /** Seconds between two runs of the clock. */
  readonly clockSeconds: number;
  readonly clockMemoryMiB: number;
  /** Provisioned pollers that are always there. */
  readonly pollers: number;
  readonly apiMemoryMiB: number;
}

/** @param known all existing job types, including those that the settings disable */
export function shapeOf(settings: DelegationSettings, known: readonly JobTypeContract[]): Shape {
  const internalTypes = deployedInternalTypes(settings);
  const types = known.filter(({ name }) => !settings.disabledJobTypes.includes(name));
  return {
    settings,
    types,
    internalTypes,
    triggers: types.length + internalTypes.length,
    alarms: 9 + (settings.events === undefined ? 0 : 1) + (settings.webhooks === undefined ? 0 : 1),
    secrets: settings.webhooks === undefined ? 0 : 1,
    dashboards: settings.metrics === 'types' ? 1 : 0,
    dashboardMetrics: settings.metrics === 'types' ? 8 + 9 * types.length : 0,
    kmsKeys: settings.encryption === 'own-key' ? 1 : 0,
    objectDays: objectDays(settings.retentionDays),
    clockSeconds: defaultTimes.clockSeconds,
    clockMemoryMiB: clockMemoryMiB(settings.clockJobsPerRun),
    pollers: Object.values(settings.pollers).reduce((sum, { min }) => sum + min, 0),
    apiMemoryMiB: 512,
  };
}
