import { maxBodyBytes } from '../../../../lambdas/api/request/read-body.ts';
import { catalogue } from '../../../../lambdas/jobs/catalogue.ts';
import { largestInputBytes, pricesOf, readArguments, workOf } from '../../../../lib/cost/arguments.ts';

const work = (...argv: string[]) => workOf(readArguments(argv), catalogue);

it('takes the contract’s word for what is not said', () =>
  expect(work('--jobs', '1000', '--type', 'run-query')).toMatchObject({
    ...{ jobs: 1000, seconds: 5, batch: 1, retries: 0, inputBytes: 100, reads: 0 },
    contract: { name: 'run-query' },
  }));

it('asks about an idle deployment when no jobs are named', () => expect(work()).toBeUndefined());

it.each<[string, string[], string]>([
  [
    'a negative number of jobs',
    ['--jobs', '-5', '--type', 'run-query'],
    '--jobs must be a whole number from 1 to 1,000,000,000,000 (was -5).',
  ],
  ['half a job', ['--jobs', '0.5', '--type', 'run-query'], '--jobs must be a whole number'],
  ['a number that is none', ['--jobs', 'many', '--type', 'run-query'], '(was many)'],
  ['an argument given twice', ['--jobs', '5', '--type', 'run-query', '--type=write-batch'], '--type stands there twice'],
  ['half a job of no type', ['--jobs', '0.5'], '--jobs must be a whole number'],
  ['jobs of no type', ['--jobs', '5'], '--jobs and --type go together'],
  [
    'a type that is not deployed',
    ['--jobs', '5', '--type', 'paint'],
    '--type must be one of launch-instances, run-query, terminate-instances, write-batch (was paint).',
  ],
  [
    'a batch beyond the contract’s',
    ['--jobs', '5', '--type', 'run-query', '--batch', '2'],
    '--batch must be a number from 1 to 1 (was 2).',
  ],
  [
    'an attempt beyond Lambda’s time',
    ['--jobs', '5', '--type', 'run-query', '--seconds', '901'],
    '--seconds must be a number from 0.001 to 900 (was 901).',
  ],
  ['negative retries', ['--jobs', '5', '--type', 'run-query', '--retries', '-1'], '--retries must be a number from 0 to 1 (was -1).'],
  [
    'an input that the API refuses',
    ['--jobs', '5', '--type', 'run-query', '--input-bytes', '2000000'],
    '--input-bytes must be a whole number from 2 to 1,048,576',
  ],
  ['a word that belongs to no option', ['run-query', '-5'], 'What there is: npm run cost -- --help'],
  ['an option that there is not', ['--job', '5'], "Unknown option '--job'"],
])('refuses %s, and says what it must be', (_, argv, message) => expect(() => work(...argv)).toThrow(message));

it('knows the prices of some regions, and says of which', () => {
  expect(pricesOf('eu-west-1').httpRequest).toBe(1.11e-6);
  expect(() => pricesOf('eu-central-1')).toThrow('--region must be one whose prices are known: us-east-1, eu-west-1 (was eu-central-1).');
  expect(() => pricesOf('toString')).toThrow('--region');
});

it('takes inputs as large as the API does', () => expect(largestInputBytes).toBe(maxBodyBytes));
