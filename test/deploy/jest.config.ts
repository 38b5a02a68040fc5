import type { Config } from 'jest';
import base from '../../jest.config.ts';

const [project] = base.projects as readonly object[];

/** The end-to-end suite against what is deployed, and what only a deployment has. */
export default {
  ...project,
  rootDir: '../..',
  displayName: 'deploy',
  testMatch: [
    '<rootDir>/test/e2e/{api,conformance,work,every-type,groups,job-type-state,order,signals,uploads}.test.ts',
    '<rootDir>/test/deploy/*.test.ts',
  ],
  testTimeout: 900_000,
  // Most of a test is waiting for the clock's minute.
  maxConcurrency: 12,
} satisfies Config;
