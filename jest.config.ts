import type { Config } from 'jest';

/** Writes down what the product asks of AWS, where somebody wants it: `npm run test:models`. */
const recorder = process.env['DELEGATION_RECORD_CALLS'] === undefined ? [] : ['<rootDir>/test/models/record-calls.ts'];

type Project = Exclude<NonNullable<Config['projects']>[number], string>;

/** Bundles are built once, not once a stack. */
const cachedBundles = { '^esbuild$': '<rootDir>/test/support/cached-esbuild.ts' };

/** The examples import the package by its name, whose exports are what a build writes. */
const ownPackage = {
  '^delegation-aws$': '<rootDir>/lib/index.ts',
  '^delegation-aws/contract$': '<rootDir>/lambdas/core/contract/contract.ts',
  '^delegation-aws/worker$': '<rootDir>/lambdas/worker/handler.ts',
  '^delegation-aws/testing$': '<rootDir>/testing/index.ts',
  '^delegation-aws/client$': '<rootDir>/client/index.ts',
  '^delegation-aws/webhook$': '<rootDir>/lambdas/webhook/verify-webhook.ts',
};

const queries = '<rootDir>/test/unit/jobs/run-query/';

const project = (
  displayName: string,
  testMatch: string[],
  {
    moduleNameMapper,
    ...more
  }: Partial<Omit<Project, 'moduleNameMapper'>> & { readonly moduleNameMapper?: Readonly<Record<string, string>> } = {},
): Project => ({
  displayName,
  testMatch: testMatch.map((pattern) => `<rootDir>/test/${pattern}`),
  testEnvironment: '<rootDir>/test/support/fast-globals-environment.ts',
  moduleNameMapper: { ...ownPackage, ...moduleNameMapper },
  transform: {
    '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'commonjs' } }],
  },
  ...more,
});

/** unit: plain functions, without a server or another process. query: run-query, whose engine is a process of its own. integration: over the wire, against real protocol servers. stack: the synthesised CloudFormation. e2e: a caller's view, over HTTP alone. simulation: the real handlers in virtual time, under faults. Each runs alone with `--selectProjects`. */
export default {
  projects: [
    project('unit', ['unit/**/*.test.ts'], { testPathIgnorePatterns: [queries] }),
    project('query', ['unit/jobs/run-query/**/*.test.ts']),
    project('integration', ['integration/**/*.test.ts', 'compatibility/**/*.test.ts'], {
      setupFiles: recorder,
      moduleNameMapper: cachedBundles,
    }),
    project('stack', ['stack/**/*.test.ts'], { moduleNameMapper: cachedBundles }),
    project('e2e', ['e2e/**/*.test.ts']),
    project('simulation', ['simulation/**/*.test.ts']),
  ],
  globalSetup: '<rootDir>/test/support/global-setup.ts',
  testSequencer: '<rootDir>/test/support/longest-first.ts',
  // Many tests wait for sockets and clocks, so each core can have a worker. The default leaves one core idle; with more, tests that start processes time out.
  maxWorkers: '100%',
  testTimeout: 900_000,
} satisfies Config;
