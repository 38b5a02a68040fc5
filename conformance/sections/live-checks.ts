/** Server-sent events of a job. A client of them connects again when an answer ends, so the same checks hold where an answer is a stream and where it ends early. */
import type { Session } from '../check-session.ts';
import { expectHeader, expectSame, expectStatus, expectThat, Failure, type Section } from '../contract-check.ts';
import type { Answer } from '../http-caller.ts';

interface ServerEvent {
  readonly event: string;
  readonly id: string;
  readonly data: string;
}

/** More than a job with three states needs, and fewer than a client that is answered for ever. */
const maxAnswers = 20;
const eventsOf = (id: string) => `/v1/jobs/${id}/events`;

/** @returns the events of an answer, whose fields and blank lines are as the standard says */
function readEvents(answer: Answer): readonly ServerEvent[] {
  expectHeader(answer, 'content-type', /^text\/event-stream\s*(;|$)/);
  const blocks = answer.text.split(/\r\n\r\n|\n\n|\r\r/).slice(0, -1);
  return blocks.flatMap((block) => {
    const fields = new Map<string, string>();
    for (const line of block.split(/\r\n|\n|\r/)) {
      const [, name = '', value = ''] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (name === 'data' && fields.has('data')) throw new Failure('The data of an event must be in one line.', answer);
      fields.set(name, value);
    }
    const data = fields.get('data');
    return data === undefined ? [] : [{ event: fields.get('event') ?? 'message', id: fields.get('id') ?? '', data }];
  });
}

/** Reads as an `EventSource` does: connects again with the last id until the answer is 204. */
async function follow({ caller }: Session, id: string): Promise<readonly ServerEvent[]> {
  const seen: ServerEvent[] = [];
  for (let i = 0; i < maxAnswers; i++) {
    const last = seen.at(-1)?.id;
    const answer = await caller.get(eventsOf(id), {
      accept: 'text/event-stream',
      ...(last === undefined ? {} : { 'last-event-id': last }),
    });
    if (answer.status === 204) return seen;
    seen.push(...readEvents(expectStatus(answer, 200)));
  }
  throw new Failure(`The events of ${id} did not end with 204 in ${maxAnswers} answers.`);
}

const statusOf = ({ data }: ServerEvent) => String((JSON.parse(data) as { status?: unknown }).status);

export const live: Section = {
  title: 'Live',
  checks: [
    {
      name: 'state',
      says: 'The first event is the job as its own address shows it, under its ETag as id.',
      standard: 'HTML 9.2.5',
      async run(session) {
        const { id, links } = await session.succeeded();
        const [first] = readEvents(expectStatus(await session.caller.get(eventsOf(id)), 200));
        const shown = expectStatus(await session.caller.get(links.self), 200);
        expectSame([first?.event, first?.id], ['job', expectHeader(shown, 'etag', /^"/).slice(1, -1)], 'Event and id', shown);
        expectSame(JSON.parse(first?.data ?? 'null'), shown.json, 'The data of the event', shown);
      },
    },
    {
      name: 'changes',
      says: 'A client that connects again with the last id sees each state once, then end, then 204.',
      standard: 'HTML 9.2.3, 9.2.4',
      async run(session) {
        const { id } = await session.later();
        const following = follow(session, id);
        // Where the first answer is a stream, it has started by now.
        await session.until(id, ({ status }) => status === 'scheduled');
        await new Promise((resolve) => setTimeout(resolve, 1_000));
        await session.caller.send('POST', `/v1/jobs/${id}/cancel`);
        const events = await following;
        expectSame(
          events.map((event) => `${event.event} ${statusOf(event)}`),
          ['job scheduled', 'job cancelled', 'end cancelled'],
          'The events',
        );
        expectSame(events[2]?.id, events[1]?.id, 'The id of end');
      },
    },
    {
      name: 'ended',
      says: 'Of a job that has ended, the last id is answered with 204, and any other one with the job and end.',
      standard: 'HTML 9.2.3',
      async run(session) {
        const { id } = await session.succeeded();
        const events = readEvents(expectStatus(await session.caller.get(eventsOf(id), { 'last-event-id': 'unknown' }), 200));
        expectSame(events.map(({ event }) => event).join(), 'job,end', 'The events');
        const again = await session.caller.get(eventsOf(id), { 'last-event-id': events[1]?.id ?? '' });
        expectSame(expectStatus(again, 204).text, '', 'The body', again);
      },
    },
    {
      name: 'form',
      says: 'The answer is not stored, says when to connect again, and is kept by no proxy.',
      standard: 'HTML 9.2.6',
      async run(session) {
        const { id } = await session.succeeded();
        const answer = expectStatus(await session.caller.get(eventsOf(id)), 200);
        expectHeader(answer, 'cache-control', 'no-store');
        expectHeader(answer, 'x-accel-buffering', 'no');
        expectThat(/^retry: [1-9]\d*$/m.test(answer.text), 'The answer must have a field retry, of more than 0 ms.', answer);
        const head = expectStatus(await session.caller.send('HEAD', eventsOf(id)), 200);
        expectHeader(head, 'content-type', /^text\/event-stream/);
      },
    },
    {
      name: 'not-acceptable',
      says: 'An Accept that leaves out text/event-stream is 406, before anything is sent.',
      standard: 'RFC 9110 15.5.7',
      async run(session) {
        const { id } = await session.succeeded();
        const answer = expectStatus(await session.caller.get(eventsOf(id), { accept: 'application/json' }), 406);
        expectHeader(answer, 'content-type', /^application\/problem\+json/);
        for (const accept of ['text/*', 'text/event-stream;q=0.5', '*/*'])
          expectStatus(await session.caller.get(eventsOf(id), { accept }), 200);
      },
    },
    {
      name: 'owner',
      says: "Another owner's job, and one that does not exist, are 404.",
      standard: 'Delegation',
      async run(session) {
        const { id } = await session.succeeded();
        expectStatus(await session.caller.get(eventsOf('job_none')), 404);
        expectStatus(await session.otherCaller().get(eventsOf(id)), 404);
      },
    },
  ],
};
