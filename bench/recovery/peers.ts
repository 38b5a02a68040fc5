/** The peers of the recovery bench, each with its own defaults for a worker that is gone, but where those are longer than ten minutes. */
import { importPeer } from '../peers/install-peers.ts';
import { appendLines, type Task } from './append-lines.ts';

export interface Peer {
  /** Does tasks in this process until that is ended. Resolves once it looks for them. */
  work(): Promise<void>;
  /** Accepts tasks. */
  submit(tasks: readonly Task[]): Promise<void>;
  /** Called right after the worker was killed, for what is set by no option. */
  afterKill?(): Promise<void>;
}

/** How many tasks a worker does at the same time. */
const atOnce = 10;
const name = 'append-lines';
/** What the peers whose default is longer than ten minutes are set to. */
export const heldSeconds = 60;

interface BullMq {
  readonly Queue: new (name: string, options: object) => { add(name: string, data: object): Promise<unknown>; close(): Promise<void> };
  readonly Worker: new (
    name: string,
    run: (job: { readonly data: Task }) => Promise<unknown>,
    options: object,
  ) => { waitUntilReady(): Promise<unknown> };
}

async function bullMq(port: string): Promise<Peer> {
  const { Queue, Worker } = await importPeer<BullMq>('bullmq');
  const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null };
  return {
    async work() {
      await new Worker(name, ({ data }) => appendLines(data), { connection, concurrency: atOnce }).waitUntilReady();
    },
    async submit(tasks) {
      const queue = new Queue(name, { connection });
      for (const task of tasks) await queue.add(name, task);
      await queue.close();
    },
  };
}

interface PgBoss {
  readonly PgBoss: new (
    url: string,
  ) => {
    on(event: 'error', listener: (error: Error) => void): void;
    start(): Promise<unknown>;
    stop(options: object): Promise<unknown>;
    createQueue(name: string, options: object): Promise<unknown>;
    send(name: string, data: object): Promise<unknown>;
    work(name: string, options: object, run: (jobs: readonly { readonly data: Task }[]) => Promise<unknown>): Promise<unknown>;
  };
}

async function pgBoss(url: string): Promise<Peer> {
  const { PgBoss } = await importPeer<PgBoss>('pg-boss');
  const start = async () => {
    const boss = new PgBoss(url);
    boss.on('error', (error) => process.stderr.write(`pg-boss: ${error.message}\n`));
    await boss.start();
    await boss.createQueue(name, { expireInSeconds: heldSeconds });
    return boss;
  };
  return {
    async work() {
      const boss = await start();
      await boss.work(name, { localConcurrency: atOnce }, (jobs) => Promise.all(jobs.map(({ data }) => appendLines(data))));
    },
    async submit(tasks) {
      const boss = await start();
      for (const task of tasks) await boss.send(name, task);
      await boss.stop({ graceful: false });
    },
  };
}

interface GraphileWorker {
  run(options: object): Promise<unknown>;
  makeWorkerUtils(options: object): Promise<{
    addJob(name: string, data: object): Promise<unknown>;
    migrate(): Promise<void>;
    withPgClient(act: (client: { query(sql: string): Promise<unknown> }) => Promise<unknown>): Promise<unknown>;
    release(): Promise<void>;
  }>;
}

async function graphileWorker(connectionString: string): Promise<Peer> {
  const { run, makeWorkerUtils } = await importPeer<GraphileWorker>('graphile-worker');
  const withUtils = async (act: (utils: Awaited<ReturnType<typeof makeWorkerUtils>>) => Promise<unknown>) => {
    const utils = await makeWorkerUtils({ connectionString });
    await utils.migrate();
    await act(utils);
    await utils.release();
  };
  return {
    async work() {
      const lookAgainMs = heldSeconds * 1000;
      await run({
        ...{ connectionString, concurrency: atOnce, minResetLockedInterval: lookAgainMs, maxResetLockedInterval: lookAgainMs },
        taskList: { [name]: (data: Task) => appendLines(data) },
      });
    },
    submit: (tasks) =>
      withUtils(async (utils) => {
        for (const task of tasks) await utils.addJob(name, task);
      }),
    // Its four hours are written in its SQL, so most of them are let pass.
    afterKill: () =>
      withUtils(({ withPgClient }) =>
        withPgClient((client) =>
          client.query(
            `UPDATE graphile_worker._private_jobs SET locked_at = locked_at - interval '4 hours' + interval '${heldSeconds} seconds' WHERE locked_at IS NOT NULL`,
          ),
        ),
      ),
  };
}

/** Connects to a peer: the first argument is the port of Redis, or the URL of PostgreSQL. */
export const peers = { BullMQ: bullMq, 'pg-boss': pgBoss, 'graphile-worker': graphileWorker } as const;
export type PeerName = keyof typeof peers;
