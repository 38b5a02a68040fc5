/** What other CDK apps use: `new Delegation(this, 'Jobs', { jobTypes: [...] })`. */
export { Delegation, type DelegationProps, defineDeployments } from './delegation.ts';
export { DelegationStack } from './delegation-stack.ts';
export { builtInJobTypes, type JobType } from './job-type.ts';
export type { DelegationSettings, DelegationSettingsInput } from './settings.ts';
