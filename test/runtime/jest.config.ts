import type { Config } from 'jest';
import base from '../../jest.config.ts';

const [project] = base.projects as readonly object[];

/** The bundles under AWS's own runtime client, which is fetched for it. */
export default {
  ...project,
  rootDir: '../..',
  displayName: 'runtime',
  testMatch: ['<rootDir>/test/runtime/*.test.ts'],
  testTimeout: 900_000,
} satisfies Config;
