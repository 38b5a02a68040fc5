/** DynamoDB, SQS, S3, EC2 and EventBridge on this machine: real protocol servers inside this process, for the unchanged AWS SDK with other endpoints. */
import { mkdirSync } from 'node:fs';
import { Server as HttpServer } from 'node:http';
import { Server } from 'node:net';
import { extname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Worker } from 'node:worker_threads';
import dynalite from 'dynalite';
import { startFauxqs } from 'fauxqs';
import { startEc2Endpoint } from './ec2-endpoint.ts';
import { startEventsEndpoint } from './events-endpoint.ts';
import { listenOnLoopback } from './loopback-server.ts';
import { UploadEndpoint } from './upload-endpoint.ts';

export interface Emulators {
  readonly dynamodb: string;
  readonly sqs: string;
  readonly s3: string;
  readonly ec2: string;
  readonly events: string;
  stop(): Promise<void>;
}

/**
 * Starts all of them on free loopback ports.
 * @param dataDir keeps their state there, so that a later start goes on with it; without it everything is in memory
 */
export async function startEmulators({ dataDir }: { readonly dataDir?: string } = {}): Promise<Emulators> {
  if (dataDir !== undefined) mkdirSync(dataDir, { recursive: true });
  const within = (name: string) => (dataDir === undefined ? undefined : join(dataDir, name));
  const uploads = new UploadEndpoint(within('uploads'));
  const [dynamodb, queues, ec2, events] = await Promise.all([
    startDynalite(within('dynamodb')),
    onLoopbackOnly(
      (server) => uploads.answerFor(server),
      () =>
        withoutDiskSync(() =>
          startFauxqs({
            port: 0,
            logger: false,
            ...(dataDir === undefined ? {} : { dataDir: join(dataDir, 'sqs'), s3StorageDir: join(dataDir, 's3') }),
          }),
        ),
    ),
    startEc2Endpoint({ ...(dataDir === undefined ? {} : { stateFile: join(dataDir, 'ec2.json') }) }),
    startEventsEndpoint({ ...(dataDir === undefined ? {} : { logFile: join(dataDir, 'events.ndjson') }) }),
  ]);
  const queuesUrl = `http://127.0.0.1:${queues.port}`;
  return {
    dynamodb: dynamodb.url,
    sqs: queuesUrl,
    s3: queuesUrl,
    ec2: ec2.url,
    events: events.url,
    stop: async () => {
      await Promise.all([dynamodb.stop(), queues.stop(), ec2.stop(), events.stop()]);
      uploads.stop();
    },
  };
}

/**
 * The same in a thread of this process, which the emulators would otherwise share with the handlers. A thread cannot outlive its process,
 * no matter which signal ends that. An error that nothing in the thread catches ends the process, as it would without a thread.
 */
export async function startEmulatorsInThread(options: { readonly dataDir?: string } = {}): Promise<Emulators> {
  const thread = new Worker(new URL(`./emulators-thread${extname(import.meta.filename)}`, import.meta.url), { workerData: options });
  const endpoints = await new Promise<Omit<Emulators, 'stop'>>((resolve, reject) => {
    thread.once('message', resolve).once('error', reject);
  });
  let isStopping = false;
  thread.on('error', (error) => {
    process.stderr.write(`An emulator failed: ${error instanceof Error ? error.stack : String(error)}\n`);
  });
  const ended = new Promise<void>((resolve) => {
    thread.once('exit', () => {
      // Nothing works without them, and their data are on disk.
      if (!isStopping) process.exit(1);
      resolve();
    });
  });
  return {
    ...endpoints,
    stop: () => {
      isStopping = true;
      thread.postMessage('stop');
      return ended;
    },
  };
}

async function startDynalite(path: string | undefined): Promise<{ url: string; stop(): Promise<void> }> {
  const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0, ...(path === undefined ? {} : { path }) });
  return listenOnLoopback(server);
}

/** fauxqs listens on every interface and offers no setting for it; every server that starts listening during `start` is bound to the loopback instead. @param onListen sees each before it listens */
async function onLoopbackOnly<T>(onListen: (server: HttpServer) => void, start: () => Promise<T>): Promise<T> {
  const listen = Server.prototype.listen;
  Server.prototype.listen = function (this: Server, ...args: unknown[]) {
    const [options, ...rest] = args;
    const isEverywhere = typeof options === 'object' && options !== null && 'host' in options;
    if (isEverywhere && this instanceof HttpServer) onListen(this);
    const bound = isEverywhere ? { ...options, host: '127.0.0.1' } : options;
    return Reflect.apply(listen, this, [bound, ...rest]);
  } as typeof listen;
  try {
    return await start();
  } finally {
    Server.prototype.listen = listen;
  }
}

/**
 * fauxqs waits for the disk three times for each message, and offers no setting for it. A process that is killed loses nothing either way:
 * only a machine that loses power may lose the last messages, as dynalite its last writes. The clock replaces lost messages.
 * @see https://sqlite.org/pragma.html#pragma_synchronous
 */
async function withoutDiskSync<T>(start: () => Promise<T>): Promise<T> {
  const { exec } = DatabaseSync.prototype;
  DatabaseSync.prototype.exec = function (this: DatabaseSync, sql) {
    exec.call(this, sql);
    if (/journal_mode *= *WAL/i.test(sql)) exec.call(this, 'PRAGMA synchronous = NORMAL');
  };
  try {
    return await start();
  } finally {
    DatabaseSync.prototype.exec = exec;
  }
}
