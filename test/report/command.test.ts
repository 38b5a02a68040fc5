/** The command as a person calls it, on logs of a simulated service in every format, and the commands of docs/report.md word for word. */
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { DelegationReport, Verdict } from '../../report/delegation-report.ts';
import { drawWorld, logLines, requestsOf, usualNoise } from './world/world.ts';
import { worldFormats } from './world/write-logs.ts';

const root = join(import.meta.dirname, '..', '..');
const page = readFileSync(join(root, 'docs', 'report.md'), 'utf8');
const cli = [process.execPath, ['--disable-warning=ExperimentalWarning', join(root, 'bin', 'cli.ts')]] as const;
const world = drawWorld(12, { ...usualNoise, peopleKnownBy: 'user' });
const folder = mkdtempSync(join(tmpdir(), 'report-'));
const order: readonly Verdict[] = ['delegate', 'probably', 'cannot tell', 'keep'];

function run(args: readonly string[], input?: string) {
  const { status, stdout, stderr } = spawnSync(cli[0], [...cli[1], 'report', ...args], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 2 ** 28,
    env: { ...process.env, COLUMNS: '100' },
    ...(input === undefined ? {} : { input }),
  });
  return { status, stdout, stderr };
}

function reported(args: readonly string[], input?: string): DelegationReport {
  const { status, stdout, stderr } = run([...args, '--json'], input);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as DelegationReport;
}

before(() => {
  mkdirSync(join(folder, 'alb'));
  mkdirSync(join(folder, 'logs'));
  for (const format of worldFormats) writeFileSync(join(folder, `${format}.log`), `${logLines(world, format).join('\n')}\n`);
  writeFileSync(join(folder, 'access.log.gz'), gzipSync(readFileSync(join(folder, 'nginx-json.log'))));
  writeFileSync(join(folder, 'logs', 'a.log.zst'), zstdCompressSync(readFileSync(join(folder, 'nginx-json.log'))));
  const [health] = logLines(drawWorld(99, { days: 1, rate: 0.1 }), 'alb');
  writeFileSync(join(folder, 'alb', 'one.log'), `${health}\n`);
  writeFileSync(join(folder, 'openapi.json'), readFileSync(join(root, 'openapi.json')));
});
after(() => rmSync(folder, { recursive: true, force: true }));

