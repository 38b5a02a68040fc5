/** Why rows of the table miss their targets, for the page. Measured by hand in November 2026, mostly with profiles. */

export interface Reason {
  readonly title: string;
  /** The rows that it is about, by what they measure. */
  readonly rows: readonly string[];
  /** The reason, as Markdown of one paragraph. */
  readonly text: string;
}

export const reasons: readonly Reason[] = [
  {
    title: 'Engine, worked',
    rows: ['Engine alone, jobs that do nothing: worked'],
    text: `a run allocates 36 KB, in some sixty functions of which none has more than 7 %; collecting that is a quarter of the time. What is left is what the promises take: a record that is
  written three times under conditions, a lease, a journal, and a context for the job's code.`,
  },
  {
    title: 'Engine, submitted',
    rows: ['Engine alone, each with a key: submitted'],
    text: `13 % is two SHA-256 (the job's id, and what makes two submissions the same), 19 % the collection of garbage, most of it the record that is kept; no other function has more than 8 %.`,
  },
  {
    title: 'Local mode',
    rows: ['Local mode, jobs that write one row: ended'],
    text: `both sides make the same five requests a job, and two for each ten messages. The SDK takes more than half of Delegation's thread, as of the bare script's; the HTTP server, the API's checks and the worker's are
  the rest, and the callers share the two cores. Requests to the emulators without sockets and signatures were tried, and made a fifth more jobs: not worth other code on a laptop than in AWS.`,
  },
  {
    title: 'Accept over HTTP',
    rows: ['Accept a job over HTTP, median'],
    text: `both sides wait for the same two calls. Of what is added, half is before them (Lambda's event from the HTTP request, the checks, the record), a quarter is the emulator's longer time for a record of more
  attributes, and a quarter is after them (the job as JSON, its headers, the line of the log). In AWS, where the two calls take longer, what is added stays the same.`,
  },
  {
    title: '100,000 waiting jobs',
    rows: ['Accept while 100,000 jobs wait, p99'],
    text: `the API makes the same two calls and reads none of those jobs. It is the emulated queue: while a worker polls it, it walks through all delayed messages 50 times a second. The two calls alone, with 100,000 messages
  waiting, take 2.2 times as long (p50; 2.3 at p99) while a worker polls, and 0.98 times (1.05) while none does. SQS has no such walk.`,
  },
  {
    title: 'write-batch',
    rows: ['write-batch, one job of 10,000 rows'],
    text: `near its target: it was 0.80 in the run before, and 0.90 and 0.97 in two short runs on a busy machine. Each row is checked against the table's keys and DynamoDB's limits before it is sent (15 µs), and
  the job is accepted with a megabyte of rows, which are parsed, stored in the bucket and read again. The loop does none of that. Most of the time of both is the emulator's.`,
  },
  {
    title: 'Killed worker, by its lease',
    rows: ['Killed worker, by its lease as in AWS: until the first of its jobs starts again'],
    text: 'its job waits for a lease and the clock, as [above](#after-kill--9): a shorter lease would let two workers hold one job where their clocks differ.',
  },
  {
    title: 'The API’s function',
    rows: ['The API’s function: processor time to load it'],
    text: `[cold start](cold-start.md) says what it loads: 5 ms are zod, and 15 the schemas of the contracts. The ratio was 1.34, 1.36 and 1.38 in three runs within two days, so the target is met in some runs.`,
  },
  {
    title: 'Reading',
    rows: ['csv', 'ndjson', 'parquet'].map((format) => `run-query reads 100 MB of ${format}, without the transfer`),
    text: `each byte is looked at before DuckDB has it, for what DuckDB would read wrong or pass over and for the types ([reading files](reading-files.md)): 0.76 s for the CSV, 0.6 s for the NDJSON, in
  one thread, part of it while the bytes arrive. Then DuckDB counts rows and values, which must agree (0.35 s and 0.12 s), and parses the file again for the query (0.46 s and 0.34 s). To keep the counted rows in
  a table, so that a file is parsed once, was tried: 0.15 s less for CSV, and 0.08 s more for NDJSON. Parquet is not looked at beyond its footers: 50 to 75 ms are the start of a DuckDB with limits and locks, the footers and the count, and the transfer, which is subtracted, varies by
  more than the rest.`,
  },
];
