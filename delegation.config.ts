/** What is deployed: `npx cdk deploy`. Every setting is in docs/settings.md; a wrong one fails at synth and says what to change. */
import { defineDeployments } from './lib/index.ts';

export default defineDeployments({
  // Tables that write-batch may write to, buckets that jobs may read from: nothing is allowed that is not listed.
  writableTables: [],
  sourceBuckets: [],
});
