/** Runs DynamoDB, SQS, S3 and EC2 in a process of their own, over a data folder; a chaos test kills and restarts it. */
import { ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import { dynamoDbClient } from '../../lambdas/adapters/aws-clients.ts';
import { emulatorEnvironment } from '../../local/emulator-environment.ts';
import { startEmulators } from '../../local/emulators.ts';
import { repairIndexes } from '../../local/repair-indexes.ts';
import { local } from '../../local/resources.ts';

process.stdin.resume().on('end', () => process.exit(0)); // dies with the run that started it
const [dataDir = ''] = process.argv.slice(2);
const emulators = await startEmulators({ dataDir });
Object.assign(process.env, emulatorEnvironment(emulators));
// Repairs an index that a kill left behind its table, before anything reads it. The real DynamoDB needs no repair.
await repairIndexes(dynamoDbClient(), local.tableName).catch((error: unknown) => {
  if (!(error instanceof ResourceNotFoundException)) throw error;
});
process.stdout.write(`${JSON.stringify(emulators)}\n`);
