/** Webhooks and signals that are not valid. The local mode sends webhooks, and allows receivers on this machine, so none of these is on it. */
import { type BadInput, invalid, shown, validInput, validSubmission } from './bad-input.ts';

const missing = 'job_00000000000000000000000000';
const publicUrl = 'https://hooks.example.com/delegation';

const urls: readonly unknown[] = [
  ...[
    '',
    ' ',
    'x',
    '/relative',
    '//hooks.example.com/',
    'https:',
    'https://',
    'https:///a',
    'https://?a',
    'https://#a',
    'null',
    'about:blank',
  ],
  ...['http://hooks.example.com/', 'HTTP://hooks.example.com/', 'ftp://hooks.example.com/', 'file:///etc/passwd', 'javascript:alert(1)'],
  ...[
    'data:text/plain,a',
    'ws://hooks.example.com/',
    'wss://hooks.example.com/',
    'gopher://hooks.example.com/',
    'sqs://hooks.example.com/',
  ],
  ...['https://user@hooks.example.com/', 'https://user:pw@hooks.example.com/', 'https://:pw@hooks.example.com/'],
  ...[
    'https://hooks.example.com:80/',
    'https://hooks.example.com:22/',
    'https://hooks.example.com:444/',
    'https://hooks.example.com:65536/',
  ],
  ...['https://hooks.example.com:0/', 'https://hooks.example.com:-1/', 'https://hooks.example.com:a/'],
  ...[
    'https://hooks/',
    'https://hooks.example.com./',
    'https://-hooks.example.com/',
    'https://hooks..example.com/',
    'https://.example.com/',
  ],
  ...['https://hooks.example.123/', 'https://*.example.com/', 'https://ho oks.example.com/', 'https://hooks.example.com%00.org/'],
  ...[
    'https://xn--.example.com/',
    `https://${'a'.repeat(64)}.example.com/`,
    `https://${'a.'.repeat(127)}com/`,
    'https://[::1/',
    'https://[v1.a]/',
  ],
  ...[
    'https://app.localdomain.local/',
    'https://printer.local/',
    'https://db.internal/',
    'https://metadata.google.internal/',
    'https://nas.home.arpa/',
  ],
  ...['https://0.0.0.0/', 'https://0/', 'https://10.0.0.1/', 'https://172.16.0.1/', 'https://172.31.255.255/', 'https://192.168.0.1/'],
  ...['https://100.64.0.1/', 'https://169.254.169.254/', 'https://192.0.2.1/', 'https://198.18.0.1/', 'https://198.51.100.1/'],
  ...['https://203.0.113.1/', 'https://224.0.0.1/', 'https://240.0.0.1/', 'https://255.255.255.255/', 'https://192.0.0.1/'],
  ...['https://2852039166/', 'https://0xa9fea9fe/', 'https://0251.0376.0251.0376/', 'https://169.254.43518/', 'https://①⑥⑨.②⑤④.①⑥⑨.②⑤④/'],
  ...['https://167772161/', 'https://012.0.0.1/', 'https://0x0a.0.0.1/', 'https://10.1/'],
  ...[
    'https://[::]/',
    'https://[fc00::1]/',
    'https://[fd00:ec2::254]/',
    'https://[fe80::1]/',
    'https://[ff02::1]/',
    'https://[2001:db8::1]/',
  ],
  ...['https://[::ffff:10.0.0.1]/', 'https://[::ffff:169.254.169.254]/', 'https://[64:ff9b::a9fe:a9fe]/', 'https://[2002:a9fe:a9fe::]/'],
  ...[0, 1, true, false, [], {}, [publicUrl], { url: publicUrl }],
  `${publicUrl}/${'x'.repeat(2_048)}`,
  `${publicUrl}/${'x'.repeat(100_000)}`,
];

const events: readonly unknown[] = [
  ...[null, '', 'ended', 1, true, {}, [], ['']],
  ...[['finished'], ['Ended'], ['job.succeeded'], ['ended', 'ended'], ['ended', null], [1], [['ended']], ['__proto__'], ['*']],
  Array.from({ length: 1_000 }, () => 'ended'),
];

const submissions: readonly BadInput[] = [
  ...urls.map((webhookUrl) => invalid(`the webhookUrl ${shown(webhookUrl)}`, { webhookUrl }, '#/webhookUrl')),
  ...events.map((webhookEvents) => invalid(`the webhookEvents ${shown(webhookEvents)}`, { webhookUrl: publicUrl, webhookEvents })),
  invalid('webhookEvents without a webhookUrl', { webhookEvents: ['ended'] }, '#/webhookEvents'),
  invalid('webhookEvents without a webhook', { webhookUrl: null, webhookEvents: ['ended'] }, '#/webhookEvents'),
  ...['webhook', 'webhookURL', 'webhook_url', 'callbackUrl'].map((name) =>
    invalid(`the member ${name}`, { [name]: publicUrl }, `#/${name}`),
  ),
  invalid('half of a surrogate pair in a webhookUrl', { webhookUrl: `${publicUrl}/\ud800` }, '#/webhookUrl'),
];

