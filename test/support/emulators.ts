import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { Emulators } from '../../local/emulators.ts';

export type Endpoints = Omit<Emulators, 'stop'>;

/** Real DynamoDB, SQS, S3 and EC2 protocol servers for one test file, in memory. Fills in before its tests run; ends with them. */
export function useEmulators(): Endpoints {
  const endpoints = {} as { -readonly [K in keyof Endpoints]: string };
  let child: ReturnType<typeof spawn> | undefined;
  beforeAll(async () => {
    child = spawn(process.execPath, [join(__dirname, 'emulators-process.ts')], { stdio: ['pipe', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout as NodeJS.ReadableStream, 'data')) as [Buffer];
    Object.assign(endpoints, JSON.parse(line.toString()));
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
      AWS_ENDPOINT_URL_SQS: endpoints.sqs,
      AWS_ENDPOINT_URL_S3: endpoints.s3,
      AWS_ENDPOINT_URL_EC2: endpoints.ec2,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    });
  }, 30_000);
  afterAll(async () => {
    if (!child) return;
    child.stdin?.end();
    await once(child, 'exit');
  });
  return endpoints;
}
