import { Match, Template } from 'aws-cdk-lib/assertions';
import { readConfig } from '../../lambdas/config.ts';
import { ledger } from '../../lambdas/ledger.ts';
import { billOf } from '../../lib/cost/bill.ts';
import { pricesOf } from '../../lib/cost/cost-arguments.ts';
import { shapeOf } from '../../lib/cost/shape.ts';
import { type DelegationSettingsInput, DelegationStack } from '../../lib/index.ts';
import { parseSettings } from '../../lib/parse-settings.ts';
import { freshWriteUnits, warmUnits } from '../../lib/scale-settings.ts';
import { describedTypes } from '../support/described-types.ts';
import { plainApp } from './templates.ts';

const templateOf = (settings: DelegationSettingsInput) =>
  Template.fromStack(new DelegationStack(plainApp(), 'Test', settings, { env: { region: 'us-east-1' } }));
const settings: DelegationSettingsInput = {
  pollers: { 'write-batch': { min: 5, max: 50 } },
  warmThroughput: { jobsPerSecond: 5_000 },
  clockJobsPerRun: 16_000,
  indexPartitions: 32,
};
const names = describedTypes.map(({ name }) => name);
let template: Template;
let plain: Template;

beforeAll(() => {
  template = templateOf(settings);
  plain = templateOf({});
});

it('gives a type provisioned pollers in place of a maximum of invocations, and leaves the other types as they were', () => {
  template.hasResourceProperties('AWS::Lambda::EventSourceMapping', {
    ProvisionedPollerConfig: { MinimumPollers: 5, MaximumPollers: 50 },
    ScalingConfig: Match.absent(),
  });
  const triggers = Object.values(template.findResources('AWS::Lambda::EventSourceMapping'));
  const scaled = triggers.filter(({ Properties }) => Properties.ScalingConfig !== undefined);
  expect(scaled).toHaveLength(triggers.length - 1);
});

it('prepares the table and each of its indexes for the rate, by the units of the ledger', () => {
  const { table, due, listing, ended } = warmUnits(5_000);
  const warm = (units: number) => ({ WriteUnitsPerSecond: units, ReadUnitsPerSecond: 12_000 });
  template.hasResourceProperties('AWS::DynamoDB::GlobalTable', {
    WarmThroughput: warm(table),
    GlobalSecondaryIndexes: [
      { IndexName: 'due', WarmThroughput: warm(due) },
      { IndexName: 'listing', WarmThroughput: warm(listing) },
      { IndexName: 'ended', WarmThroughput: warm(ended) },
    ].map((index) => Match.objectLike(index)),
  });
  const ofJob = [...ledger.accept, ...ledger.claim, ...ledger.finish].reduce((sum, [, units = 0]) => sum + units, 0);
  expect(table + due + listing).toBe(ofJob * 5_000);
  // Never less than what a new table has: AWS refuses it.
  expect(Object.values(warmUnits(1_334)).every((units) => units >= freshWriteUnits)).toBe(true);
});

it('gives the clock its number of jobs, and memory in proportion; and to it alone the number of partitions, which it announces', () => {
  const [clock] = Object.values(
    template.findResources('AWS::Lambda::Function', { Properties: { Description: 'Delegation: wakes overdue jobs' } }),
  );
  expect(clock?.['Properties'].MemorySize).toBe(1_024);
  const { DELEGATION_CLOCK_JOBS, DELEGATION_PARTITIONS } = clock?.['Properties'].Environment.Variables ?? {};
  const ofClock = { DELEGATION_CLOCK_JOBS, DELEGATION_PARTITIONS };
  const environment = { DELEGATION_TABLE: 't', DELEGATION_BUCKET: 'b', DELEGATION_QUEUES: '{}', ...ofClock };
  const ofSettings = { DELEGATION_SETTINGS: JSON.stringify({ writableTables: [], sourceBuckets: [], admins: [], ec2: emptyEc2 }) };
  expect(readConfig({ ...environment, ...ofSettings })).toMatchObject({ clockJobsPerRun: 16_000, indexPartitions: 32 });
  expect(JSON.stringify(template.toJSON()).match(/DELEGATION_PARTITIONS/g)).toHaveLength(1);
  expect(() => readConfig({ ...environment, ...ofSettings, DELEGATION_PARTITIONS: '9' })).toThrow('DELEGATION_PARTITIONS');
});

const emptyEc2 = { instanceTypes: [], subnetIds: [], imageIds: [], launchTemplates: [] };

it('changes nothing where none of them is set', () => {
  const text = JSON.stringify(plain.toJSON());
  expect(text).not.toMatch(/WarmThroughput|ProvisionedPollerConfig|DELEGATION_CLOCK_JOBS|DELEGATION_PARTITIONS/);
});

it('has the pollers and the memory of the clock on the bill', () => {
  const bill = (input: DelegationSettingsInput) => billOf(shapeOf(parseSettings(input, names), describedTypes), pricesOf()).idle;
  const line = (input: DelegationSettingsInput, what: RegExp) => bill(input).find((one) => what.test(one.what))?.usd ?? 0;
  // Five pollers, 720 hours.
  expect(line(settings, /provisioned pollers/)).toBeCloseTo(5 * 720 * 0.00925);
  expect(line({}, /provisioned pollers/)).toBe(0);
  expect(line(settings, /time of the clock/) / line({}, /time of the clock/)).toBeCloseTo(4);
});

it.each<[string, DelegationSettingsInput, string]>([
  ['one poller', { pollers: { 'write-batch': { min: 1 } } }, 'pollers'],
  ['more pollers at least than at most', { pollers: { 'write-batch': { min: 20, max: 10 } } }, 'max must not be below min'],
  ['pollers of a type that does not exist', { pollers: { paint: {} } }, 'The setting pollers names "paint"'],
  [
    'pollers of a type that is not deployed',
    { pollers: { 'write-batch': {} }, disabledJobTypes: ['write-batch'] },
    'The setting pollers names "write-batch", which disabledJobTypes does not deploy.',
  ],
  [
    'pollers beside a number of invocations',
    { pollers: { 'write-batch': {} }, concurrency: { 'write-batch': 5 } },
    'concurrency and pollers both name "write-batch"',
  ],
  ['a rate that a new table takes anyway', { warmThroughput: { jobsPerSecond: 100 } }, 'warmThroughput'],
  ['a number of partitions that is not a power of two', { indexPartitions: 12 as 16 }, 'indexPartitions'],
  ['fewer jobs in a run than the clock manages', { clockJobsPerRun: 10 }, 'clockJobsPerRun'],
])('refuses %s', (_, input, message) => expect(() => parseSettings(input, names)).toThrow(message));
