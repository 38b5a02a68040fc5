/**
 * What other CDK apps use: `new Delegation(this, 'Jobs', { jobTypes: [...] })`. What their job types use is in `delegation-aws/contract` and
 * `delegation-aws/worker`, since it is bundled into functions, where CDK has no place.
 */
export { Delegation, type DelegationProps, defineDeployments } from './delegation.ts';
export { DelegationStack } from './delegation-stack.ts';
export { builtInJobTypes, type JobType } from './job-type.ts';
export type { JobMetricProps } from './monitoring/job-metrics.ts';
export type { DelegationSettings, DelegationSettingsInput } from './settings.ts';
