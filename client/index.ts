/** The client of Delegation, for Node.js and browsers. It depends on nothing. */
export { type Auth, bearer, type UnsignedRequest } from './auth.ts';
export { DelegationError, type DelegationErrorKind, is, JobCancelled, JobFailed, ProblemError, StillRunning } from './client-errors.ts';
export {
  type BatchItem,
  type BatchResult,
  type BulkFilter,
  type BulkOptions,
  type BulkPreview,
  type Client,
  type ClientOptions,
  createClient,
  type JobFilter,
  type SubmitOptions,
  type UploadOptions,
} from './create-client.ts';
export type { JobHandle, RetryChanges, SignalOptions, WaitOptions } from './job-handle.ts';
export type { List, Page } from './job-list.ts';
export type { ProblemName } from './problem-names.ts';
export type { Job, JobStatus, Schedule } from './shown-job.ts';
export { type AwsCredentials, type SigV4Options, sigv4 } from './sigv4.ts';
export type { AnyJobTypes, InputOf, JobTypes, ResultOf } from './typed-jobs.ts';
export { ExactNumber, parseExact, stringifyExact } from './unrounded-json.ts';
