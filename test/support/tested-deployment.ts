/** What the end-to-end suite talks to: a local mode of its own, or the stack that `npm run test:deploy` has deployed. One suite for both. */
import { join } from 'node:path';
import { DynamoDBClient, type DynamoDBClientConfig, ListTablesCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb';
import { ListBucketsCommand, S3Client } from '@aws-sdk/client-s3';
import { ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs';
import { HttpClient, type Transport } from './http-client.ts';
import { LocalProcess } from './local-process.ts';
import { signedTransport } from './signed-transport.ts';

interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** A deployment, as `DELEGATION_E2E` describes it. */
export interface Deployed {
  readonly url: string;
  readonly region: string;
  /** Endpoint of every AWS service. */
  readonly endpoint: string;
  /** May do everything in the account. */
  readonly root: Credentials;
  /** The admin's, under `local`, and other owners'. */
  readonly owners: Readonly<Record<string, Credentials>>;
  readonly launch: { readonly imageId: string; readonly instanceTypes: readonly string[]; readonly subnetIds: readonly string[] };
}

export class Deployment {
  readonly client: HttpClient;
  private readonly local: LocalProcess | undefined;
  private readonly deployed: Deployed | undefined;

  /** @param jobFolder a folder of job types that the local mode runs as well; what is deployed has those that were deployed */
  constructor({ jobFolder }: { readonly jobFolder?: string } = {}) {
    const text = process.env['DELEGATION_E2E'];
    this.deployed = text === undefined ? undefined : (JSON.parse(text) as Deployed);
    this.local = this.deployed === undefined ? new LocalProcess(join(__dirname, '..', '..'), jobFolder) : undefined;
    const { deployed } = this;
    this.client = new HttpClient(() => this.url, deployed && transportOf(deployed));
  }

  get url(): string {
    return this.deployed?.url ?? this.local?.url ?? '';
  }

  /** As answers name it: a deployed gateway has the port of HTTPS, and an emulated one another. */
  get origin(): string {
    if (this.isLocal) return this.url;
    const { protocol, hostname } = new URL(this.url);
    return `${protocol}//${hostname}`;
  }

  get isLocal(): boolean {
    return this.local !== undefined;
  }

  /** What `launch-instances` may be asked for here. */
  get launch(): Deployed['launch'] {
    return this.deployed?.launch ?? { imageId: 'ami-1', instanceTypes: ['t4g.small'], subnetIds: ['subnet-1'] };
  }

  /** Credentials of a caller of the deployed API. */
  credentialsOf(owner: string): Credentials {
    return credentialsOf(this.deployed, owner);
  }

  /** Options of an AWS client that looks behind the API. */
  aws(service: 'dynamodb' | 's3' | 'sqs' | 'ec2' | 'cloudwatch' | 'iam' | 'secretsmanager') {
    const { deployed, local } = this;
    const credentials = deployed?.root ?? { accessKeyId: 'local', secretAccessKey: 'local' };
    const isDeployedOnly = service === 'cloudwatch' || service === 'iam' || service === 'secretsmanager';
    const endpoint = deployed?.endpoint ?? (isDeployedOnly ? undefined : local?.endpoints()[service]) ?? '';
    return { endpoint, region: deployed?.region ?? 'us-east-1', credentials, forcePathStyle: true } satisfies DynamoDBClientConfig & {
      forcePathStyle: boolean;
    };
  }

  /** @returns the URLs of a job type's queues, past the API */
  async queueUrls(type: string): Promise<{ readonly queue: string; readonly deadLetters: string }> {
    const { local } = this;
    if (local !== undefined) {
      const queue = local.endpoints().queues[type] ?? '';
      return { queue, deadLetters: `${queue}-dead` };
    }
    const { QueueUrls = [] } = await new SQSClient(this.aws('sqs')).send(new ListQueuesCommand({ QueueNamePrefix: 'Delegation-test-' }));
    const part = `Queue${type.replaceAll('-', '')}`;
    const [queue, deadLetters] = [false, true].map((isDead) =>
      QueueUrls.find((url) => url.includes(part) && url.includes('DeadLetter') === isDead),
    );
    if (queue === undefined || deadLetters === undefined) throw new Error(`There are no queues of ${type} among ${QueueUrls.join(', ')}.`);
    return { queue, deadLetters };
  }

  /** Where large inputs, results and files are. */
  async payloadBucket(): Promise<string> {
    if (this.isLocal) return 'delegation-payloads';
    const { Buckets = [] } = await new S3Client(this.aws('s3')).send(new ListBucketsCommand());
    return Buckets.find(({ Name }) => Name?.startsWith('delegation-test-delegation'))?.Name ?? '';
  }

  async jobsTable(): Promise<string> {
    if (this.local !== undefined) return this.local.endpoints().tableName;
    const { TableNames = [] } = await new DynamoDBClient(this.aws('dynamodb')).send(new ListTablesCommand());
    return TableNames.find((name) => name.startsWith('Delegation-test-')) ?? '';
  }

  /** Lets this time pass for one job that is not running. */
  async letPass({ id }: { readonly id: string }, seconds: number): Promise<void> {
    await new DynamoDBClient(this.aws('dynamodb')).send(
      new UpdateItemCommand({
        TableName: await this.jobsTable(),
        Key: { id: { S: id } },
        UpdateExpression: 'ADD #notBefore :back, #alarmKey :back',
        ExpressionAttributeNames: { '#notBefore': 'notBeforeMs', '#alarmKey': 'alarmKey' },
        ExpressionAttributeValues: { ':back': { N: String(-seconds * 1000) } },
      }),
    );
  }

  async start(): Promise<void> {
    await this.local?.start();
  }

  async stop(): Promise<void> {
    await this.local?.remove();
  }
}

function transportOf(deployed: Deployed): Transport {
  return (owner = 'local') => signedTransport({ ...credentialsOf(deployed, owner), region: deployed.region });
}

function credentialsOf(deployed: Deployed | undefined, owner: string): Credentials {
  const credentials = deployed?.owners[owner];
  if (credentials === undefined) throw new Error(`The deploy test made no credentials for ${owner}.`);
  return credentials;
}

/** Starts before the tests of a file, if there is anything to start, and ends after them. */
export function useDeployment(options?: ConstructorParameters<typeof Deployment>[0]): Deployment {
  const deployment = new Deployment(options);
  beforeAll(() => deployment.start());
  afterAll(() => deployment.stop());
  return deployment;
}
