import { Template } from 'aws-cdk-lib/assertions';
import { emfMetrics } from '../../lambdas/adapters/emf-metrics.ts';
import { jsonLog } from '../../lambdas/adapters/json-log.ts';
import { DelegationStack } from '../../lib/index.ts';
import { fieldsOf, finds } from './logs-insights.ts';
import { plainApp } from './templates.ts';

const template = Template.fromStack(new DelegationStack(plainApp(), 'Test', { disabledJobTypes: ['run-query', 'launch-instances'] }));
const queries = new Map(
  Object.values(template.findResources('AWS::Logs::QueryDefinition')).map(({ Properties }) => [
    String(Properties.Name).replace('Test/', ''),
    String(Properties.QueryString),
  ]),
);
const filterOf = (name: string): string => {
  const [, filter] = /(?:^|\| )filter (.*)/m.exec(queries.get(name) ?? '') ?? [];
  if (filter === undefined) throw new Error(`There is no filter in ${name}.`);
  return filter;
};

/** What the handlers' own log writes. */
function logged(write: (log: ReturnType<typeof jsonLog>) => void): string {
  const lines: string[] = [];
  const output = jest.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
  try {
    write(jsonLog());
  } finally {
    output.mockRestore();
  }
  return lines.join('');
}

/** What the handlers count. */
function counted(numbers: object, about: object): string {
  let line = '';
  emfMetrics({ stage: 'Test', byType: false }, { nowMs: () => 0 }, (text) => (line = text)).put(
    'ended',
    numbers,
    about as { type: string },
  );
  return line;
}

/** Lambda's own event. @see https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html */
function platform(type: string, record: object): string {
  return JSON.stringify({ time: '2026-11-25T12:00:00.000Z', type: `platform.${type}`, record: { requestId: '6d68ca91', ...record } });
}
const metrics = { durationMs: 900_000, billedDurationMs: 900_000, memorySizeMB: 2_048, maxMemoryUsedMB: 2_048 };

/** What AWS's client for Node writes about an error that a handler threw, or that was not caught. */
const ofRuntime = (message: string) =>
  JSON.stringify({
    timestamp: '2026-11-25T12:00:00.000Z',
    level: 'ERROR',
    requestId: '6d68ca91',
    message: {
      errorType: 'TypeError',
      errorMessage: message,
      stackTrace: [`TypeError: ${message}`, '    at Runtime.handler (/var/task/index.js:1:1)'],
    },
  });

describe('Warnings and errors', () => {
  it.each([
    ['a warning of ours', logged((log) => log.warn('The clock could not handle a job.', { job: 'job_1' }))],
    ['an error of ours', logged((log) => log.error('The worker threw.', { type: 'run-query', error: { message: 'no' } }))],
    ["Node's runtime, of an uncaught error", ofRuntime('x is not a function')],
    ['Lambda, of an invocation that ran out of time', platform('report', { status: 'timeout', metrics })],
    ['Lambda, of one that ran out of memory', platform('report', { status: 'error', errorType: 'Runtime.OutOfMemory', metrics })],
    ['Lambda, of one whose process ended', platform('report', { status: 'error', errorType: 'Runtime.ExitError', metrics })],
    ['Lambda, of a handler that threw', platform('report', { status: 'failure', metrics })],
    ['Lambda, of the runtime itself', platform('runtimeDone', { status: 'failure', errorType: 'Runtime.ExitError' })],
    [
      'Lambda, of a start that failed',
      platform('initRuntimeDone', { phase: 'init', status: 'error', errorType: 'Runtime.ImportModuleError' }),
    ],
    [
      'Lambda, of a start that took too long',
      platform('initReport', { phase: 'init', status: 'timeout', metrics: { durationMs: 10_000 } }),
    ],
    ['Lambda, of lines that it dropped', platform('logsDropped', { reason: 'limit', droppedRecords: 1, droppedBytes: 1 })],
  ])('finds the line of %s', (_, line) => expect(finds(filterOf('Warnings and errors'), line)).toBe(true));

  it.each([
    ['a job that succeeded', counted({ Succeeded: 1 }, { type: 'run-query', status: 'succeeded' })],
    ['a job that failed, which its own query finds', counted({ Failed: 1 }, { type: 'run-query', code: 'sql_error', status: 'failed' })],
    ['a job whose type looks like an event', logged((log) => log.info('Accepted', { type: 'platform-report', status: 'error' }))],
    ['an invocation that went well, where somebody asked for those', platform('report', { status: 'success', metrics })],
    ['an invocation that began', platform('start', { version: '$LATEST' })],
  ])('does not find the line of %s', (_, line) => expect(finds(filterOf('Warnings and errors'), line)).toBe(false));

  it('shows how an invocation ended, and with how much memory', () => {
    const names = /fields (.*)/.exec(queries.get('Warnings and errors') ?? '')?.[1]?.split(', ') ?? [];
    const line = platform('report', { status: 'error', errorType: 'Runtime.OutOfMemory', metrics });
    const found = Object.keys(fieldsOf(line));
    expect(names.filter((name) => found.includes(name))).toEqual([
      'type',
      'record.status',
      'record.errorType',
      'record.metrics.maxMemoryUsedMB',
    ]);
  });
});

describe('Failures by code', () => {
  it('finds what ended as failed, and nothing else', () => {
    const filter = filterOf('Failures by code');
    expect(finds(filter, counted({ Failed: 1 }, { type: 'run-query', code: 'sql_error' }))).toBe(true);
    expect(finds(filter, counted({ Succeeded: 1 }, { type: 'run-query' }))).toBe(false);
  });
});

describe('Requests that were not served', () => {
  const [[, stage] = ['', { Properties: {} }]] = Object.entries(template.findResources('AWS::ApiGatewayV2::Stage'));
  const format: string = stage['Properties'].AccessLogSettings.Format;
  /** A line as API Gateway writes it: `-` for what is not there. */
  const line = (values: Readonly<Record<string, string>>) =>
    format.replaceAll(/\$context\.([\w.]+)/g, (_, name: string) => values[name] ?? '-');

  it.each([
    ['an answer of 404', line({ status: '404', path: '/v1/jobs/job_1' })],
    ['a refusal of the gateway', line({ status: '403', 'error.message': 'Forbidden' })],
    ['a message with quotes, which are put there as they are', line({ status: '401', 'authorizer.error': 'the claim "aud" is missing' })],
  ])('finds %s', (_, text) => expect(finds(filterOf('Requests that were not served'), text)).toBe(true));

  it.each(['200', '202', '303'])('does not find an answer of %s, which is JSON', (status) => {
    expect(fieldsOf(line({ status }))['status']).toBe(status);
    expect(finds(filterOf('Requests that were not served'), line({ status }))).toBe(false);
  });
});

it('no filter is beyond what is understood here', () => {
  expect(queries.size).toBe(5);
  for (const name of queries.keys()) expect(() => finds(filterOf(name), '{}')).not.toThrow();
});
