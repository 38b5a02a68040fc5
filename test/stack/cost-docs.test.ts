import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { billOf, sumOf } from '../../lib/cost/bill.ts';
import { pricesOf } from '../../lib/cost/cost-arguments.ts';
import { bytes } from '../../lib/cost/figures.ts';
import { shapeOf } from '../../lib/cost/shape.ts';
import { assumed, type Work } from '../../lib/cost/usage.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import { describedTypes } from '../support/described-types.ts';

const root = join(__dirname, '..', '..');
const read = (...path: readonly string[]) => readFileSync(join(root, ...path), 'utf8');
const page = read('docs', 'cost.md');
/** A million transitions of Step Functions. @see https://aws.amazon.com/step-functions/pricing/ */
const transitionUsd = 25;

const described = ['--config', 'test/support/described-types.config.ts'];

/** Starts the tool as `npm run cost` does. */
async function run(...argv: string[]): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const tool = ['--disable-warning=ExperimentalWarning', 'bin/cli.ts', 'cost', ...argv];
  return promisify(execFile)(join(root, 'node_modules', '.bin', 'node'), tool, { cwd: root }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    ({ code, stdout, stderr }) => ({ code, stdout, stderr }),
  );
}

const examples = [...page.matchAll(/```sh\nnpm run cost -- (.+)\n```\n\n```text\n([\s\S]+?)```/g)].map(
  ([, argv = '', text = '']) => [argv, text] as const,
);

it('shows a bill for jobs and one without', () => expect(examples).toHaveLength(2));

it.each(examples)('prints today what the page shows for %s', async (argv, text) =>
  expect((await run(...argv.split(' '), ...described)).stdout).toBe(text),
);

it('has the figures of the tool in its comparison', () => {
  const names = describedTypes.map(({ name }) => name);
  const contract = describedTypes.find(({ name }) => name === 'write-batch');
  if (contract === undefined) throw new Error('no write-batch');
  const work: Work = { contract, jobs: 1_000_000, seconds: 0.1, batch: 1, retries: 0, inputBytes: 100, reads: 0 };
  const shape = shapeOf(parseSettings({}, names), describedTypes);
  const bill = (changes: Partial<Work> = {}) => billOf(shape, pricesOf(), { ...work, ...changes });
  const usd = (lines: Parameters<typeof sumOf>[0]) => sumOf(lines).usd.toFixed(2);
  const idle = usd(bill().idle);
  const watching = usd(bill().work.filter(({ what }) => what.startsWith('CloudWatch')));
  const workerUsd = usd(bill().work.filter(({ what }) => /^Lambda: .*worker/.test(what)));
  expect(page).toContain(`| **Delegation**, one by one | **${usd(bill().work)}** | ${idle} | as above; ${watching} of it`);
  expect(page).toContain(`| **Delegation**, ten at a time | **${usd(bill({ batch: 10 }).work)}** | ${idle} |`);
  const withWebhooks = shapeOf(parseSettings({ webhooks: {} }, names), describedTypes);
  const webhookUsd = usd(billOf(withWebhooks, pricesOf(), { ...work, webhooks: 1 }).work.filter(({ what }) => what.startsWith('Webhooks')));
  expect(page).toContain(`An end that is sent costs ${webhookUsd} a million (\`--webhooks 1\`)`);
  const kilobyteUsd = sumOf(bill({ inputBytes: 1_300 }).work).usd - sumOf(bill({ inputBytes: 300 }).work).usd;
  expect(page).toContain(`each further KB costs about ${kilobyteUsd.toFixed(1)} a million`);
  // A sleep makes the calls of a retry: `suspend` and `backOff` of the ledger are the same.
  const retryUsd = sumOf(bill({ retries: 1 }).work).usd - sumOf(bill().work).usd;
  expect(page).toContain(`or a sleep here ${retryUsd.toFixed(2)} with its run`);
  expect(read('docs', 'compare', 'step-functions.md')).toContain(`or a sleep here ${retryUsd.toFixed(2)} with its run`);
  expect(read('docs', 'compare', 'lambda-durable-functions.md')).toContain(`| ${retryUsd.toFixed(2)} USD a million runs`);
  expect([Math.round(transitionUsd / retryUsd), read('README.md')]).toEqual([
    5,
    expect.stringContaining('a retry or a wait costs a fifth'),
  ]);
  expect(page).toContain(`the function's own time (${workerUsd}) included everywhere`);
  expect(page).toContain(`an idle Delegation costs ${sumOf(bill().idle).usdAfterFree.toFixed(2)} a month after allowances`);
});

