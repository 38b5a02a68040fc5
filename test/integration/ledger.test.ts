import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { jobTable } from '../../lambdas/adapters/job-table.ts';
import { itemSizeBytes } from '../../lambdas/jobs/write-batch/item-size.ts';
import { useEmulators } from '../support/emulators.ts';
import { Engine, type SdkCall, type TestWork } from '../support/engine.ts';

useEmulators();

type Item = Record<string, AttributeValue>;

/**
 * What DynamoDB bills for a write: a unit for each started KB of the item, then for each index one when its entry appears, disappears or
 * changes, and two when its key changes.
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/GSI.html#GSI.ThroughputConsiderations.Writes
 */
function writeUnits(before: Item | undefined, after: Item): number {
  const kilobytes = (item: Item | undefined) => (item === undefined ? 0 : Math.ceil(itemSizeBytes(item) / 1024));
  const ofIndex = ({ partitionKey, sortKey }: { partitionKey: string; sortKey: string }) => {
    const key = (item: Item | undefined) => item?.[partitionKey] && JSON.stringify([item[partitionKey], item[sortKey]]);
    const [was, is] = [key(before), key(after)];
    if (was === is) return 0;
    return was === undefined || is === undefined ? 1 : 2;
  };
  return Math.max(kilobytes(before), kilobytes(after)) + ofIndex(jobTable.due) + ofIndex(jobTable.listing);
}

/** The calls as the SDK really made them, each write with its units. */
function ledger(calls: readonly SdkCall[]): readonly (readonly [string, number?])[] {
  let item: Item | undefined;
  return calls.map(({ name, input, output }) => {
    const after = (name === 'PutItemCommand' ? input['Item'] : name === 'UpdateItemCommand' ? output?.['Attributes'] : undefined) as
      | Item
      | undefined;
    if (after === undefined) return [name];
    const units = writeUnits(item, after);
    item = after;
    return [name, units];
  });
}

it('of a short job: accept 1 put (3 units) and 1 send, claim 1 update (1 unit), finish 1 update (2 units), and no reads', async () => {
  const engine = await Engine.open();
  const echo: TestWork = { run: async ({ text }) => ({ echo: text }) };
  const job = await engine.accept({ owner: 'arn:aws:iam::123456789012:role/SomeDeploymentRole', tags: { team: 'data' } });
  const accepted = engine.calls.length;
  await engine.wake(job, echo);
  expect(new Set(ledger(engine.calls.slice(0, accepted)))).toEqual(new Set([['PutItemCommand', 3], ['SendMessageCommand']]));
  expect(ledger(engine.calls).filter(([name]) => name !== 'SendMessageCommand')).toEqual([
    ['PutItemCommand', 3],
    ['UpdateItemCommand', 1],
    ['UpdateItemCommand', 2],
  ]);
});

it('of a retry: 1 update that also moves the alarm, and 1 send', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  const before = engine.calls.length;
  await engine.wake(job, {
    run: async () => {
      throw new Error('not yet');
    },
  });
  expect(ledger(engine.calls).slice(before)).toEqual([['UpdateItemCommand', 1], ['UpdateItemCommand', 3], ['SendMessageCommand']]);
});

it('of a duplicate delivery: 1 refused update and at most 1 read', async () => {
  const engine = await Engine.open();
  const job = await engine.accept();
  await engine.wake(job, { run: async ({ text }) => ({ echo: text }) });
  const before = engine.calls.length;
  await engine.wake(job, { run: async ({ text }) => ({ echo: text }) });
  // DynamoDB hands the item over with the refusal; this emulator has to be asked.
  expect(ledger(engine.calls).slice(before)).toEqual([['UpdateItemCommand'], ['GetItemCommand']]);
});