describe('docs/report.md', () => {
  it('shows commands that work, word for word', () => {
    const commands = [...page.matchAll(/^delegation report ([^\n]*)$/gm)]
      .map(([, words = '']) => words)
      .filter((words) => !words.includes('--jobs'));
    assert.equal(commands.length, 2);
    for (const command of commands) {
      const [words = '', file] = command.split(' >> ');
      const { status, stdout, stderr } = run(words.split(' '));
      assert.equal(status, 0, `${command}: ${stderr}`);
      if (file !== undefined) writeFileSync(join(folder, file), stdout);
    }
    assert.match(readFileSync(join(folder, 'report.html'), 'utf8'), /^<!doctype html>/i);
    const questions = readFileSync(join(folder, 'delegation.answers.yaml'), 'utf8');
    assert.match(questions, /^- endpoint: "POST /m);
    rmSync(join(folder, 'delegation.answers.yaml'));
  });

  it('shows a format of nginx that is read, with both times', () => {
    const [, form = ''] = /log_format timed escape=json '(.*)';/.exec(page) ?? [];
    const values: Readonly<Record<string, string>> = {
      msec: '1795597994.018',
      request_method: 'POST',
      request_uri: '/v1/reports?x=1',
      status: '201',
      body_bytes_sent: '61',
      request_length: '900',
      request_time: '14.230',
      upstream_response_time: '14.212',
      remote_user: 'ana',
      remote_addr: '203.0.113.7',
      http_user_agent: 'Mozilla/5.0',
      request_id: 'abc',
    };
    const line = form.replaceAll(/\$(\w+)/g, (_, name: string) => values[name] ?? 'unknown');
    const { input, endpoints } = reported(['-'], `${line}\n`.repeat(3));
    assert.deepEqual([input.timing, input.callersKnownBy, input.unparsedLines], ['held', 'user', 0]);
    assert.deepEqual([endpoints[0]?.endpoint, endpoints[0]?.requests], ['POST /v1/reports', 3]);
  });

  it('shows a format of Apache that is read, with the wait', () => {
    assert.match(page, /%D" timed$/m);
    const line = '203.0.113.7 - ana 2026-11-25T09:12:59.788+0000 "POST /v1/reports HTTP/1.1" 201 61 "-" "Mozilla/5.0" 14230112';
    const { input, endpoints } = reported(['-'], `${line}\n`.repeat(100));
    assert.deepEqual([input.timing, endpoints[0]?.requests, Math.round((endpoints[0]?.waitMs.p50?.[1] ?? 0) / 1_000)], ['waited', 100, 14]);
  });

  it('shows an entry of an answers file that is read', () => {
    const [, entry = ''] = /```yaml\n(- endpoint[\s\S]*?)```/.exec(page) ?? [];
    writeFileSync(join(folder, 'answers.yaml'), entry);
    assert.deepEqual(reported(['alb.log', '--answers', 'answers.yaml']).answers.file, 'answers.yaml');
  });
});

describe('formats', () => {
  const full = () => new Map(reported(['nginx-json.log']).endpoints.map((row) => [row.endpoint, row]));
  /** The same place is named by what the log knows: a route of its own, or the shape of the path. */
  const nameOf = (endpoint: string) => endpoint.replaceAll(/\{[^}]*\}/g, '{}');

  for (const format of worldFormats.filter((one) => one !== 'nginx-json'))
    it(`agrees on the same events in ${format}, or knows less`, () => {
      const known = new Map([...full()].map(([name, row]) => [nameOf(name), row]));
      const { endpoints, input } = reported([`${format}.log`]);
      assert.equal(input.unparsedLines, 0);
      let compared = 0;
      for (const row of endpoints.filter(({ requests }) => requests >= 100)) {
        const other = known.get(nameOf(row.endpoint));
        if (other === undefined) continue;
        compared += 1;
        // A format with the same facts gives the same verdict; one with fewer, one that is nearer to `cannot tell`.
        if (row.verdict === 'delegate') assert.equal(other.verdict, 'delegate', `${format} ${row.endpoint}`);
        const leave = (other.outcomes['hangup'] ?? 0) / other.requests;
        // A caller who hung up leaves the time of the application in one of these formats and not in the other.
        if (leave < 0.02 && row.freed.peak > 0.2 && format.startsWith('nginx'))
          assert.ok(
            Math.abs(row.freed.peak / other.freed.peak - 1) < 0.1,
            `${format} ${row.endpoint}: ${row.freed.peak} and ${other.freed.peak}`,
          );
        if (format === 'nginx-combined')
          assert.ok(
            Math.abs(order.indexOf(row.verdict) - order.indexOf(other.verdict)) <= 1,
            `${row.endpoint}: ${row.verdict} and ${other.verdict}`,
          );
      }
      assert.ok(compared >= 8, `${format}: only ${compared} endpoints compared`);
    });
});

describe('the command', () => {
  it('gives the same bytes for the same bytes, split, packed and in another order', () => {
    const lines = readFileSync(join(folder, 'nginx-json.log'), 'utf8').trimEnd().split('\n');
    mkdirSync(join(folder, 'parts', 'deep'), { recursive: true });
    writeFileSync(join(folder, 'parts', 'z.log'), `${lines.slice(0, 3_000).join('\n')}\n`);
    writeFileSync(join(folder, 'parts', 'deep', 'a.log.gz'), gzipSync(`${lines.slice(3_000).toReversed().join('\r\n')}\r\n`));
    const withoutFiles = ({ input, ...rest }: DelegationReport) => ({ ...rest, input: { ...input, formats: [], skippedFiles: [] } });
    assert.deepEqual(withoutFiles(reported(['parts'])), withoutFiles(reported(['access.log.gz'])));
    assert.equal(run(['parts']).stdout, run(['parts']).stdout);
  });

  it('says first what to ask, within 80 columns', () => {
    const { stdout } = run(['access.log.gz']);
    const lines = stdout.split('\n');
    assert.match(lines[0] ?? '', /^delegation report .* requests, .* endpoints/);
    assert.ok(lines.findIndex((line) => line.startsWith('Ask first about ')) < 8, stdout);
    assert.match(stdout, /Cannot know: whether somebody needs an answer/);
  });

  it('explains a row by its number or its name, with each rule', () => {
    const [first] = reported(['access.log.gz']).endpoints;
    const byNumber = run(['access.log.gz', '--explain', '1']).stdout;
    assert.equal(run(['access.log.gz', '--explain', first?.endpoint ?? '']).stdout, byNumber);
    for (const { id } of first?.rules ?? []) assert.match(byNumber, new RegExp(`^ {2}${id} `, 'm'));
  });

  it('reads answers from the folder, and asks no more for what is answered', () => {
    const open = reported(['access.log.gz']).answers.unanswered;
    writeFileSync(
      join(folder, 'delegation.answers.yaml'),
      open.map((endpoint) => `- endpoint: ${JSON.stringify(endpoint)}\n  answer: keep\n  because: We asked.\n`).join(''),
    );
    const { answers, endpoints } = reported(['access.log.gz']);
    rmSync(join(folder, 'delegation.answers.yaml'));
    assert.deepEqual([answers.answered, answers.unanswered], [open.length, []]);
    assert.ok(open.length > 0 && endpoints.every(({ verdict }) => verdict !== 'delegate'));
  });

  it('ends with 3 on a verdict that was to fail, until it is answered', () => {
    const verdicts = new Set(reported(['access.log.gz']).endpoints.map(({ verdict }) => verdict));
    for (const verdict of ['delegate', 'probably'] as const)
      assert.equal(run(['access.log.gz', '--fail-on', verdict]).status, verdicts.has(verdict) ? 3 : 0);
  });

  it('replays the busiest minutes', () => {
    const { replay } = reported(['access.log.gz', '--capacity', '2']).service;
    assert.ok(replay !== null && replay.after.busy <= replay.before.busy && replay.after.waitMs <= replay.before.waitMs);
  });

  for (const [args, message] of [
    [[], /Name at least one log/],
    [['missing.log'], /missing\.log/],
    [['openapi.json'], /openapi\.json/],
    [['access.log.gz', '--explain', '999'], /--explain takes the number of a row/],
    [['access.log.gz', '--top', 'many'], /--top must be a whole number/],
    [['access.log.gz', '--prices', 'moon-1'], /--prices must be one of/],
    [['access.log.gz', '--map', 'wait'], /--map is MEANING=FIELD/],
    [['access.log.gz', '--routes', 'access.log.gz'], /access\.log\.gz/],
    [['nginx-json.log', 'alb.log'], /--layer/],
  ] as const)
    it(`refuses ${args.join(' ') || 'nothing'} and says what to do`, () => {
      const { status, stderr, stdout } = run(args);
      assert.deepEqual([status, stdout], [2, '']);
      assert.match(stderr, message);
      assert.doesNotMatch(stderr, /\n {4}at /);
    });

  it('shows no identifier of a path', () => {
    const words = new Set(world.events.flatMap(({ route }) => route.template.split('/')));
    const identifiers = new Set(
      requestsOf(world).flatMap(({ path }) => path.split('/').filter((part) => part.length >= 8 && !words.has(part))),
    );
    assert.ok(identifiers.size > 1_000);
    const { stdout } = run(['access.log.gz', '--all', '--out', 'identifiers.html']);
    const text = stdout + run(['access.log.gz', '--json']).stdout + readFileSync(join(folder, 'identifiers.html'), 'utf8');
    const shown = new Set(text.split(/[^\w.~@%-]+/));
    assert.deepEqual(
      [...identifiers].filter((one) => shown.has(one)),
      [],
    );
  });

  it('lets nothing of callers, queries and lines that are not understood into any output', () => {
    const lines = logLines(world, 'nginx-json').map((line) =>
      line.replaceAll(/"user":"[^"]*"/g, '"user":"canary-ana@example.com"').replaceAll(/("uri":"[^"?]*)[^"]*"/g, '$1?token=canary-secret"'),
    );
    lines.splice(10, 0, 'a line of canary-nonsense 4711');
    writeFileSync(join(folder, 'canary.log'), `${lines.join('\n')}\n`);
    const outputs = [
      run(['canary.log', '--all', '--out', 'canary.html']),
      run(['canary.log', '--json']),
      run(['canary.log', '--explain', '1']),
      run(['canary.log', '--questions']),
    ];
    const texts = [...outputs.map(({ stdout, stderr }) => stdout + stderr), readFileSync(join(folder, 'canary.html'), 'utf8')];
    for (const text of texts)
      assert.doesNotMatch(text.replaceAll('canary.log', '').replaceAll('canary.html', ''), /canary|4711|203\.0\.113/);
  });
});

it('reads more than a million lines in 512 MB', async () => {
  const base = logLines(world, 'nginx-json');
  const rss = ['--import', 'data:text/javascript,process.on("exit",()=>console.error("rss",process.resourceUsage().maxRSS))'];
  const child = spawn(cli[0], [...rss, ...cli[1], 'report', '-', '--json'], { cwd: folder });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk) => (out += chunk));
  child.stderr.on('data', (chunk) => (err += chunk));
  const ended = new Promise((resolve) => child.on('close', resolve));
  let sent = 0;
  for (let day = 0; sent < 1_200_000; day++) {
    // Later, and by other callers.
    const chunk = base
      .map((line) =>
        line
          .replace(/"time":"(\d+)/, (_, time: string) => `"time":"${Number(time) + day * 3_600}`)
          .replace(/"user":"([^"-][^"]*)"/, `"user":"$1-${day}"`),
      )
      .join('\n');
    sent += base.length;
    if (!child.stdin.write(`${chunk}\n`)) await new Promise((resolve) => child.stdin.once('drain', resolve));
  }
  child.stdin.end();
  await ended;
  assert.equal((JSON.parse(out) as DelegationReport).input.requests, sent);
  const kilobytes = Number(/rss (\d+)/.exec(err)?.[1]);
  console.log(`report: ${sent} lines read in ${Math.round(kilobytes / 1024)} MB`);
  assert.ok(kilobytes < 512 * 1024, `${kilobytes} KB`);
});
