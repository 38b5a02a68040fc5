/** Where the end of a job may be sent, and what becomes of it. */
import { randomUUID } from 'node:crypto';
import { expectProblem, jobIn, type LooseJob, listShape, problemShape, shaped } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectSame, expectStatus, expectThat, type Section, Skip } from '../contract-check.ts';

const standardWebhooks = 'Standard Webhooks 1.0.0';

/** What no deployment may send to, with the reason. */
const refusedUrls: readonly (readonly [url: unknown, why: string])[] = [
  ['http://hooks.example.com/', 'is not https'],
  ['ftp://hooks.example.com/', 'is not https'],
  ['/delegation', 'is relative'],
  ['https://', 'has no host'],
  ['', 'is empty'],
  [17, 'is a number'],
  [['https://hooks.example.com/'], 'is a list'],
  [`https://hooks.example.com/${'x'.repeat(2_048)}`, 'is longer than 2,048 characters'],
  ['https://user:password@hooks.example.com/', 'has a password'],
  ['https://hooks.example.com:444/', 'has a port that is neither 443 nor 8443'],
  ['https://intranet/', 'has one label'],
  ['https://metadata.google.internal/', 'is a private name'],
  ['https://printer.local/', 'is a private name'],
  ['https://10.0.0.1/', 'is a private address'],
  ['https://169.254.169.254/latest/meta-data/', 'is the address of metadata'],
  ['https://2852039166/', 'is the address of metadata, in decimal'],
  ['https://0xa9fea9fe/', 'is the address of metadata, in hexadecimal'],
  ['https://0251.0376.0251.0376/', 'is the address of metadata, in octal'],
  ['https://[::ffff:10.0.0.1]/', 'is a private address, mapped to IPv6'],
  ['https://[fd00::1]/', 'is a unique local address'],
  ['https://100.64.0.1/', 'is an address of carrier-grade NAT'],
];

/** @returns the answer to a submission that makes no job */
const validated = (session: Session, members: Readonly<Record<string, unknown>>) =>
  session.caller.post('/v1/jobs?validateOnly=true', session.submission({ delaySeconds: 3_600, ...members }));

/** @throws Skip where no receiver was named */
function receiverOf({ webhookUrl }: Session): string {
  if (webhookUrl === undefined) throw new Skip('needs a receiver that answers with 2xx: --webhook');
  return webhookUrl;
}

/** @returns a job that was cancelled and whose end is sent */
async function endedWithWebhook(session: Session): Promise<LooseJob> {
  const { id } = jobIn(expectStatus(await session.submitForLater({ members: { webhookUrl: receiverOf(session) } }), 202));
  return jobIn(expectStatus(await session.caller.send('POST', `/v1/jobs/${id}/cancel`), 200));
}

interface Delivery extends LooseJob {
  readonly result: { readonly messageId: string; readonly tries: readonly { readonly outcome: string; readonly status: number | null }[] };
}

/** @returns the job that delivered the end, when that is done */
async function deliveryOf(session: Session, { id }: LooseJob): Promise<Delivery> {
  const { delivery } = jobIn(expectStatus(await session.caller.get(`/v1/jobs/${id}`), 200))['webhook'] as { delivery: string };
  return (await session.appeared(delivery)) as Delivery;
}

