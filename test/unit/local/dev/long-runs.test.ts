import { deriveJobId } from '../../../../lambdas/core/job/ids.ts';
import { encodeWakeUp } from '../../../../lambdas/core/job/wake-up.ts';
import type { SqsEvent } from '../../../../lambdas/worker/sqs-handler.ts';
import { LongRuns } from '../../../../local/dev/long-runs.ts';

const id = (key: string) => deriveJobId('ann', { kind: 'key', key });
const eventOf = (...bodies: readonly string[]) => ({ Records: bodies.map((body) => ({ body })) }) as unknown as SqsEvent;
const type = { type: 'talk', timeoutSeconds: 300 };

function watched() {
  const lines: string[] = [];
  let nowMs = 0;
  const runs = new LongRuns(
    (line) => lines.push(line),
    () => nowMs,
  );
  const { promise, resolve } = Promise.withResolvers<void>();
  /** Looks once a second, as it does in life. */
  const pass = (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      nowMs += 1_000;
      runs.report();
    }
  };
  return { runs, lines, pass, invocation: promise, end: resolve };
}

it('names a job that has been running for ten seconds, and again each minute', async () => {
  const { runs, lines, pass, invocation, end } = watched();
  const watching = runs.during(type, eventOf(encodeWakeUp(id('a'))), invocation);
  pass(9);
  expect(lines).toEqual([]);
  pass(1);
  const line = (seconds: number) =>
    expect.stringMatching(
      new RegExp(`^\\d\\d:\\d\\d:\\d\\d  ${id('a')}  talk  has been running for ${seconds} s; an invocation of its type may take 300 s$`),
    );
  expect(lines).toEqual([line(10)]);
  pass(120);
  expect(lines).toEqual([line(10), line(60), line(120)]);
  end();
  await watching;
  pass(120);
  expect(lines).toHaveLength(3);
});

it('says nothing of a job of a batch that has ended, nor of a message that is not a wake-up', () => {
  const { runs, lines, pass, invocation } = watched();
  void runs.during(type, eventOf(encodeWakeUp(id('a')), encodeWakeUp(id('b')), 'forged'), invocation);
  runs.ended(id('a'));
  pass(10);
  expect(lines).toEqual([expect.stringContaining(id('b'))]);
});

it('watches the newer of two invocations of one job', async () => {
  const { runs, lines, pass, invocation, end } = watched();
  const first = runs.during(type, eventOf(encodeWakeUp(id('a'))), invocation);
  pass(5);
  void runs.during(type, eventOf(encodeWakeUp(id('a'))), new Promise(() => undefined));
  end();
  await first;
  pass(10);
  expect(lines).toEqual([expect.stringContaining('has been running for 10 s')]);
});
