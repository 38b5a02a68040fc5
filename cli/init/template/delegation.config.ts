/** What is deployed: each job type with the folder of its code, and settings. Each setting is described in docs/settings.md of Delegation. */
import { join } from 'node:path';
import { defineDeployments } from 'delegation-aws';
import { contract as sendGreetingContract } from './jobs/send-greeting/contract.ts';

export default defineDeployments({
  jobTypes: [
    // `npx delegation add job-type <name>` prints the two lines of another one.
    { contract: sendGreetingContract, folder: join(import.meta.dirname, 'jobs', 'send-greeting') },
  ],
});
