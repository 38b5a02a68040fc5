import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { emulatorEnvironment } from '../../local/emulator-environment.ts';
import type { Emulators } from '../../local/emulators.ts';

export type Endpoints = Omit<Emulators, 'stop'>;

/** Amazon's own DynamoDB Local, when `test/dynamodb-local.sh` runs the tests. */
const dynamoDbLocal = process.env['DELEGATION_TEST_DYNAMODB'];
const otherDynamoDb = dynamoDbLocal === undefined ? {} : { dynamodb: dynamoDbLocal };

/** A refused condition brings the item that refused it; dynalite has to be asked for it. */
export const refusalsBringTheItem = dynamoDbLocal !== undefined;
/** Whether the tests run on Amazon's own DynamoDB Local, which counts sizes as the service does. */
export const isDynamoDbLocal = dynamoDbLocal !== undefined;

/** Real DynamoDB, SQS, S3 and EC2 protocol servers for one test file, in memory. Fills in before its tests run; ends with them. */
export function useEmulators(): Endpoints {
  const endpoints = {} as { -readonly [K in keyof Endpoints]: string };
  let child: ReturnType<typeof spawn> | undefined;
  beforeAll(async () => {
    child = spawn(process.execPath, [join(__dirname, 'emulators-process.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    Object.assign(endpoints, JSON.parse(line.toString()), otherDynamoDb);
    Object.assign(process.env, emulatorEnvironment(endpoints));
  });
  afterAll(async () => {
    if (!child) return;
    child.stdin?.end();
    await once(child, 'exit');
  });
  return endpoints;
}
