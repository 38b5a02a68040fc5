/**
 * What becomes of the code blocks other than commands: JSON is parsed, TypeScript is at least parsed, and each of the others says here who runs it, or why nothing does.
 * A block is named by its page and its first line; a name that ends with `*` stands for all of its beginning. Commands have plans.ts.
 */
export type Listed = { readonly runBy: string } | { readonly leftOut: string };

const drawn: Listed = { leftOut: 'a diagram; the site draws it, and shows its text where it cannot' };
const output: Listed = { leftOut: 'an output, shown to be compared with' };
const template: Listed = { leftOut: 'a form to be filled in' };

export const listedBlocks: Readonly<Record<string, Listed>> = {
  'CONTRIBUTING.md: npx jest test/unit/api/request/submission.test.ts      one file': {
    leftOut: 'three commands, each with its explanation beside it',
  },
  'README.md: flowchart LR': drawn,
  'README.md: import { RetryableError, type WorkerDefinition, worker } from': { runBy: 'test/unit/readme.test.ts' },
  'README.md: npx delegation-aws demo --open      the built-in job types at work, with the console': {
    leftOut: 'three commands, each with its explanation beside it; test/package runs each',
  },
  "README.md: delegation run run-query sql='SELECT 42 AS answer' *": {
    leftOut: 'commands, each with its explanation beside it; test/e2e/cli.test.ts runs each kind',
  },
  'client/README.md: import { createClient, is, sigv4 } from': {
    leftOut: 'it calls a deployment; test/e2e/client.test.ts makes the same calls',
  },
  'docs/adding-a-job-type.md: import { defineJobType } from': { runBy: 'test/integration/testing/documented.test.ts' },
  'docs/adding-a-job-type.md: import { PermanentError, RetryableError, type WorkerDefinition, worker } from': {
    runBy: 'test/integration/testing/documented.test.ts',
  },
  'docs/adding-a-job-type.md: import assert from': { runBy: 'test/integration/testing/documented.test.ts' },
  'docs/architecture.md: stateDiagram-v2': drawn,
  'docs/ci-cd.md: name: deploy': { runBy: 'test/unit/deploy/ci-cd-page.test.ts' },
  // The examples of the table of commands.
  'docs/cli.md: delegation *': { runBy: 'test/unit/cli/reference-page.test.ts' },
  'docs/cli.md: source <(delegation completion bash)': { runBy: 'test/unit/cli/reference-page.test.ts' },
  'docs/client.md: import { createClient, is } from': { runBy: 'test/e2e/client.test.ts' },
  'docs/client.md: import { createClient } from': { runBy: 'test/e2e/client.test.ts' },
  'docs/conformance.md: Idempotency': output,
  'docs/conformance.md: npx delegation conformance https://a1b2c3d4e5.execute-api.eu-central-1.amazonaws.com': {
    leftOut: 'the address is that of a deployment; test/e2e and the deploy test run the suite',
  },
  'docs/console.md: npm start                  then *': { leftOut: 'three commands, each with its explanation beside it' },
  'docs/cost.md: USD a month in *': { runBy: 'test/stack/cost-docs.test.ts' },
  'docs/deploy.md: Outputs:': output,
  'docs/engine.md: flowchart TD': drawn,
  'docs/first-deploy-checklist.md: Title: First deploy in <region>: <all as described | what was different>': template,
  'docs/http-api.md: A=$(curl -s $API/v1/jobs -H *': {
    leftOut: 'it shows two submissions beside each other, and jq need not be installed; test/e2e submits such jobs',
  },
  // Files, commands and outputs, in order.
  'docs/learn/*': { runBy: 'test/tutorials/run.ts' },
  'docs/local-mode.md: npm init -y && npm pkg set type=module': { runBy: 'test/package/run.ts' },
  'docs/local-mode.md: npx delegation dev ./jobs': { runBy: 'test/package/run.ts' },
  'docs/reading-files.md: "sources": { "t": *': { leftOut: 'one member of an object, without its braces' },
  "docs/simulation.md: $ npm run simulate -- --seed 107 --mutant 'steps are not stored'": output,
  'docs/webhooks.md: KEY=$(printf %s "${SECRET#whsec_}" | base64 -d | xxd -p -c 256)': {
    runBy: 'test/integration/webhook/documented.test.ts',
  },
  'docs/webhooks.md: OLD=$(aws secretsmanager get-secret-value --secret-id *': {
    leftOut: 'it changes the secret that other tests of the stage sign with',
  },
  'docs/webhooks.md: POST /delegation HTTP/1.1': output,
  'docs/webhooks.md: aws secretsmanager get-secret-value --secret-id <the output WebhookSecret> *': { leftOut: 'it prints a secret' },
  'docs/webhooks.md: from standardwebhooks import Webhook': {
    leftOut: "the receiver's library is not installed here; test/unit/webhook holds its vectors",
  },
  'examples/python/README.md: from delegation import Delegation, JobFailed, Problem, SigV4': {
    leftOut: 'it calls a deployment; test/python/run.sh runs the client',
  },
  'examples/python/README.md: python3 -m venv .venv': { runBy: 'test/python/run.sh' },
  'docs/report.md: delegation report access.log.gz alb/ --routes openapi.json --out report.html': { runBy: 'test/report/command.test.ts' },
  'docs/report.md: log_format timed escape=json *': { runBy: 'test/report/command.test.ts' },
  'docs/report.md: LogFormat *': { runBy: 'test/report/command.test.ts' },
  'docs/report.md: delegation report logs/ --questions >> delegation.answers.yaml': { runBy: 'test/report/command.test.ts' },
  'docs/report.md: - endpoint: POST /v1/payments': { runBy: 'test/report/command.test.ts' },
  'docs/report.md: delegation report --jobs access-log/': { runBy: 'test/e2e/report-jobs.test.ts' },
};

/** @returns what is listed for a block, by its name or the beginning of it; `from` ends the name of an import, whose package is not repeated here */
export function listedFor(name: string): readonly [key: string, listed: Listed] | undefined {
  return Object.entries(listedBlocks).find(([key]) =>
    key.endsWith('*') ? name.startsWith(key.slice(0, -1)) : name === key || (key.endsWith(' from') && name.startsWith(`${key} `)),
  );
}
