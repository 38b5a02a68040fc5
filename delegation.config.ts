/** What is deployed: `npx cdk deploy`. Every setting is in docs/settings.md; a wrong one fails at synth and says what to change. */
import { defineSettings } from './lib/settings.ts';

export default defineSettings({
  // Tables that write-batch may write to, buckets that jobs may read from: nothing is allowed that is not listed.
  writableTables: [],
  sourceBuckets: [],
});
