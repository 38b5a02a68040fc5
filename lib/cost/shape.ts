/** What a deployment consists of, as far as it costs by being there. `test/stack/cost.test.ts` compares it with the synthesised stack. */
import { defaultTimes } from '../../lambdas/config.ts';
import type { JobTypeContract } from '../../lambdas/core/contract/contract.ts';
import type { DelegationSettings } from '../settings.ts';

export interface Shape {
  readonly settings: DelegationSettings;
  /** The job types that are deployed. */
  readonly types: readonly JobTypeContract[];
  /** Queues that invoke a function: one a type. */
  readonly triggers: number;
  /** Seven about the deployment, three about each type; each looks at one metric. */
  readonly alarms: number;
  readonly dashboards: number;
  /** On the dashboard: eight about the deployment, ten about each type. */
  readonly dashboardMetrics: number;
  /** Made by the stack; somebody else's key is on somebody else's bill. */
  readonly kmsKeys: number;
  /** After which large inputs are deleted: they outlive the longest schedule, a year and a day, as well as the record. */
  readonly objectDays: number;
  /** Between two runs of the clock. */
  readonly clockSeconds: number;
  readonly clockMemoryMiB: number;
  readonly apiMemoryMiB: number;
}

/** @param known all job types there are, also those that the settings disable */
export function shapeOf(settings: DelegationSettings, known: readonly JobTypeContract[]): Shape {
  const types = known.filter(({ name }) => !settings.disabledJobTypes.includes(name));
  return {
    settings,
    types,
    triggers: types.length,
    alarms: 7 + 3 * types.length,
    dashboards: 1,
    dashboardMetrics: 8 + 10 * types.length,
    kmsKeys: settings.encryption === 'own-key' ? 1 : 0,
    objectDays: 2 * 366 + settings.retentionDays,
    clockSeconds: defaultTimes.clockSeconds,
    clockMemoryMiB: 256,
    apiMemoryMiB: 512,
  };
}
