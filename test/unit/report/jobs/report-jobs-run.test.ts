/** The command, over an API that answers with pages. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import type { CommandIo, Output } from '../../../../cli/command-io.ts';
import { reportJobs } from '../../../../cli/commands/report-jobs-run.ts';
import type { JobsReport } from '../../../../report/jobs/jobs-report.ts';
import { simulate } from './job-history.ts';

const { jobs } = simulate([{ type: 'import', jobs: 250, reader: 'waits', runMs: 4_000, queueMs: 100, deadlineMs: 20_000 }], 1);
const asked: string[] = [];
let server: Server;
let url = '';
let onPage = () => {};

beforeAll(async () => {
  server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://host');
    asked.push(pathname);
    response.setHeader('content-type', 'application/json');
    if (pathname === '/v1/me') return response.end(JSON.stringify({ deployment: 'prod' }));
    onPage();
    const from = Number(searchParams.get('cursor') ?? 0);
    const nextCursor = from + 100 < jobs.length ? String(from + 100) : null;
    return response.end(JSON.stringify({ jobs: jobs.slice(from, from + 100), nextCursor }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => server.close());
beforeEach(() => {
  asked.length = 0;
  onPage = () => {};
});

function recordedIo(isTerminal: boolean, signal = new AbortController().signal) {
  const written = { out: '', messages: '' };
  const output = (name: 'out' | 'messages'): Output => ({
    isTerminal,
    isColoured: false,
    canRedraw: isTerminal,
    width: isTerminal ? 80 : undefined,
    write: async (text) => {
      written[name] += String(text);
    },
  });
  const io: CommandIo = {
    env: {},
    cwd: '/',
    stdin: Readable.from([]),
    out: output('out'),
    messages: output('messages'),
    signal,
    nowMs: Date.now,
  };
  return { io, written };
}
const inputOf = (options: Readonly<Record<string, string | boolean>> = {}) => ({ arguments: {}, options: { url, jobs: true, ...options } });

it('reads page by page, with progress on a terminal alone', async () => {
  const [terminal, pipe] = [recordedIo(true), recordedIo(false)];
  expect(await reportJobs(inputOf(), terminal.io)).toBe(0);
  expect(terminal.written.messages).toContain('200 jobs read');
  expect(terminal.written.out).toContain('250 jobs of 1 type');
  expect(Math.max(...terminal.written.out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  expect(await reportJobs(inputOf({ json: '' }), pipe.io)).toBe(0);
  expect(pipe.written.messages).toBe('');
  expect((JSON.parse(pipe.written.out) as JobsReport).missing).toContain('/aws/vendedlogs/delegation/prod/access');
});

it('stops at the number of jobs that it is given, and says so', async () => {
  const { io, written } = recordedIo(false);
  await reportJobs(inputOf({ json: '', 'max-jobs': '100' }), io);
  const report = JSON.parse(written.out) as JobsReport;
  expect([report.input.jobs, report.input.isCutShort]).toEqual([100, true]);
  await expect(reportJobs(inputOf({ 'max-jobs': '0' }), io)).rejects.toThrow('--max-jobs');
});

it('ends at once by Ctrl-C', async () => {
  const ending = new AbortController();
  const { io, written } = recordedIo(false, ending.signal);
  onPage = () => ending.abort(new Error('interrupted'));
  await expect(reportJobs(inputOf(), io)).rejects.toThrow();
  expect(asked.filter((path) => path === '/v1/jobs')).toHaveLength(1);
  expect(written.out).toBe('');
});

it('knows no prices of other regions', async () => {
  await expect(reportJobs(inputOf({ prices: 'mars-1' }), recordedIo(false).io)).rejects.toThrow('--region must be one');
});
