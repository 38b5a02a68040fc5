/** Whether everything is as it must be, once every job has ended: the API's word against the tables, the instances and the queues. */
import { isDeepStrictEqual } from 'node:util';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { delegatedId } from '../../lambdas/core/submit/delegate.ts';
import { local } from '../../local/resources.ts';
import { ec2Overview } from '../support/ec2-control.ts';
import type { Backends } from './backends.ts';
import { type KnownJob, name, type Witness } from './witness.ts';

/** With these a job may fail when its attempts, or its workers' lives, are used up by what befell them. */
const faultsOfOthers =
  /^(worker_crashed|unavailable|throttled|attempt_timed_out|.*Throttl.*|RequestLimitExceeded|ProvisionedThroughputExceededException|InternalServerError|InternalError|InternalFailure|ServiceUnavailable|Unavailable|TimeoutError|ECONN.*|launch_in_doubt)$/;

export async function judge(witness: Witness, { directly }: Backends): Promise<void> {
  const jobs = [...witness.jobs.values()];
  const note = (breach: string) => witness.note(breach);
  for (const job of jobs)
    for (const breach of faultsOfRecord(job)) note(`${job.id} (${name(job.planned)}, ${job.planned.work.type}): ${breach}`);
  const client = new DynamoDBClient({
    endpoint: directly.dynamodb,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  judgeRecords(jobs, await readTable(client, local.tableName), note);
  judgeRows(jobs, await readTable(client, local.scratchTable), note);
  judgeInstances(jobs, (await ec2Overview(directly)).instances, note);
}

type Note = (breach: string) => void;
type Items = ReadonlyMap<string, Record<string, unknown>>;

function* faultsOfRecord({ planned, told, cancelAnswer }: KnownJob): Generator<string> {
  const { status, error, timeline, createdAt, startedAt, cancelRequestedAt } = told;
  if (status === 'failed' && !faultsOfOthers.test(error?.code ?? '')) yield `it failed with ${error?.code}: ${error?.message}`;
  if (status === 'cancelled' && planned.cancelAfterMs === undefined) yield 'it was cancelled, and nobody asked for that';
  if (cancelAnswer === 200 && status !== 'cancelled') yield `its cancelling was answered with 200, and it ${status}`;
  if ((cancelAnswer === 200 || cancelAnswer === 202) && cancelRequestedAt === null) yield 'its cancelling was answered and forgotten';
  if (timeline.filter(({ event }) => event === status).length !== 1) yield `its timeline does not end once with ${status}`;
  const delayMs = (planned.delaySeconds ?? 0) * 1_000;
  if (startedAt !== null && Date.parse(String(startedAt)) < Date.parse(String(createdAt)) + delayMs)
    yield `it started at ${startedAt}, too early`;
}

/** No record that nobody asked for, and none missing. */
function judgeRecords(jobs: readonly KnownJob[], records: Items, note: Note): void {
  const delegated = ({ id, planned, told }: KnownJob) =>
    delegatedId({ id, owner: planned.owner, createdAtMs: Date.parse(String(told['createdAt'])) }, 'terminate');
  const withEnd = jobs.filter(({ planned }) => 'timeToLiveSeconds' in planned.work.input);
  // Beside the jobs stand the switches of the job types.
  const known = new Set(['control', ...jobs.map(({ id }) => id), ...withEnd.map(delegated)]);
  for (const [id, record] of records) if (!known.has(id)) note(`${id}: a record of type ${record['type']} that nobody asked for`);
  for (const { id } of jobs) if (!records.has(id)) note(`${id}: it was accepted and has no record`);
  for (const job of withEnd) {
    if (job.told.status === 'succeeded' && !records.has(delegated(job))) note(`${job.id}: nobody will terminate its instances`);
  }
}

function judgeRows(jobs: readonly KnownJob[], rows: Items, note: Note): void {
  const asked = new Set<string>();
  for (const { id, planned, told } of jobs) {
    if (planned.work.type !== 'write-batch') continue;
    const [row] = planned.work.input.rows;
    const found = rows.get(row.id);
    asked.add(row.id);
    const wasBegun = told.timeline.some(({ event }) => event === 'started');
    if (told.status === 'succeeded' && !isDeepStrictEqual(found, row)) note(`${id} succeeded, and its row is ${JSON.stringify(found)}`);
    if (told.status === 'succeeded' && (told.result as { written: number }).written !== 1) note(`${id} wrote one row and tells otherwise`);
    if (told.status !== 'succeeded' && !wasBegun && found !== undefined) note(`${id} ${told.status} before it began, and its row is there`);
  }
  for (const rowId of rows.keys()) if (!asked.has(rowId)) note(`row ${rowId} is there, and nobody asked for it`);
}

interface Instance {
  readonly instanceId: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

function judgeInstances(jobs: readonly KnownJob[], instances: readonly Instance[], note: Note): void {
  const alive = instances.filter(({ state }) => state === 'pending' || state === 'running');
  const byJob = Map.groupBy(alive, ({ tags }) => tags['delegation:job'] ?? 'nobody');
  for (const { id, planned, told } of jobs) {
    const ids = (byJob.get(id) ?? []).map(({ instanceId }) => instanceId).sort();
    byJob.delete(id);
    if (planned.work.type !== 'launch-instances') continue;
    const launched = instances.filter(({ tags }) => tags['delegation:job'] === id).length;
    const { count } = planned.work.input;
    if (launched > count) note(`${id} asked for ${count} instances and launched ${launched}`);
    if (told.status !== 'succeeded') {
      if (ids.length > 0) note(`${id} ${told.status}, and left ${ids.join(', ')} behind`);
      continue;
    }
    const { instances: reported } = told.result as { instances: readonly Instance[] };
    const reportedIds = reported.map(({ instanceId }) => instanceId).sort();
    if (ids.length !== count || !isDeepStrictEqual(ids, reportedIds)) {
      note(`${id} asked for ${count} instances, reports [${reportedIds.join(', ')}], and there are [${ids.join(', ')}]`);
    }
  }
  for (const [id, others] of byJob) note(`${others.length} instances are tagged with ${id}, which launched none`);
}

async function readTable(client: DynamoDBClient, TableName: string): Promise<Items> {
  const items = new Map<string, Record<string, unknown>>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    for (const item of Items) items.set(item['id']?.S ?? '', unmarshall(item));
  }
  return items;
}