export const webhooks: Section = {
  title: 'Webhooks',
  checks: [
    {
      name: 'accepted',
      says: 'A submission may name a public https URL as webhookUrl, where webhooks are on.',
      standard: standardWebhooks,
      async run(session) {
        const answer = await validated(session, { webhookUrl: 'https://hooks.example.com/delegation?token=t' });
        const problem = problemShape.safeParse(answer.json).data;
        if (answer.status === 422 && problem?.detail.includes('`webhooks`') === true) throw new Skip('webhooks are off here');
        if (answer.status === 422 && problem?.detail.includes('settings of this service') === true)
          throw new Skip('the settings allow other hosts than hooks.example.com');
        expectStatus(answer, 200);
      },
    },
    {
      name: 'refused',
      says: 'What is not https, not public, or not a URL is refused with 422 and a pointer to webhookUrl.',
      standard: standardWebhooks,
      async run(session) {
        for (const [url, why] of refusedUrls) {
          const answer = await validated(session, { webhookUrl: url });
          const { errors = [] } = expectProblem(answer, 422, 'invalid-submission');
          expectThat(
            errors.some(({ pointer }) => pointer === '#/webhookUrl'),
            `errors must point at #/webhookUrl: ${JSON.stringify(url).slice(0, 80)} ${why}.`,
            answer,
          );
        }
      },
    },
    {
      name: 'events',
      says: 'webhookEvents is a list of started, progress and ended, each once, and needs a webhookUrl.',
      standard: 'Delegation',
      async run(session) {
        const webhookUrl = 'https://hooks.example.com/';
        const wrong = [[], ['finished'], ['ended', 'ended'], 'ended', null, [null]].map((webhookEvents) => ({ webhookUrl, webhookEvents }));
        for (const members of [...wrong, { webhookUrl: null, webhookEvents: ['ended'] }]) {
          const answer = await validated(session, members);
          const { errors = [] } = expectProblem(answer, 422, 'invalid-submission');
          expectThat(
            errors.some(({ pointer }) => pointer.startsWith('#/webhookEvents')),
            `errors must point at #/webhookEvents of ${JSON.stringify(members)}.`,
            answer,
          );
        }
      },
    },
    {
      name: 'none',
      says: 'A job without a webhook shows null, and its end is not sent again: 409 no-webhook.',
      standard: 'Delegation',
      async run(session) {
        const job = await session.cancelled();
        expectSame(job['webhook'], null, 'webhook');
        expectProblem(await session.caller.post(`${job.links.self}/webhook`, {}), 409, 'no-webhook');
      },
    },
    {
      name: 'strangers',
      says: "Another owner's webhook is not sent again: 404.",
      standard: 'Delegation',
      async run(session) {
        const job = await session.cancelled();
        expectProblem(await session.otherCaller().post(`${job.links.self}/webhook`, {}), 404, 'job-not-found');
      },
    },
    {
      name: 'shown',
      says: 'A job shows where its end is sent, without the query, and before its end no delivery; until then it is not sent again: 409 job-not-finished.',
      standard: 'Delegation',
      async run(session) {
        const webhookUrl = receiverOf(session);
        const answer = expectStatus(await session.submitForLater({ members: { webhookUrl: `${webhookUrl}?secret=s` } }), 202);
        const url = new URL(webhookUrl);
        const shown = { url: url.origin + url.pathname, events: ['ended'], delivery: null };
        expectSame(jobIn(answer)['webhook'], shown, 'webhook', answer);
        expectProblem(await session.caller.post(`${jobIn(answer).links.self}/webhook`, {}), 409, 'job-not-finished');
      },
    },
    {
      name: 'delivered',
      says: 'The end is delivered by a job of the type deliver-webhook, which shows each try and is in the list.',
      standard: 'Delegation',
      async run(session) {
        const delivery = await deliveryOf(session, await endedWithWebhook(session));
        expectSame([delivery.type, delivery.status], ['deliver-webhook', 'succeeded'], 'Type and status of the delivery');
        expectSame(delivery.result.tries.at(-1)?.outcome, 'delivered', 'The outcome of the last try');
        const list = await session.caller.get('/v1/jobs?type=deliver-webhook&limit=100');
        expectThat(
          shaped(list, listShape).jobs.some(({ id }) => id === delivery.id),
          'The list must have the delivery.',
          list,
        );
      },
    },
    {
      name: 'again',
      says: 'POST …/webhook sends the end again under the same webhook-id, and with an Idempotency-Key once.',
      standard: standardWebhooks,
      async run(session) {
        const job = await endedWithWebhook(session);
        const first = await deliveryOf(session, job);
        const headers = { 'idempotency-key': randomUUID() };
        const answer = expectStatus(await session.caller.post(`${job.links.self}/webhook`, {}, headers), 202);
        const replay = expectStatus(await session.caller.post(`${job.links.self}/webhook`, {}, headers), 202, 200);
        expectSame(jobIn(replay).id, jobIn(answer).id, 'The job of the repeated request', replay);
        expectThat(jobIn(answer).id !== first.id, 'It must be another delivery.', answer);
        const again = (await session.ended(jobIn(answer).id)) as Delivery;
        expectSame(again.result.messageId, first.result.messageId, 'The webhook-id');
      },
    },
  ],
};
