/** The deployment that is examined, read from its settings. */
import type { DelegationProps } from '../delegation.ts';
import { builtInJobTypes } from '../job-type.ts';
import { parseSettings } from '../parse-settings.ts';
import type { DelegationSettings } from '../settings.ts';

export interface Subject {
  readonly settings: DelegationSettings;
  /** Whether a job type is deployed. */
  readonly has: (type: string) => boolean;
  /** ARNs of keys that workers may use. */
  readonly keys: { readonly tables: readonly string[]; readonly sources: readonly string[]; readonly volumes: readonly string[] };
}

/** @throws DeploymentError that names the wrong setting */
export function subjectOf({ jobTypes = builtInJobTypes, ...input }: DelegationProps): Subject {
  const types = jobTypes.map(({ contract }) => contract.name);
  const settings = parseSettings(input, types);
  const has = (type: string) => types.includes(type) && !settings.disabledJobTypes.includes(type);
  const { tableKeys: tables, sourceKeys: sources, ec2 } = settings;
  return { settings, has, keys: { tables, sources, volumes: ec2.volumeKeys } };
}
