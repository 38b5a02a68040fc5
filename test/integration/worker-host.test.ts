import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WorkerHost } from '../../local/dev/worker-host.ts';

const folder = mkdtempSync(join(tmpdir(), 'worker-host-'));
const event = (body: string) => ({
  Records: [{ messageId: 'm', receiptHandle: 'r', body, attributes: { ApproximateReceiveCount: '1' } }],
});

it('ends a worker that blocks its thread beyond its time, and starts it again for the next invocation', async () => {
  const file = join(folder, 'index.cjs');
  writeFileSync(
    file,
    `exports.handler = async ({ Records: [{ body }] }) => {
      if (body === 'block') for (;;);
      return { batchItemFailures: [{ itemIdentifier: body }] };
    };`,
  );
  const reports: string[] = [];
  const built = { file, source: 'jobs/x/worker.ts', inputs: [] };
  const host = new WorkerHost(built, (line) => reports.push(line));
  try {
    await host.use(built);
    const lasting = { getRemainingTimeInMillis: () => 60_000 };
    expect(await host.handler(event('one'), lasting)).toEqual({ batchItemFailures: [{ itemIdentifier: 'one' }] });
    const blocked = host.handler(event('block'), { getRemainingTimeInMillis: () => 100 });
    await expect(blocked).rejects.toThrow('the invocation did not end within its');
    expect(reports).toEqual([expect.stringContaining('jobs/x/worker.ts')]);
    expect(await host.handler(event('two'), lasting)).toEqual({ batchItemFailures: [{ itemIdentifier: 'two' }] });
  } finally {
    await host.end();
    rmSync(folder, { recursive: true });
  }
});
