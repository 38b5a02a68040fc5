/** Links for signals on the test kit: what somebody without credentials sees and sends, and what the job's code receives. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import type { WorkerDefinition } from '../../../lambdas/core/contract/context.ts';
import { defineJobType } from '../../../lambdas/core/contract/contract.ts';
import { RetryableError } from '../../../lambdas/core/contract/errors.ts';
import { killAnywhere, type RequestRefusedError, type TestJob, type TestKit, testKit } from '../../../testing/index.ts';
import { contractLimits } from '../../support/contract-limits.ts';

const contract = defineJobType({
  ...contractLimits,
  name: 'delete-tables',
  description: 'Deletes tables <b>after</b> an approval.',
  input: z.strictObject({}),
  output: z.strictObject({ log: z.array(z.unknown()) }),
  signals: {
    approval: z.strictObject({ approved: z.boolean(), comment: z.string().max(10_000).optional(), pin: z.string().optional() }),
    comment: z.strictObject({ text: z.string() }),
    survey: z.strictObject({
      good: z.boolean(),
      score: z.number().optional(),
      colour: z.enum(['red & blue', 'none']),
      comment: z.string().max(30).optional(),
      more: z.array(z.string()).optional(),
    }),
    tree: z.strictObject({ nodes: z.array(z.number()) }),
    go: z.null(),
    any: z.unknown(),
  },
  redact: ['pin'],
  deadline: { days: 30 },
  maxAttempts: 3,
  backoff: { baseMs: 10_000, capMs: 60_000 },
  concurrency: 5,
  batchSize: 10,
});
type Definition = WorkerDefinition<typeof contract>;
type Context = Parameters<Definition['run']>[1];
type Kit = TestKit<typeof contract>;
const startAt = new Date('2026-03-01T12:00:00Z');
const day = { timeout: { days: 1 } };
const expiresIn = { days: 3 };

/** A job whose code makes links, mails them in a step, and goes on. */
class Bench {
  readonly mails: (readonly string[])[] = [];
  readonly kit: Kit;
  job!: TestJob;
  constructor(links: (ctx: Context) => Promise<readonly string[]>, then: (ctx: Context) => Promise<readonly unknown[]>) {
    const run = async (_: unknown, ctx: Context) => {
      const urls = await links(ctx);
      await ctx.step('mail', async () => {
        this.mails.push(urls);
      });
      return { log: [...(await then(ctx))] };
    };
    this.kit = testKit(contract, { run }, { startAt });
  }
  static async started(
    links: (ctx: Context) => Promise<readonly string[]>,
    then: (ctx: Context) => Promise<readonly unknown[]> = async (ctx) => [await ctx.waitForSignal('approval', day)],
  ): Promise<Bench> {
    const bench = new Bench(links, then);
    bench.job = await bench.kit.submit({});
    await bench.kit.settle();
    return bench;
  }
  get urls(): readonly string[] {
    return this.mails[0] ?? [];
  }
  get url(): string {
    return this.urls[0] ?? '';
  }
}
const approveAndReject = async (ctx: Context) => [
  await ctx.signalUrl('approval', { expiresIn, payload: { approved: true } }),
  await ctx.signalUrl('approval', { expiresIn, payload: { approved: false } }),
];
const tokenOf = (url: string) => new URL(url).searchParams.get('token') ?? '';
const refusal = (promise: Promise<unknown>): Promise<RequestRefusedError> =>
  promise.then(
    () => Promise.reject(new Error('The request was not refused.')),
    (error: RequestRefusedError) => error,
  );
