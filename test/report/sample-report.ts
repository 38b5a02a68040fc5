/** Reports to draw: one of four weeks with everything in it, and one of logs without a request. */
import type { DelegationReport } from '../../report/delegation-report.ts';
import { sampleEndpoints } from './sample-endpoints.ts';
import { heldByNight, heldByPeople } from './sample-series.ts';

const reports = heldByPeople(5.4, 1);
const dashboard = heldByPeople(4.2, 2);
const orders = heldByPeople(3.4, 3);
const others = heldByPeople(5.5, 4);
const imports = heldByNight(9, 5);
const sum = (...series: readonly (readonly number[])[]) =>
  reports.map((_, i) => Math.round(series.reduce((total, values) => total + (values[i] ?? 0), 0) * 1000) / 1000);

export const sampleReport: DelegationReport = {
  version: 1,
  input: {
    from: '2026-11-02T00:00:00Z',
    to: '2026-11-30T00:00:00Z',
    observedSeconds: 28 * 86_400 - 10_800,
    requests: 12_417_902,
    formats: [
      { format: 'nginx', title: 'nginx', files: 672, requests: 12_300_000, unparsed: 2400 },
      { format: 'har', title: 'HAR <from> a "browser"', files: 1, requests: 117_902, unparsed: 0 },
    ],
    unparsedLines: 2400,
    unparsedShare: 0.0002,
    unparsedForms: ['aaa <aaaaaa>aaaaa(9)</aaaaaa> 999', '"-" 999 -'],
    notes: [],
    skippedFiles: [{ file: 'core<dump>.bin', reason: 'it is not text & not a log' }],
    callersKnownBy: 'user',
    timing: 'held',
    gaps: [{ from: '2026-11-14T02:00:00Z', to: '2026-11-14T05:00:00Z' }],
    leftOut: [
      { what: 'health checks', requests: 241_920 },
      { what: 'preflight', requests: 88_100 },
      { what: 'bots', requests: 4012 },
    ],
    followedCallers: 0.5,
  },
  warnings: [
    { code: 'callers_partly_by_address', text: '38 % of the callers are known by their address only: log the user’s id.' },
    { code: 'hostile', text: 'A path holds <iframe src="https://evil.example">.' },
  ],
  service: {
    meanHeld: 7.2,
    peakHeld: 19.3,
    busyMinutes: 403,
    delegableShareOfBusyMinutes: 0.39,
    replay: { capacity: 24, before: { busy: 0.8, waitMs: 105 }, after: { busy: 0.55, waitMs: 0.26 } },
    timeline: {
      from: '2026-11-02T00:00:00Z',
      stepMinutes: 15,
      total: sum(reports, dashboard, orders, others, imports),
      withoutDelegable: sum(dashboard, orders, others),
      endpoints: [
        { endpoint: 'POST /v1/reports', held: reports },
        { endpoint: 'POST /v1/orders', held: orders },
        { endpoint: 'GET /v1/dashboard', held: dashboard },
      ],
    },
  },
  endpoints: sampleEndpoints,
  inferredRoutes: [
    { method: 'POST', path: '/v1/<script>alert("x")</script>/{id}', shapes: ['/a9/<aaaaaa>aaaaa("a")</aaaaaa>/9999', '/a9/<aaaaaa>/99'] },
    { method: 'POST', path: '/v1/imports/{id}/rows', shapes: ['/a9/aaaaaaa/99999/aaaa'] },
  ],
  answers: {
    file: 'delegation.answers.yaml',
    answered: 2,
    unanswered: ['POST /v1/reports', 'POST /v1/orders', 'POST /v1/imports/{id}/rows'],
    due: ['POST /v1/<script>alert("x")</script>/{id}'],
    contradicted: ['POST /v1/<script>alert("x")</script>/{id}'],
    unknown: ['POST /v1/old&gone'],
  },
  cannotKnow: [
    'Whether a caller needs an answer: logs show what callers did with the present design.',
    'Whether work may fail after the answer was sent: somebody must then be notified.',
    'Whether two writes may overtake each other in a queue.',
    'Seasons that these 28 days do not cover, such as the end of the year.',
  ],
  assumptions: [
    'Accepting a job takes 30 ms.',
    'List prices of us-east-1, 512 MB, arm64, without allowances.',
    'Thresholds of 25 %, 30 % and 95 % are our choice; those of 1 s and 10 s are Nielsen’s.',
  ],
};

export const emptyReport: DelegationReport = {
  version: 1,
  input: {
    from: null,
    to: null,
    observedSeconds: 0,
    requests: 0,
    formats: [],
    unparsedLines: 1,
    unparsedShare: 1,
    unparsedForms: ['aaaaa'],
    notes: [],
    skippedFiles: [],
    callersKnownBy: 'none',
    timing: 'none',
    gaps: [],
    leftOut: [],
    followedCallers: 1,
  },
  warnings: [],
  service: {
    meanHeld: 0,
    peakHeld: 0,
    busyMinutes: 0,
    delegableShareOfBusyMinutes: 0,
    replay: null,
    timeline: { from: null, stepMinutes: 15, total: [], withoutDelegable: [], endpoints: [] },
  },
  endpoints: [],
  inferredRoutes: [],
  answers: { file: null, answered: 0, unanswered: [], due: [], contradicted: [], unknown: [] },
  cannotKnow: ['Anything: there is no request.'],
  assumptions: [],
};
