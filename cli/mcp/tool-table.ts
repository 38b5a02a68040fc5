/** All tools of the server, in the order in which it lists them. */
import { cancelJob } from './cancel-tool.ts';
import { searchDocs } from './docs-tool.ts';
import { explainFailure } from './failure-tool.ts';
import { getJob, listJobs, waitForJob } from './job-tools.ts';
import { getResult } from './result-tool.ts';
import { submitJob } from './submit-tool.ts';
import type { Tool } from './tool.ts';
import { describeJobType, listJobTypes } from './type-tools.ts';

export const tools: readonly Tool[] = [
  listJobTypes,
  describeJobType,
  submitJob,
  getJob,
  waitForJob,
  listJobs,
  getResult,
  cancelJob,
  explainFailure,
  searchDocs,
];