const codeOf = async (promise: Promise<unknown>) => {
  const { status, problem } = await refusal(promise);
  return [status, problem['code']];
};
const browser = { accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8' };
const formPost = (body = '') => ({
  method: 'POST',
  headers: { ...browser, 'content-type': 'application/x-www-form-urlencoded' },
  body,
});

describe('a link', () => {
  it('is an absolute address with the id of the job in its path and a token of 128 bits or more in its query', async () => {
    const { url, job } = await Bench.started(approveAndReject);
    const { origin, pathname, searchParams } = new URL(url);
    expect([origin, pathname, [...searchParams.keys()]]).toEqual(['https://delegation.test', `/v1/links/${job.id}`, ['token']]);
    expect(tokenOf(url)).toMatch(/^[a-z0-9]+$/);
  });

  it('sends its signal once it is used, and wakes the job at once', async () => {
    const { kit, job, url } = await Bench.started(approveAndReject);
    await kit.advance({ hours: 5 });
    await kit.useLink(url);
    await kit.settle();
    expect(job).toMatchObject({ status: 'succeeded', result: { log: [{ approved: true }] } });
    expect(kit.now).toEqual(new Date('2026-03-01T17:00:00Z'));
    expect(job.timeline.find(({ event }) => event === 'signalled')).toMatchObject({ by: 'link', detail: 'approval' });
  });

  it('is shown and never used by GET and HEAD, however often', async () => {
    const { kit, job, url } = await Bench.started(approveAndReject);
    for (const method of ['GET', 'HEAD', 'GET', 'HEAD'])
      for (const headers of [browser, { accept: '*/*' }]) expect((await kit.visit(url, { method, headers })).status).toBe(200);
    for (const method of ['PUT', 'DELETE', 'PATCH']) expect((await kit.visit(url, { method })).status).toBe(405);
    expect((await kit.visit(url, { method: 'OPTIONS' })).status).toBe(204);
    await kit.settle();
    expect(job.status).toBe('waiting');
    expect(job.timeline.map(({ event }) => event)).not.toContain('signalled');
    await kit.useLink(url);
    await kit.settle();
    expect(job.status).toBe('succeeded');
  });

  it('that comes before the wait is kept for it', async () => {
    const { kit, job, url } = await Bench.started(approveAndReject, async (ctx) => {
      await ctx.sleep('night', { hours: 8 });
      return [await ctx.waitForSignal('approval', day)];
    });
    await kit.useLink(url);
    await kit.run();
    expect(job.result).toEqual({ log: [{ approved: true }] });
  });

  it('is the same in every invocation and attempt, and is mailed once', async () => {
    const seen = new Set<string>();
    const { kit, job, mails } = await Bench.started(
      async (ctx) => {
        const urls = await approveAndReject(ctx);
        seen.add(urls.join());
        return urls;
      },
      async (ctx) => {
        await ctx.sleep('a while', { minutes: 10 });
        if (ctx.job.attempt === 1) throw new RetryableError('the first attempt');
        return [await ctx.waitForSignal('approval', day)];
      },
    );
    await kit.advance({ hours: 1 });
    expect(job.attempts).toBe(2);
    await kit.useLink(mails[0]?.[0] ?? '');
    await kit.run();
    expect([seen.size, mails.length, job.status]).toEqual([1, 1, 'succeeded']);
  });

  it('may be used twice with the same content, as by a double click, and sends once', async () => {
    const { kit, job, url } = await Bench.started(
      async (ctx) => [await ctx.signalUrl('any', { expiresIn })],
      async (ctx) => [
        await ctx.waitForSignal('any', day),
        await ctx.waitForSignal('any', { timeout: { hours: 1 } }).catch(() => 'no more'),
      ],
    );
    const [one, two] = await Promise.all([kit.visit(url, formPost()), kit.visit(url, formPost())]);
    expect([one.status, two.status]).toEqual([202, 202]);
    expect([one, two].filter(({ headers }) => headers.get('idempotent-replayed') === 'true')).toHaveLength(1);
    await kit.run();
    await kit.useLink(url); // also after the end of the job
    expect(job.result).toEqual({ log: [null, 'no more'] });
    expect(await codeOf(kit.useLink(url, { other: 1 }))).toEqual([409, 'link-used-otherwise']);
    const shown = await kit.visit(url);
    expect([shown.status, await shown.json()]).toEqual([410, expect.objectContaining({ code: 'link-used' })]);
  });

  it('is closed once another link of its signal was used, also when both are used at the same moment', async () => {
    const { kit, job, urls } = await Bench.started(approveAndReject);
    const answers = await Promise.all(urls.map((url) => kit.visit(url, formPost())));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([202, 410]);
    await kit.settle();
    const winner = answers.findIndex(({ status }) => status === 202);
    expect(job.result).toEqual({ log: [{ approved: winner === 0 }] });
    const loser = urls[1 - winner] ?? '';
    expect(await codeOf(kit.useLink(loser))).toEqual([410, 'link-used']);
    expect((await kit.visit(loser)).status).toBe(410);
  });

  it('of another group, another signal, or a later round is not closed with it', async () => {
    const { kit, job, urls } = await Bench.started(
      async (ctx) => [
        await ctx.signalUrl('any', { expiresIn, payload: 'ann', group: 'ann' }),
        await ctx.signalUrl('any', { expiresIn, payload: 'bob', group: 'bob' }),
        await ctx.signalUrl('go', { expiresIn }),
      ],
      async (ctx) => {
        const log: unknown[] = [
          await ctx.waitForSignal('any', day),
          await ctx.waitForSignal('any', day),
          await ctx.waitForSignal('go', day),
        ];
        const again = await ctx.signalUrl('any', { expiresIn, payload: 'ann again', group: 'ann' });
        await ctx.step('mail again', async () => again);
        await ctx.checkpoint.save(again);
        return [...log, await ctx.waitForSignal('any', day)];
      },
    );
    for (const url of urls) await kit.useLink(url);
    await kit.settle();
    await kit.useLink(String(job.checkpoint));
    await kit.settle();
    expect(job.result).toEqual({ log: ['ann', 'bob', null, 'ann again'] });
  });

  it('expires, at its own time', async () => {
    const { kit, job, url } = await Bench.started(
      async (ctx) => [await ctx.signalUrl('any', { expiresIn: { hours: 2 } })],
      async (ctx) => [await ctx.waitForSignal('any', day)],
    );
    await kit.advance({ hours: 1, minutes: 59 });
    expect((await kit.visit(url)).status).toBe(200);
    await kit.advance({ minutes: 1 });
    expect((await kit.visit(url)).status).toBe(410);
    expect(await codeOf(kit.useLink(url))).toEqual([410, 'link-expired']);
    await kit.signal(job, 'any', 'by a caller');
    await kit.settle();
    expect(job.result).toEqual({ log: ['by a caller'] });
  });

  it('of a job that has ended is answered as a signal is', async () => {
    const { kit, job, url } = await Bench.started(approveAndReject);
    await kit.cancel(job);
    expect(await codeOf(kit.useLink(url))).toEqual([409, 'job-already-ended']);
    expect((await kit.visit(url)).status).toBe(409);
  });

  it('that there is not has one answer, which does not say whether there is such a job', async () => {
    const { kit, job, url } = await Bench.started(approveAndReject);
    const token = tokenOf(url);
    const none = await kit.submit({});
    const bodies = new Set<string>();
    for (const path of [
      `/v1/links/${job.id}`,
      `/v1/links/${job.id}?token=${token.slice(1)}`,
      `/v1/links/${job.id}?token=${token.toUpperCase()}`,
      `/v1/links/${job.id}?token=${createHash('sha256').update(token).digest('hex')}`,
      `/v1/links/${none.id}?token=${token}`,
      `/v1/links/job_${'0'.repeat(26)}?token=${token}`,
      `/v1/links/nothing?token=${token}`,
    ])
      for (const init of [{}, formPost(), { method: 'POST' }, { headers: browser }]) {
        const answer = await kit.visit(path, init);
        const text = (await answer.text()).replaceAll(/"instance":"[^"]*"/g, '');
        expect([path, answer.status]).toEqual([path, 404]);
        bodies.add(text);
        expect(text).not.toContain(token);
      }
    expect(bodies.size).toBe(2); // JSON and a page
  });

  it('passes over the parameters that programs add to the links of a mail', async () => {
    const { kit, url } = await Bench.started(approveAndReject);
    expect((await kit.visit(`${url}&utm_source=mail&fbclid=1`)).status).toBe(200);
    expect((await kit.visit(`${url}&token=2`)).status).toBe(400);
  });

  it('takes its payload from JSON or a form, as the schema of the signal says', async () => {
    const links = async (ctx: Context) => [await ctx.signalUrl('comment', { expiresIn })];
    const receive = async (ctx: Context) => [await ctx.waitForSignal('comment', day)];
    const byForm = await Bench.started(links, receive);
    for (const body of ['', 'text=a&text=b', 'other=1', 'text=a&more=b']) {
      const answer = await byForm.kit.visit(byForm.url, formPost(body));
      expect([body, answer.status]).toEqual([body, body === 'text=a&text=b' ? 400 : 422]);
      expect(answer.headers.get('content-type')).toMatch(/^text\/html/);
    }
    expect(await codeOf(byForm.kit.useLink(byForm.url, { text: 1 }))).toEqual([422, 'invalid-submission']);
    expect((await byForm.kit.visit(byForm.url, formPost('text=na%C3%AFve+%26'))).status).toBe(202);
    await byForm.kit.settle();
    expect(byForm.job.result).toEqual({ log: [{ text: 'naïve &' }] });
    const byJson = await Bench.started(links, receive);
    await byJson.kit.useLink(byJson.url, { text: 'json' });
    await byJson.kit.settle();
    expect(byJson.job.result).toEqual({ log: [{ text: 'json' }] });
  });

  it('has a form for what its signal needs, whose texts become what the schema says', async () => {
    const links = async (ctx: Context) => [await ctx.signalUrl('survey', { expiresIn })];
    const { kit, job, url } = await Bench.started(links, async (ctx) => [await ctx.waitForSignal('survey', day)]);
    const html = await (await kit.visit(url, { headers: browser })).text();
    for (const part of [
      '<label>good<br><select name="good" required><option value=""></option><option value="true">yes</option>',
      '<input type="number" step="any" name="score">',
      '<select name="colour" required><option value=""></option><option value="red &amp; blue">red &amp; blue</option>',
      '<input name="comment" maxlength="30">',
    ])
      expect(html).toContain(part);
    const wrong = await kit.visit(url, formPost('good=maybe&score=x&colour=green&comment='));
    expect(wrong.status).toBe(422);
    const faults = await wrong.text();
    for (const pointer of ['#/good', '#/score', '#/colour']) expect(faults).toContain(pointer);
    expect((await kit.visit(url, formPost('good=false&score=2.5&colour=red+%26+blue&comment='))).status).toBe(202);
    await kit.settle();
    expect(job.result).toEqual({ log: [{ good: false, score: 2.5, colour: 'red & blue' }] });
  });

  it('says that its page cannot ask for a payload that no form can express', async () => {
    const { kit, url } = await Bench.started(
      async (ctx) => [await ctx.signalUrl('tree', { expiresIn })],
      async (ctx) => [await ctx.waitForSignal('tree', day)],
    );
    const html = await (await kit.visit(url, { headers: browser })).text();
    expect(html).toContain('content that this page cannot ask for');
    expect(html).not.toContain('<form');
    expect(await (await kit.visit(url)).json()).toMatchObject({ needsPayload: true, payload: null });
    await kit.useLink(url, { nodes: [1, 2] });
  });

  it('with a fixed payload takes no other one', async () => {
    const comment = 'x'.repeat(900);
    const { kit, job, url } = await Bench.started(async (ctx) => [
      await ctx.signalUrl('approval', { expiresIn, payload: { approved: true, comment } }),
    ]);
    expect(await codeOf(kit.useLink(url, { approved: false }))).toEqual([422, 'invalid-submission']);
    expect((await kit.visit(url, formPost('approved=false'))).status).toBe(422);
    expect(await (await kit.visit(url)).json()).toMatchObject({ payload: { approved: true, comment } });
    await kit.useLink(url);
    await kit.settle();
    expect(job.result).toEqual({ log: [{ approved: true, comment }] });
  });

  it('of a paused type is kept, and wakes the job after the pause', async () => {
    const { kit, job, url } = await Bench.started(approveAndReject);
    await kit.setTypeState('paused');
    await kit.useLink(url);
    await kit.advance({ minutes: 10 });
    expect(job.status).toBe('waiting');
    await kit.setTypeState('active');
    await kit.run();
    expect(job.status).toBe('succeeded');
  });
});

describe('the secret of a link', () => {
  it('is in no log, timeline, error, progress or reason, in later invocations and attempts, too, and its hash alone is in the links', async () => {
    let address = '';
    const { kit, job, url } = await Bench.started(
      async (ctx) => {
        const [made = ''] = await approveAndReject(ctx);
        ctx.log.info(`made ${made}`, { made });
        ctx.progress(0.5, made);
        address = made;
        return [made];
      },
      async (ctx) => {
        await ctx.sleep('a while', { minutes: 1 }, { detail: address });
        throw new RetryableError(`failed with ${address}`, { details: { [address]: address } });
      },
    );
    await kit.run();
    const token = tokenOf(url);
    expect(job.status).toBe('failed');
    expect(JSON.stringify([job.resource, kit.logs])).not.toContain(token);
    expect(JSON.stringify(kit.logs)).toContain('[redacted]');
  });

  it('is hidden in what code throws that got it from a step of an earlier invocation', async () => {
    const bench = await Bench.started(approveAndReject, async (ctx) => {
      const mail = await ctx.step('write the mail', async () => `Open ${bench.url}`);
      await ctx.sleep('a while', { minutes: 1 });
      throw new RetryableError(mail, { details: { mail } });
    });
    await bench.kit.run();
    expect(bench.job.error?.message).toBe(`Open https://delegation.test/v1/links/${bench.job.id}?token=[redacted]`);
    expect(JSON.stringify([bench.job.resource, bench.kit.logs])).not.toContain(tokenOf(bench.url));
  });
});

describe('the page of a link', () => {
  const page = async (kit: Kit, url: string, init: RequestInit = { headers: browser }) => {
    const answer = await kit.visit(url, init);
    return { answer, html: await answer.text() };
  };

  it('says what would be sent, with a button, escapes everything, and hides what is secret', async () => {
    const { kit, url } = await Bench.started(async (ctx) => [
      await ctx.signalUrl('approval', { expiresIn, payload: { approved: true, comment: '<script>alert("1")</script>', pin: '4711-0815' } }),
    ]);
    const { answer, html } = await page(kit, url);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=UTF-8');
    expect(html).toContain('<b>approval</b> to a job of the type <b>delete-tables</b>');
    expect(html).toContain('Deletes tables &lt;b&gt;after&lt;/b&gt; an approval.');
    expect(html).toContain('&lt;script&gt;alert(\\&quot;1\\&quot;)&lt;/script&gt;');
    expect(html).toContain('<form method="post"><button>Send</button></form>');
    for (const absent of ['<script', '4711-0815', tokenOf(url), 'http://', 'src=', 'href=']) expect(html).not.toContain(absent);
    expect(await (await kit.visit(url)).json()).toEqual({
      signal: 'approval',
      label: null,
      jobType: 'delete-tables',
      description: 'Deletes tables <b>after</b> an approval.',
      payload: { approved: true, comment: '<script>alert("1")</script>', pin: '[redacted]' },
      needsPayload: false,
      expiresAt: '2026-03-04T12:00:00.000Z',
      usedAt: null,
    });
  });

  it('has the words of its label', async () => {
    const { kit, url } = await Bench.started(async (ctx) => [await ctx.signalUrl('go', { expiresIn, label: 'Delete <all>' })]);
    const { html } = await page(kit, url);
    expect(html).toContain('<h1>Delete &lt;all&gt;?</h1>');
    expect(html).toContain('<button>Delete &lt;all&gt;</button>');
  });

  it('and every other answer cannot be kept, framed, indexed or named to other sites, and runs nothing', async () => {
    const { kit, url } = await Bench.started(approveAndReject);
    const inits = [{ headers: browser }, {}, { method: 'HEAD' }, formPost('a=1'), formPost(), { method: 'POST' }];
    for (const [address, init] of [
      ...inits.map((init) => [url, init] as const),
      [`${url}x`, {}],
      [`${url}x`, { headers: browser }],
    ] as const) {
      const { headers } = await kit.visit(address, init as RequestInit);
      const csp = headers.get('content-security-policy') ?? '';
      expect(csp).toMatch(
        /^default-src 'none'; style-src 'sha256-[\w+/]{43}='; form-action 'self'; frame-ancestors 'none'; base-uri 'none'$/,
      );
      expect(Object.fromEntries(headers)).toMatchObject({
        'cache-control': 'no-store',
        'referrer-policy': 'no-referrer',
        'x-frame-options': 'DENY',
        'x-robots-tag': 'noindex, nofollow',
        'x-content-type-options': 'nosniff',
        vary: 'accept',
      });
      expect([...headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    }
  });

  it('has the style that its policy allows', async () => {
    const { kit, url } = await Bench.started(approveAndReject);
    const { answer, html } = await page(kit, url);
    const [, style = ''] = /<style>(.*)<\/style>/.exec(html) ?? [];
    expect(answer.headers.get('content-security-policy')).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`);
  });

  it('says what was sent, and afterwards that the link was used', async () => {
    const { kit, urls } = await Bench.started(approveAndReject);
    const sent = await page(kit, urls[0] ?? '', formPost());
    expect([sent.answer.status, sent.html]).toEqual([202, expect.stringContaining('<h1>Sent</h1>')]);
    const again = await page(kit, urls[0] ?? '');
    expect([again.answer.status, again.html]).toEqual([410, expect.stringContaining('This link was used at 2026-03-01T12:00:00.000Z')]);
    const other = await page(kit, urls[1] ?? '');
    expect([other.answer.status, other.html]).toEqual([410, expect.stringContaining('Another link was used')]);
  });
});

describe('ctx.signalUrl', () => {
  it.each([
    ['a name that the contract does not have', 'unknown_signal', (ctx: Context) => ctx.signalUrl('nothing' as 'go', { expiresIn })],
    [
      'a payload that the signal refuses',
      'invalid_signal',
      (ctx: Context) => ctx.signalUrl('comment', { expiresIn, payload: { text: 1 as never } }),
    ],
    ['a payload that JSON cannot hold', 'invalid_signal', (ctx: Context) => ctx.signalUrl('any', { expiresIn, payload: 1n })],
    ['a payload of over 1,024 bytes', 'invalid_signal', (ctx: Context) => ctx.signalUrl('any', { expiresIn, payload: 'x'.repeat(1_023) })],
    ['no duration', 'invalid_duration', (ctx: Context) => ctx.signalUrl('go', {} as never)],
    ['no options', 'invalid_duration', (ctx: Context) => ctx.signalUrl('go', undefined as never)],
    ['too short a time', 'invalid_duration', (ctx: Context) => ctx.signalUrl('go', { expiresIn: { seconds: 0.5 } })],
    ['too long a time', 'invalid_duration', (ctx: Context) => ctx.signalUrl('go', { expiresIn: { days: 367 } })],
    ['a group that is not a text', 'invalid_call', (ctx: Context) => ctx.signalUrl('go', { expiresIn, group: 1 as never })],
    ['a group that is too long', 'invalid_call', (ctx: Context) => ctx.signalUrl('go', { expiresIn, group: 'g'.repeat(101) })],
    ['a label that is too long', 'invalid_call', (ctx: Context) => ctx.signalUrl('go', { expiresIn, label: 'l'.repeat(81) })],
    ['half a character as label', 'invalid_call', (ctx: Context) => ctx.signalUrl('go', { expiresIn, label: '\ud800' })],
    ['a call within a step', 'nested_call', (ctx: Context) => ctx.step('s', () => ctx.signalUrl('go', { expiresIn }))],
  ])('refuses %s', async (_, code, act) => {
    const { job } = await Bench.started(
      async () => [],
      async (ctx) => [await act(ctx)],
    );
    expect(job).toMatchObject({ status: 'failed', error: { code } });
  });

  it('makes 20 links in one job and no more, also at once and over attempts', async () => {
    const make = (ctx: Context, count: number) =>
      Promise.all(Array.from({ length: count }, () => ctx.signalUrl('go', { expiresIn }).catch(({ code }: { code: string }) => code)));
    const bench = await Bench.started(
      (ctx) => make(ctx, 20),
      async (ctx) => [await make(ctx, 2)],
    );
    expect(new Set(bench.urls).size).toBe(20);
    expect(bench.job.result).toEqual({ log: [['too_many_links', 'too_many_links']] });
  });

  it('gives the address only once it works: a worker may die at any of its points', async () => {
    let made: Set<string> = new Set();
    await killAnywhere(
      () => {
        made = new Set();
        const run = async (_: unknown, ctx: Context) => {
          const url = await ctx.signalUrl('approval', { expiresIn, payload: { approved: true } });
          made.add(url);
          await ctx.step('mail', async () => url);
          return { log: [await ctx.waitForSignal('approval', day)] };
        };
        return testKit(contract, { run }, { startAt });
      },
      async (kit) => {
        const job = await kit.submit({});
        await kit.advance({ minutes: 10 });
        expect(made.size).toBe(1);
        for (const url of made) await kit.useLink(url);
        await kit.run();
        expect(job).toMatchObject({ status: 'succeeded', result: { log: [{ approved: true }] } });
      },
    );
  });
});