/** The others' logs by the same rule: a line for each request through an API, and one for each invocation of a function. */
it.each([
  ['Step Functions Standard', 1, 1],
  ['Step Functions Express', 1, 1],
  ['Lambda durable functions', 1, 2],
  ['QStash', 0, 1],
])('counts the logs of %s as those of Delegation', (name, requests, invocations) => {
  const { logIngestion, logStorage } = pricesOf();
  const gigabytes = (requests * bytes.accessLine + invocations * bytes.runLine) / 1_000;
  const usd = gigabytes * (logIngestion + logStorage);
  const [, shown] = new RegExp(`^\\| ${name} .*logs (\\S+) \\|`, 'm').exec(page) ?? [];
  expect(Number(shown)).toBeCloseTo(usd, 2);
  expect(page).toContain(`a line of\n${bytes.accessLine} bytes and for each invocation of a function one of ${bytes.runLine}`);
});

it.each([
  [
    'an unknown type',
    ['--jobs', '5', '--type', 'paint', ...described],
    '--type must be one of launch-instances, run-query, terminate-instances, write-batch (was paint).\n',
  ],
  [
    'a region without prices',
    ['--region', 'xx-west-9'],
    '--region must be one whose prices are known: us-east-1, eu-west-1 (was xx-west-9).\n',
  ],
  [
    'a negative number of jobs',
    ['--jobs', '-5', '--type', 'write-batch'],
    '--jobs must be a whole number from 1 to 1,000,000,000,000 (was -5).\n',
  ],
  [
    'webhooks where they are off',
    ['--jobs', '5', '--type', 'write-batch', '--webhooks', '1', ...described],
    '--webhooks is for a deployment that sends them: its setting webhooks is off.\n',
  ],
  ['a config file that does not exist', ['--config', 'nowhere.config.ts'], 'There is no nowhere.config.ts.\n'],
  [
    'a stage that the file does not have',
    ['--stage', 'moon'],
    '--stage must name one of the deployments in delegation.config.ts: (none) (was moon).\n',
  ],
])('ends with 1 and one sentence for %s', async (_, argv, sentence) =>
  expect(await run(...argv)).toEqual({ code: 1, stdout: '', stderr: sentence }),
);

it('lists its options with --help', async () => {
  const { code, stdout } = await run('--help');
  expect(code).toBe(0);
  for (const option of [
    '--jobs',
    '--type',
    '--seconds',
    '--batch',
    '--retries',
    '--input-bytes',
    '--reads',
    '--webhooks',
    '--region',
    '--config',
    '--stage',
  ])
    expect(stdout).toContain(option);
});

it.each([
  ['a wait of 20 s: `Prefer: wait=20`, or an answer to a watcher without news', 1, 20, 17, 6],
  ['a watcher of a deployed job for an hour, held all the time', 3_600 / 21, 20, 17, 4],
  ['a watcher of a job that rests, for an hour', 360, assumed.apiSeconds, 1, 4],
  ['a status request every 2 s for an hour', 1_800, assumed.apiSeconds, 1, 4],
])('has the price of waiting: %s', (what, requests, seconds, reads, digits) => {
  const { httpRequest, lambdaRequest, lambdaGbSecond, dynamoDbRead } = pricesOf();
  const gbSeconds = requests * seconds * 0.5;
  const usd = requests * (httpRequest + lambdaRequest + reads * dynamoDbRead) + gbSeconds * lambdaGbSecond.arm64;
  const [shownRequests, shownReads, shownSeconds] = [requests, Math.floor(requests * reads), gbSeconds].map((one) =>
    Math.floor(one).toLocaleString('en'),
  );
  const httpPage = readFileSync(join(root, 'docs', 'http-api.md'), 'utf8');
  expect(httpPage).toContain(`| ${what} | ${shownRequests} | ${shownReads} | ${shownSeconds} | ${usd.toFixed(digits)} |`);
});
