/** The job store in one DynamoDB table: every decision is a condition on a single item. */
import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { UnavailableError } from '../core/contract/errors.ts';
import type { ShardKey } from '../core/job/group.ts';
import { fewestPartitions, type PartitionCount } from '../core/job/index-partitions.ts';
import type { Job, JobPatch } from '../core/job/job.ts';
import type { Guard, JobStore } from '../core/job/ports.ts';
import { claimableStatuses, unfinishedStatuses } from '../core/job/states.ts';
import { ConditionalItems } from './conditional-items.ts';
import { dynamoDbDueIndex } from './dynamodb-due-index.ts';
import { dynamoDbListing } from './dynamodb-listing.ts';
import { changedAttributes, fromItem, type Item, newNonce, toItem } from './job-item.ts';
import { UpdateExpression } from './update-expression.ts';

/** @param partitions over how many the indexes are spread, asked at each write. @default the fewest, which every reader reads */
export function dynamoDbJobStore(
  client: DynamoDBClient,
  tableName: string,
  partitions: () => PartitionCount = () => fewestPartitions,
): JobStore {
  return {
    ...dynamoDbDueIndex(client, tableName),
    ...dynamoDbListing(client, tableName),
    ...jobRecords(new ConditionalItems(client, tableName), partitions),
  };
}

type JobRecords = Pick<JobStore, 'create' | 'get' | 'getMany' | 'claim' | 'write' | 'completeShard'>;

function jobRecords(items: ConditionalItems, partitions: () => PartitionCount): JobRecords {
  return {
    async create(job, nowMs) {
      const nonce = newNonce();
      const { kind, item } = await items.create(toItem(job, nonce, partitions()), nonce, nowMs);
      if (kind === 'written') return { kind: 'created' };
      if (item === undefined) throw new UnavailableError('The record was refused because of another one, which is gone by now.');
      return { kind: 'exists', job: fromItem(item) };
    },

    get: async (id, nowMs) => visible(await items.read(id), nowMs),

    async getMany(ids, nowMs) {
      const found = (await items.readMany(ids)).flatMap((item) => visible(item, nowMs) ?? []);
      const jobs = new Map(found.map((job) => [job.id, job]));
      return ids.flatMap((id) => jobs.get(id) ?? []);
    },

    async claim(id, { type, leaseToken, nowMs, leaseEndsAtMs }) {
      const expression = new UpdateExpression({ status: 'running', leaseToken, leaseEndsAtMs, reason: undefined, lastWrite: leaseToken })
        .append('timeline', [{ atMs: nowMs, event: 'started' }])
        .copy('attempt', 'attemptsStarted')
        .setIfMissing('startedAtMs', nowMs)
        .require('type', '=', type)
        .require('notBeforeMs', '<=', nowMs)
        .requireMissing('held')
        .requireOneOf('status', claimableStatuses);
      const { kind, item } = await items.update(id, leaseToken, expression);
      if (kind === 'written') return { kind: 'claimed', job: fromItem(item) };
      return item === undefined ? { kind: 'missing' } : { kind: 'refused', job: fromItem(item) };
    },

    async write(job, guard, patch) {
      const nonce = newNonce();
      const expression = new UpdateExpression({ ...changedAttributes(job, patch, partitions()), lastWrite: nonce });
      requireGuard(expression, guard, patch);
      const { kind, item } = await items.update(job.id, nonce, expression);
      if (kind === 'written') return fromItem(item);
      const current = item === undefined ? undefined : fromItem(item);
      return guard.kind === 'lease' && isHeldLonger(current, guard.leaseToken, patch) ? current : undefined;
    },

    completeShard: (shard, ended) => completeShard(items, shard, ended),
  };
}

async function completeShard(
  items: ConditionalItems,
  { id, createdAtMs, shard }: ShardKey,
  ended: readonly number[],
): Promise<Job | undefined> {
  const nonce = newNonce();
  const expression = new UpdateExpression({ lastWrite: nonce })
    .setOnce({ path: ['members', 'shards'], index: shard, member: 'ended' }, ended)
    .increment('notices')
    .require('createdAtMs', '=', createdAtMs)
    .requireOneOf('status', unfinishedStatuses);
  const { item } = await items.update(id, nonce, expression);
  const group = item && fromItem(item);
  return group?.createdAtMs === createdAtMs ? group : undefined;
}

function requireGuard(expression: UpdateExpression, guard: Guard, { leaseEndsAtMs }: JobPatch): void {
  if (guard.kind === 'revision') {
    expression.require('revision', '=', guard.revision);
    return;
  }
  expression.require('leaseToken', '=', guard.leaseToken).requireOneOf('status', ['running']);
  if (guard.notices === 0) expression.requireMissing('notices');
  else if (guard.notices !== undefined) expression.require('notices', '=', guard.notices);
  // A heartbeat that arrives after a later one must not shorten the lease.
  if (leaseEndsAtMs !== undefined) expression.require('leaseEndsAtMs', '<=', leaseEndsAtMs);
}

function isHeldLonger(job: Job | undefined, leaseToken: string, { leaseEndsAtMs }: JobPatch): boolean {
  return (
    job?.status === 'running' && job.leaseToken === leaseToken && leaseEndsAtMs !== undefined && (job.leaseEndsAtMs ?? 0) > leaseEndsAtMs
  );
}

/** DynamoDB deletes expired items within days; until then they are treated as gone. @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ttl-expired-items.html */
function visible(item: Item | undefined, nowMs: number): Job | undefined {
  if (item === undefined) return undefined;
  const job = fromItem(item);
  return job.expiresAtMs !== undefined && job.expiresAtMs <= nowMs ? undefined : job;
}