const scheduled = (what: string, members: object, pointer: string): BadInput => ({
  what: `a schedule whose job has ${what}`,
  method: 'PUT',
  path: '/v1/schedules/bad',
  body: { cron: '0 0 1 1 *', job: { type: 'write-batch', input: validInput, ...members } },
  status: 422,
  code: 'invalid-schedule',
  pointers: [pointer],
});

const schedules: readonly BadInput[] = [
  ...['http://hooks.example.com/', 'https://10.0.0.1/', '', 7].map((webhookUrl) =>
    scheduled(`the webhookUrl ${shown(webhookUrl)}`, { webhookUrl }, '#/job/webhookUrl'),
  ),
  ...[[], ['finished'], 'ended', null].map((webhookEvents) =>
    scheduled(
      `the webhookEvents ${shown(webhookEvents)}`,
      { webhookUrl: publicUrl, webhookEvents },
      webhookEvents?.[0] === 'finished' ? '#/job/webhookEvents/0' : '#/job/webhookEvents',
    ),
  ),
  scheduled('webhookEvents alone', { webhookEvents: ['ended'] }, '#/job/webhookEvents'),
];

const notFound = { status: 404, code: 'job-not-found' };

const calls: readonly BadInput[] = [
  ...[undefined, {}, { url: publicUrl }, [], 'x', '{'].map((body) => ({
    what: `the webhook of a job that is not there, with ${body === undefined ? 'no body' : shown(body)}`,
    path: `/v1/jobs/${missing}/webhook`,
    ...(body === undefined ? {} : { body }),
    ...notFound,
  })),
  ...['job_', 'x', `${missing}0`, missing.toUpperCase(), '..%2f..', '%00'].flatMap((id) =>
    ['webhook', 'signals/go'].map((call) => ({
      what: `the ${call} of the job ${shown(id)}`,
      path: `/v1/jobs/${id}/${call}`,
      body: {},
      ...notFound,
    })),
  ),
  ...['%00', 'a%20b', '__proto__', 'constructor', 'x'.repeat(1_000), '%F0%9F%98%80', '..%2fcancel', '<script>'].map((name) => ({
    what: `the signal ${shown(name)} to a job that is not there`,
    path: `/v1/jobs/${missing}/signals/${name}`,
    body: {},
    ...notFound,
  })),
  ...['GET', 'POST'].flatMap((method) =>
    [`/v1/links/${missing}`, `/v1/links/${missing}?token=x`, '/v1/links/job_%00?token=x', `/v1/links/..%2f${missing}?token=%F0%28`].map(
      (path) => ({
        what: `${method} ${path}`,
        method,
        path,
        status: 404,
        code: 'link-not-found',
      }),
    ),
  ),
  ...['token=', 'token=x&token=y'].map((query) => ({
    what: `a link with ${query}`,
    path: `/v1/links/${missing}?${query}`,
    status: 400,
    code: 'invalid-parameter',
  })),
  ...['PUT', 'DELETE', 'PATCH'].map((method) => ({
    what: `${method} of a link`,
    method,
    path: `/v1/links/${missing}?token=x`,
    status: 405,
    code: 'method-not-allowed',
  })),
  ...['webhook', 'signals/go'].flatMap((call) => [
    ...['GET', 'PUT', 'DELETE', 'PATCH'].map((method) => ({
      what: `${method} of the ${call} of a job`,
      method,
      path: `/v1/jobs/${missing}/${call}`,
      status: 405,
      code: 'method-not-allowed',
    })),
    {
      what: `the ${call} of a job with a stray parameter`,
      path: `/v1/jobs/${missing}/${call}?again=true`,
      body: {},
      status: 400,
      code: 'invalid-parameter',
    },
  ]),
  { what: 'a signal without a name', path: `/v1/jobs/${missing}/signals/`, body: {}, status: 404, code: 'not-found' },
  { what: 'a signal with two names', path: `/v1/jobs/${missing}/signals/a/b`, body: {}, status: 404, code: 'not-found' },
  {
    what: 'a submission of a delivery',
    body: { ...validSubmission, type: 'deliver-webhook' },
    status: 422,
    code: 'unknown-job-type',
    pointers: ['#/type'],
  },
];

export const badWebhooks: readonly BadInput[] = [...submissions, ...schedules, ...calls];
