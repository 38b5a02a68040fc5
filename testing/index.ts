/** For tests of job types: `testKit` runs a worker on the real engine, in memory, with a time that the test moves. */

export { killAnywhere } from './kill-anywhere.ts';
export type { KillPoint, Phase, WorkerMoment } from './kills.ts';
export { PointNotReachedError, RequestRefusedError } from './kit-errors.ts';
export type { JobTypeUnderTest, LogLine } from './memory-deployment.ts';
export type { Operation } from './operations.ts';
export { type JobResource, type TestFile, TestJob } from './test-job.ts';
export {
  type SignalOptions,
  type SubmitOptions,
  TestKit,
  type TestKitOptions,
  testKit,
  type UploadOptions,
} from './test-kit.ts';
