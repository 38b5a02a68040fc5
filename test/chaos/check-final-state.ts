/** Checks the final state: the API's answers against the tables, the instances and the queues. */
import { isDeepStrictEqual } from 'node:util';
import { DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { delegatedId } from '../../lambdas/core/submit/child-job.ts';
import { local } from '../../local/resources.ts';
import { ec2Overview } from '../support/ec2-control.ts';
import type { Backends } from './backends.ts';
import { type ClientHistory, type KnownJob, name } from './client-history.ts';

/** Codes with which a job may fail when faults have used up its attempts or its workers. */
const faultCodes =
  /^(worker_crashed|unavailable|throttled|invocation_timed_out|.*Throttl.*|RequestLimitExceeded|ProvisionedThroughputExceededException|InternalServerError|InternalError|InternalFailure|ServiceUnavailable|Unavailable|TimeoutError|ECONN.*|launch_in_doubt)$/;

export async function checkFinalState(history: ClientHistory, { directly }: Backends): Promise<void> {
  const jobs = [...history.jobs.values()];
  const violated = (violation: string) => history.violated(violation);
  for (const job of jobs)
    for (const violation of violationsOfRecord(job, history.firstSentAtMs(job.planned)))
      violated(`${job.id} (${name(job.planned)}, ${job.planned.work.type}): ${violation}`);
  const client = new DynamoDBClient({
    endpoint: directly.dynamodb,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  });
  checkRecords(jobs, await readTable(client, local.tableName), violated);
  checkRows(jobs, await readTable(client, local.scratchTable), violated);
  checkInstances(jobs, (await ec2Overview(directly)).instances, violated);
}

type ReportViolation = (violation: string) => void;
type Items = ReadonlyMap<string, Record<string, unknown>>;

function* violationsOfRecord({ planned, lastSeen, cancelAnswer }: KnownJob, firstSentAtMs: number): Generator<string> {
  const { status, error, timeline, startedAt, cancelRequestedAt } = lastSeen;
  if (status === 'failed' && !faultCodes.test(error?.code ?? '')) yield `it failed with ${error?.code}: ${error?.message}`;
  if (status === 'cancelled' && planned.cancelAfterMs === undefined) yield 'it was cancelled without a cancel request';
  if (cancelAnswer === 200 && status !== 'cancelled') yield `its cancel was answered with 200, and it ${status}`;
  if ((cancelAnswer === 200 || cancelAnswer === 202) && cancelRequestedAt === null) yield 'its cancel was answered and forgotten';
  if (timeline.filter(({ event }) => event === status).length !== 1) yield `its timeline does not end once with ${status}`;
  // A delay counts from when the request came in, which is later than it was sent and earlier than its record was written.
  const earliestMs = firstSentAtMs + (planned.delaySeconds ?? 0) * 1_000;
  if (startedAt !== null && !(Date.parse(String(startedAt)) >= earliestMs)) yield `it started at ${startedAt}, too early`;
}

/** Each record has its submission, and each accepted submission its record. */
function checkRecords(jobs: readonly KnownJob[], records: Items, violated: ReportViolation): void {
  const delegated = ({ id, planned, lastSeen }: KnownJob) =>
    delegatedId({ id, owner: planned.owner, createdAtMs: Date.parse(String(lastSeen['createdAt'])) }, 'terminate');
  const withEnd = jobs.filter(({ planned }) => 'timeToLiveSeconds' in planned.work.input);
  // The table also holds the states of the job types.
  const known = new Set(['control', ...jobs.map(({ id }) => id), ...withEnd.map(delegated)]);
  for (const [id, record] of records) if (!known.has(id)) violated(`${id}: a record of type ${record['type']} without a submission`);
  for (const { id } of jobs) if (!records.has(id)) violated(`${id}: it was accepted and has no record`);
  for (const job of withEnd) {
    if (job.lastSeen.status === 'succeeded' && !records.has(delegated(job))) violated(`${job.id}: no job will terminate its instances`);
  }
}

function checkRows(jobs: readonly KnownJob[], rows: Items, violated: ReportViolation): void {
  const asked = new Set<string>();
  for (const { id, planned, lastSeen } of jobs) {
    if (planned.work.type !== 'write-batch') continue;
    const [row] = planned.work.input.rows;
    const found = rows.get(row.id);
    asked.add(row.id);
    const wasStarted = lastSeen.timeline.some(({ event }) => event === 'started');
    if (lastSeen.status === 'succeeded' && !isDeepStrictEqual(found, row))
      violated(`${id} succeeded, and its row is ${JSON.stringify(found)}`);
    if (lastSeen.status === 'succeeded' && (lastSeen.result as { written: number }).written !== 1)
      violated(`${id} wrote one row and reports otherwise`);
    if (lastSeen.status !== 'succeeded' && !wasStarted && found !== undefined)
      violated(`${id} ${lastSeen.status} before it started, and its row is there`);
  }
  for (const rowId of rows.keys()) if (!asked.has(rowId)) violated(`row ${rowId} exists without a submission`);
}

interface Instance {
  readonly instanceId: string;
  readonly state: string;
  readonly tags: Readonly<Record<string, string>>;
}

function checkInstances(jobs: readonly KnownJob[], instances: readonly Instance[], violated: ReportViolation): void {
  const alive = instances.filter(({ state }) => state === 'pending' || state === 'running');
  const byJob = Map.groupBy(alive, ({ tags }) => tags['delegation:job'] ?? 'no job');
  for (const { id, planned, lastSeen } of jobs) {
    const ids = (byJob.get(id) ?? []).map(({ instanceId }) => instanceId).sort();
    byJob.delete(id);
    if (planned.work.type !== 'launch-instances') continue;
    const launched = instances.filter(({ tags }) => tags['delegation:job'] === id).length;
    const { count } = planned.work.input;
    if (launched > count) violated(`${id} asked for ${count} instances and launched ${launched}`);
    if (lastSeen.status !== 'succeeded') {
      if (ids.length > 0) violated(`${id} ${lastSeen.status}, and left ${ids.join(', ')} behind`);
      continue;
    }
    const { instances: reported } = lastSeen.result as { instances: readonly Instance[] };
    const reportedIds = reported.map(({ instanceId }) => instanceId).sort();
    if (ids.length !== count || !isDeepStrictEqual(ids, reportedIds)) {
      violated(`${id} asked for ${count} instances, reports [${reportedIds.join(', ')}], and there are [${ids.join(', ')}]`);
    }
  }
  for (const [id, others] of byJob) violated(`${others.length} instances are tagged with ${id}, which launched none`);
}

async function readTable(client: DynamoDBClient, TableName: string): Promise<Items> {
  const items = new Map<string, Record<string, unknown>>();
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true })) {
    for (const item of Items) items.set(item['id']?.S ?? '', unmarshall(item));
  }
  return items;
}
