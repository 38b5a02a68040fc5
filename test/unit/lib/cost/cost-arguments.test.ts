import { commands } from '../../../../cli/commands.ts';
import { parseCommand } from '../../../../cli/parse-command.ts';
import { maxBodyBytes } from '../../../../lambdas/api/request/read-body.ts';
import { maxInputBytes, pricesOf, workOf } from '../../../../lib/cost/cost-arguments.ts';
import { describedTypes } from '../../../support/described-types.ts';

const work = (...argv: string[]) => {
  const parsed = parseCommand(['cost', ...argv], commands);
  if (parsed.kind !== 'command') throw new Error('The command was not read.');
  return workOf(parsed.input.options, describedTypes);
};

it('uses the figures of the contract for options that are left out', () =>
  expect(work('--jobs', '1000', '--type', 'run-query')).toMatchObject({
    ...{ jobs: 1000, seconds: 5, batch: 1, retries: 0, inputBytes: 100, reads: 0 },
    contract: { name: 'run-query' },
  }));

it('computes the bill of an idle deployment if no jobs are given', () => expect(work()).toBeUndefined());

it.each<[string, string[], string]>([
  [
    'a negative number of jobs',
    ['--jobs', '-5', '--type', 'run-query'],
    '--jobs must be a whole number from 1 to 1,000,000,000,000 (was -5).',
  ],
  ['half a job', ['--jobs', '0.5', '--type', 'run-query'], '--jobs must be a whole number'],
  ['a value that is not a number', ['--jobs', 'many', '--type', 'run-query'], '(was many)'],
  ['an argument given twice', ['--jobs', '5', '--type', 'run-query', '--type=write-batch'], 'cost takes --type once.'],
  ['half a job without a type', ['--jobs', '0.5'], '--jobs must be a whole number'],
  ['jobs without a type', ['--jobs', '5'], '--jobs and --type go together'],
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
    'an attempt longer than Lambda allows',
    ['--jobs', '5', '--type', 'run-query', '--seconds', '901'],
    '--seconds must be a number from 0.001 to 900 (was 901).',
  ],
  ['negative retries', ['--jobs', '5', '--type', 'run-query', '--retries', '-1'], '--retries must be a number from 0 to 1 (was -1).'],
  [
    'an input that the API refuses',
    ['--jobs', '5', '--type', 'run-query', '--input-bytes', '2000000'],
    '--input-bytes must be a whole number from 2 to 1,048,576',
  ],
  ['a word that belongs to no option', ['run-query'], 'cost takes no'],
  ['an unknown option', ['--job', '5'], 'cost has no option --job. Did you mean --jobs?'],
])('refuses %s, and says what is allowed', (_, argv, message) => expect(() => work(...argv)).toThrow(message));

it('has the prices of some regions, and lists them for any other', () => {
  expect(pricesOf('eu-west-1').httpRequest).toBe(1.11e-6);
  expect(() => pricesOf('eu-central-1')).toThrow('--region must be one whose prices are known: us-east-1, eu-west-1 (was eu-central-1).');
  expect(() => pricesOf('toString')).toThrow('--region');
});

it('accepts inputs as large as the API does', () => expect(maxInputBytes).toBe(maxBodyBytes));
