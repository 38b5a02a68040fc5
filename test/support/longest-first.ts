/**
 * Jest's order of test files, with those that take longest at the head. Jest itself knows how long a file took only from an earlier run on
 * the same machine; a fresh clone would start a file of a minute at the end, and all other workers would wait for it.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import jestSequencer from '@jest/test-sequencer';

/** Jest's types declare the default export as that of CommonJS, which it is not for an ES module. */
const Sequencer = jestSequencer as unknown as typeof jestSequencer.default;
type Tests = Parameters<InstanceType<typeof Sequencer>['sort']>[0];

/** Files of more than 15 seconds on two cores. The first waits most of its time. */
const longest = [
  'e2e/work',
  'e2e/hostile-queries',
  'e2e/durability',
  'integration/bounds',
  'simulation/simulation',
  'simulation/floods',
  'e2e/launching',
  'unit/jobs/run-query/engine-process',
  'integration/jobs/write-batch',
  'integration/testing/added-type',
  'integration/jobs/launch-instances',
  'integration/jobs/launch-instances-laws',
  'e2e/dev',
  'e2e/orphans',
  'e2e/local-mode',
  'e2e/job-type-state',
  'integration/doctor',
].map((name) => join(import.meta.dirname, '..', `${name}.test.ts`));

export default class LongestFirst extends Sequencer {
  constructor(...options: ConstructorParameters<typeof Sequencer>) {
    super(...options);
    const missing = longest.filter((file) => !existsSync(file));
    if (missing.length > 0) throw new Error(`test/support/longest-first.ts names files that are not there: ${missing.join(', ')}`);
  }

  override async sort(tests: Tests): Promise<Tests> {
    const sorted = await super.sort(tests);
    const rankOf = ({ path }: Tests[number]) => (longest.includes(path) ? longest.indexOf(path) : longest.length);
    return sorted.toSorted((a, b) => rankOf(a) - rankOf(b));
  }
}
