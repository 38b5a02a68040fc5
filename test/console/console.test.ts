/** The console in a browser, over a real local mode with jobs of every status. */
import { checkAccessibility } from './accessibility.ts';
import { checkKeyboard } from './keyboard.ts';
import { checkLargeData } from './large-data.ts';
import { checkLiveLists } from './live-lists.ts';
import { type Seeded, seedJobs } from './seed-jobs.ts';
import { checkSignIn } from './sign-in.ts';
import { useConsole } from './tested-console.ts';

let seeded: Seeded | undefined;
const tested = useConsole(async ({ url }) => {
  seeded = await seedJobs(url);
});
const jobs = (): Seeded => {
  if (seeded === undefined) throw new Error('The jobs are not there yet.');
  return seeded;
};

// What only looks comes first, then what changes the jobs.
checkAccessibility(tested, jobs);
checkLiveLists(tested, jobs);
checkSignIn(tested);
checkKeyboard(tested, jobs);
checkLargeData(tested);
