/** One round of BullMQ on Redis, in a process of its own, with jobs that do nothing. Prints a line of JSON: jobs a second, submitted and worked. */
import { inLanes, rate, warmUpJobs } from '../measure/rates.ts';
import { importPeer } from './install-peers.ts';

const [port = 0, jobs = 20_000, atOnce = 50] = process.argv.slice(2).map(Number);

interface BullMq {
  readonly Queue: new (
    name: string,
    options: object,
  ) => {
    add(name: string, data: object, options?: object): Promise<unknown>;
    obliterate(options: object): Promise<void>;
    close(): Promise<void>;
  };
  readonly Worker: new (
    name: string,
    run: () => Promise<unknown>,
    options: object,
  ) => {
    on(event: 'completed', listener: () => void): void;
    waitUntilReady(): Promise<unknown>;
    run(): Promise<void>;
    close(): Promise<void>;
  };
}

const { Queue, Worker } = await importPeer<BullMq>('bullmq');
const connection = { host: '127.0.0.1', port, maxRetriesPerRequest: null };

async function round(name: string, count: number): Promise<{ readonly submitted: number; readonly worked: number }> {
  const queue = new Queue(name, { connection });
  // With an id of its own, which is BullMQ's idempotency key.
  const submit = (n: number) => queue.add('nothing', { n }, { jobId: `key-${n}` });
  const submitted = await rate(count, () => inLanes(count, atOnce, submit));
  const worker = new Worker(name, async () => ({}), { connection, concurrency: atOnce, autorun: false });
  await worker.waitUntilReady();
  const worked = await rate(
    count,
    () =>
      new Promise<void>((resolve) => {
        let done = 0;
        worker.on('completed', () => {
          done += 1;
          if (done === count) resolve();
        });
        void worker.run();
      }),
  );
  await worker.close();
  await queue.obliterate({ force: true });
  await queue.close();
  return { submitted, worked };
}

await round('warm-up', warmUpJobs);
console.log(JSON.stringify(await round('measured', jobs)));
process.exit(0);
