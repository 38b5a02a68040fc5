/** The page about what was measured. Pure: the same measurements make the same text. */
import { type Benchmarks, isMet, judgedOf, median, type Recovery } from './benchmarks.ts';
import { reasons } from './missed-targets.ts';
import { shown } from './numbers.ts';

const tableWith = (head: readonly string[], lines: readonly (readonly string[])[]) =>
  [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');

/** @returns the table, as Markdown */
export function tableOf({ rows }: Pick<Benchmarks, 'rows'>): string {
  const lines = rows.map((row) => {
    const { what, unit, against, better, target, ours, theirs } = row;
    const isCompared = theirs.length > 0;
    const bound = `${better === 'higher' ? '≥' : '≤'} ${target}${isCompared ? '' : ` ${unit}`}`;
    return [
      what,
      better,
      `${shown(median(ours))} ${unit}`,
      against,
      isCompared ? `${shown(median(theirs))} ${unit}` : '',
      isCompared ? judgedOf(row).toFixed(2) : '',
      `${bound}: ${isMet(row) ? 'met' : '**not met**'}`,
    ];
  });
  return tableWith(['what', 'better', 'Delegation', 'beside', 'theirs', 'ratio', 'target'], lines);
}

function recoveriesOf(recoveries: readonly Recovery[]): string {
  const lines = recoveries.map(({ name, held, set, running, lost, twice, firstSeconds, lastSeconds }) => [
    name,
    ...[running, lost, twice].map(String),
    `${shown(firstSeconds)} to ${shown(lastSeconds)}`,
    held,
    set === '' ? 'as by default' : set,
  ]);
  return tableWith(
    ['system', 'running', 'lost', 'done twice', 'started again after, s', 'holds a lost worker’s job by default', 'set here'],
    lines,
  );
}

function roundsOf({ rows }: Benchmarks): string {
  const numbers = (all: readonly number[]) => all.map(shown).join(', ');
  const lines = rows.flatMap(({ what, against, ours, theirs }) => [
    [what, 'Delegation', numbers(ours)],
    ...(theirs.length === 0 ? [] : [['', against, numbers(theirs)]]),
  ]);
  return tableWith(['what', 'side', 'each round'], lines);
}

function missedOf({ rows }: Pick<Benchmarks, 'rows'>): string {
  const missed = new Set(rows.filter((row) => !isMet(row)).map(({ what }) => what));
  const lines = reasons
    .filter(({ rows: concerned }) => concerned.some((what) => missed.has(what)))
    .map(({ title, text }) => `- **${title}**: ${text}`);
  return lines.length === 0 ? 'None.' : `Why, as of November 2026:\n\n${lines.join('\n')}`;
}

/** @returns what was measured, and where and when */
export function machineOf({ machine, node, date }: Pick<Benchmarks, 'machine' | 'node' | 'date'>): string {
  return `${machine}; Node.js ${node}; ${date}`;
}

/** @returns docs/benchmarks.md */
export function benchmarkPage(measured: Benchmarks): string {
  const { rounds, peers, backlog, recoveries } = measured;
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`);
  const isRead = measured.rows.some(({ against }) => against === 'DuckDB');
  return `# Benchmarks

<!-- Written by \`npm run bench\`, and by \`npm run bench -- page\` from docs/benchmarks.json. -->

\`npm run bench\` makes this table again on your machine, in about a quarter of an hour (\`--quick\`: ten minutes, without the rows that take longest): each row beside a peer or the bare minimum in the same run, ${rounds === 1 ? 'one round' : `${rounds} rounds in turns`}, medians. The ratio is the
median of the rounds' ratios, and the target bounds it; a row with nothing beside it has a target for its own number. Compare ratios: the numbers are those of one machine (${machineOf(measured)}). Nothing here ran in AWS.

${tableOf(measured)}

<picture>
  <source media="(prefers-color-scheme: dark)" srcset="./pictures/benchmarks-dark.svg">
  <img src="./pictures/benchmarks-light.svg" alt="Bars of the rows above that are compared, each row to a scale of its own">
</picture>

## After kill -9

Ten jobs, each of which appends a line to a file when it starts and one when it ends, two seconds later. A second after the first has started, the worker process is killed with \`kill -9\`, and at once a new one
is started: with Delegation the whole local mode, which is one process, over the same data, and once more with its services in another process, which goes on, so that leases alone decide, as in AWS. A job is lost that has not ended ten minutes later, and done twice that has ended twice. The times count from the kill until a
killed job starts again, the first of them and the last. Measured once, all systems at the same time, since they wait most of it.

${recoveriesOf(recoveries)}

A default of more than ten minutes is not waited for. Compare the times of such a row with nothing: they are those of what was set. The local mode alone has its data, so that it knows at its start that
the workers of before are dead, and ends their leases; a job whose worker died [runs alone](decisions/0017-a-job-whose-worker-died-runs-alone.md), so the last of ten waits for the nine before. **In AWS no function knows
that of another**, and a job starts again up to three minutes after its worker died: two for its lease or, before its first heartbeat, which comes after 15 s by default, for \`graceSeconds\`; and up to one for the clock. The lease is
twice as long as the clocks of two machines may differ, a minute, so that no two workers hold one job; where clocks are kept closer, [\`leaseSeconds\` and \`graceSeconds\`](settings.md) shorten the wait, down to 15 s each.

## What is measured

- **Engine alone**: the code that accepts, claims, runs and ends a job, 50 at once, over a table and a queue in memory: no network, no disk. It is what Delegation adds to the time of AWS's own calls, and no throughput of a
  deployment. BullMQ's number has its client and Redis in it, which are what it consists of; Redis appends to a file that is written to disk every second, as BullMQ recommends.
- **Local mode**: all of Delegation in one process, with the emulators of DynamoDB and SQS in a thread; 20 submissions at once, each with a key. The bare script makes
  the calls that each job needs, by the SDK, and nothing else: it puts an item, sends, receives and deletes a message, writes the row, and updates the item twice. Delegation makes the same calls,
  and is an HTTP server beside them, in the same thread. The callers are a process of their own, on the same two cores.
- **Accept over HTTP**: one \`POST /v1/jobs\` at a time, to the local mode and to a bare HTTP server over the same emulators, which puts an item and sends a message, both at the same time. Jobs start 14 minutes later,
  so no worker takes time meanwhile, and their messages are in the queue. Here and below, a submission that is answered with \`503\`, or whose connection ends, is sent again at once with the same key; the time of all tries counts.
- **Accept while jobs wait**: the same with waiting jobs in the table and their messages in the queue; 1,000 submissions a round and side, of which ten are above the p99: it differs more between rounds than by the backlog. The jobs wait for their time, because jobs of a paused type have no
  messages. A backlog is filled by batches of 100, four at once: ${backlog.jobs.toLocaleString('en-US')} jobs took ${shown(backlog.filledSeconds)} seconds here. \`--backlog 1000,10000\` chooses other sizes;
  a backlog that is not filled within ten minutes is left out.
- **In batches**: 100 jobs in one \`POST /v1/jobs/batch\`, one request at a time, and 100 single submissions, 20 at a time.
- **write-batch**: from the submission of one job with its rows in the request until it has ended. The loop sends requests of 25 rows to the same table of the same emulators, eight at a time, as the job does.
- **The API's function**: as in [cold start](cold-start.md), which has the other functions as well; 15 rounds.
- **Reading**: \`npm run bench -- read\`, for 100 MB of CSV, NDJSON and Parquet: a whole job of run-query with its checks, less the time of the transfer alone, and DuckDB's own reader on the local file${isRead ? '' : '; not in this run'}.
- **Costs** are computed, not measured: those of a job of 0.1 s that comes alone, by \`npm run cost\`, and those of others as [what it costs](cost.md#compared-with-others) has them.

The peers (${versions.join(', ')}) come from npm and from Debian's packages, and are installed into \`.bench/\`, which Git ignores.

## Missed targets

${missedOf(measured)}

## Each round

${roundsOf(measured)}

See also: how fast [functions load](cold-start.md), what [a job costs](cost.md), how [the promises are tested](simulation.md).
`;
}
