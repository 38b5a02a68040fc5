/**
 * Where each page of the documentation is found: learn, how-to, reference, explain (https://diataxis.fr), one kind a page. The site's sidebar, `llms.txt`
 * and the links between pages are built from it. A page that is not named here fails a test.
 */

export interface Page {
  /** From the root of the repository, with `/`. */
  readonly path: string;
  /** What its reader finds, in a few words, for `llms.txt`. */
  readonly about: string;
}

export interface Section {
  readonly title: string;
  readonly pages: readonly Page[];
}

const docs = (pages: Readonly<Record<string, string>>): readonly Page[] =>
  Object.entries(pages).map(([name, about]) => ({ path: `docs/${name}.md`, about }));

export const home = 'docs/index.md';

export const sections: readonly Section[] = [
  {
    title: 'Learn',
    pages: docs({
      'learn/first-job': 'a first job on your machine, in five minutes',
      'learn/own-job-type': 'a job type of your own, which survives the death of its worker',
      'learn/into-aws': 'deploy an app, run a job in AWS, remove everything',
    }),
  },
  {
    title: 'How to write and submit jobs',
    pages: docs({
      'adding-a-job-type': 'contract, worker and test; steps, sleeps, signals, child jobs, files; as part of your own CDK app',
      client: 'submit, follow and read jobs from TypeScript, in Node.js and browsers',
      schedules: 'submit the same job again and again, by cron or at intervals',
      webhooks: 'be called when a job ends, and check the signature',
      events: 'the ends of jobs on an EventBridge bus',
      console: 'see jobs and act on them in a browser, here or of a deployment',
      report: 'read access logs: which endpoints need not answer at once, and whom to ask',
      mcp: 'let an assistant look at jobs, and submit them if you allow it',
      'local-mode': 'run the API and your job types on your machine',
    }),
  },
  {
    title: 'How to deploy and operate',
    pages: docs({
      deploy: 'from an AWS account to the first job, and back',
      'ci-cd': 'deploy from CI, to several accounts, without keys that last',
      'first-deploy-checklist': 'what no emulator can answer: commands, and what they must print',
      runbook: 'what each alarm means and what to do',
      upgrade: 'a new release, the way back, and restoring the table',
      conformance: 'check any deployment against the contract of the API',
    }),
  },
  {
    title: 'Reference',
    pages: [
      ...docs({
        'http-api': 'the HTTP API in words: jobs, lists, groups, signals, live events, limits',
        'http-reference': 'each operation with its parameters, bodies, statuses and problems',
        'client-reference': 'each export of the client with its signature',
        cli: 'each command with its options, and the exit codes',
        'report-rules': 'each rule of delegation report, with its threshold and source',
        settings: 'each setting of a deployment, with its default',
        problems: 'each error of the API, and what to do about it',
        metrics: 'each metric and its dimensions',
        'reading-files': 'how CSV, NDJSON, JSON and Parquet are read, exactly',
        'ec2-errors': 'what launch-instances does on each error code of EC2',
        glossary: 'the words of this project',
      }),
      { path: 'CHANGELOG.md', about: 'what changed' },
    ],
  },
  {
    title: 'Explain',
    pages: docs({
      architecture: 'how work is accepted, done and kept, and why it is built so',
      consistency: 'what a caller can rely on, what lags and by how much',
      faults: 'what goes wrong, what holds, and the test that shows it',
      security: 'who can do what, what stops a caller who tries more, what is not protected',
      cost: 'what it costs, line by line, and compared with others',
      scale: 'what breaks first at which rate, and the setting for it',
      benchmarks: 'how fast it is beside BullMQ, DuckDB and bare calls, and what a killed worker leaves',
      'cold-start': 'how long functions take to load',
      engine: 'how one message becomes the next state of its job',
      simulation: 'how the promises are tested over random histories',
    }),
  },
  {
    title: 'Compare',
    pages: docs({
      'compare/step-functions': 'beside AWS Step Functions',
      'compare/lambda-durable-functions': 'beside AWS Lambda durable functions',
      'compare/qstash': 'beside QStash and Upstash Workflow',
      'compare/trigger-dev': 'beside Trigger.dev',
      'compare/bullmq': 'beside BullMQ',
      'compare/temporal': 'beside Temporal',
    }),
  },
  {
    title: 'The project',
    pages: [
      { path: 'README.md', about: 'all of it on one page' },
      { path: 'CONTRIBUTING.md', about: 'the layout of the code, how to test and to change it' },
      { path: 'SECURITY.md', about: 'how to report a vulnerability' },
      { path: 'client/README.md', about: 'the package of the client' },
      { path: 'examples/shop/README.md', about: 'an app of somebody else with Delegation in it' },
      { path: 'examples/python/README.md', about: 'a client in Python' },
    ],
  },
];

/** Decisions are many and numbered, so they are read from their folder. */
export const decisionsFolder = 'docs/decisions';

/** @returns where a page is on the site, without a leading slash: `http-api`, `project/contributing`, `project/examples/shop` */
export function addressOf(path: string): string {
  const name = path.replace(/\.md$/, '');
  return name.startsWith('docs/') ? name.slice('docs/'.length) : `project/${name.replace(/\/README$/, '').toLowerCase()}`;
}
