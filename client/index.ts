/** The client of Delegation, for Node.js and browsers. It depends on nothing. */
export { type Auth, bearer, type UnsignedRequest } from './auth.ts';
export { DelegationError, type DelegationErrorKind, is, JobCancelled, JobFailed, ProblemError, StillRunning } from './client-errors.ts';
export type { ClientOptions } from './client-options.ts';
export { type Client, createClient } from './create-client.ts';
export type { BatchItem, BatchOptions, BatchResult, GroupBatch } from './job-batch.ts';
export type { JobHandle, SignalOptions, WaitOptions } from './job-handle.ts';
export type { List, Page } from './job-list.ts';
export type { GroupMembers, JobMembers, RetryChanges, SubmitOptions } from './job-members.ts';
export { describeJob } from './job-sentence.ts';
export type { BulkFilter, BulkOptions, BulkPreview, JobFilter } from './list-filter.ts';
export type { ProblemName } from './problem-names.ts';
export type { Group, Job, JobStatus, Me, Schedule } from './shown-job.ts';
export { type AwsCredentials, type SigV4Options, sigv4 } from './sigv4.ts';
export type { AnyJobTypes, InputOf, JobTypes, ResultOf } from './typed-jobs.ts';
export { ExactNumber, parseExact, stringifyExact } from './unrounded-json.ts';
export type { UploadedContent, UploadOptions } from './upload-content.ts';
