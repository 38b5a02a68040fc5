/**
 * One round of write-batch: one job with many rows, from its submission until it has ended, and a bare loop that writes as many rows into the same table of
 * the same emulators by BatchWriteItem, with as many requests in flight as the job has. Prints a line of JSON: rows a second of each.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { BatchWriteItemCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { localCredentials } from '../../local/emulator-environment.ts';
import { local as names } from '../../local/resources.ts';
import { inLanes, rate } from '../measure/rates.ts';
import { startLocal, untilEnded } from './local-process.ts';
import { post } from './submissions.ts';

const [rows = 10_000, rounds = 2] = process.argv.slice(2).map(Number);
// As `BatchWriter` of write-batch has them.
const [rowsOfRequest, inFlight] = [25, 8];
const local = await startLocal();
const { dynamodb } = JSON.parse(readFileSync(join(local.folder, 'endpoints.json'), 'utf8')) as { readonly dynamodb: string };
const client = new DynamoDBClient({
  region: 'us-east-1',
  credentials: localCredentials,
  endpoint: dynamodb,
});

let ended = 0;
const byJob = (name: string, count: number) =>
  rate(count, async () => {
    const items = Array.from({ length: count }, (_, n) => ({ id: `${name}-${n}`, total: n }));
    await post(`${local.url}/v1/jobs`, { type: 'write-batch', input: { table: names.scratchTable, operation: 'put', rows: items } }, name);
    await untilEnded(local.folder, ++ended);
  });

const byLoop = (name: string, count: number) =>
  rate(count, () =>
    inLanes(count / rowsOfRequest, inFlight, (request) => {
      const puts = Array.from({ length: rowsOfRequest }, (_, i) => request * rowsOfRequest + i).map((n) => ({
        PutRequest: { Item: { id: { S: `${name}-${n}` }, total: { N: String(n) } } },
      }));
      return client.send(new BatchWriteItemCommand({ RequestItems: { [names.scratchTable]: puts } }));
    }),
  );

await byJob('warm-up-job', 1_000);
await byLoop('warm-up-loop', 1_000);
let [ours, theirs] = [0, 0];
for (let round = 0; round < rounds; round++) {
  ours += (await byJob(`job-${round}`, rows)) / rounds;
  theirs += (await byLoop(`loop-${round}`, rows)) / rounds;
}
console.log(JSON.stringify({ ours, theirs }));
await local.stop();
