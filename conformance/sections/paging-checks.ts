/** Lists, their pages and filters. */
import { randomUUID } from 'node:crypto';
import { expectProblem, jobIn, listShape, shaped } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';
import type { Caller } from '../http-caller.ts';

/** Jobs that are made to be listed. */
const listed = 5;

/** More than a filter that reads many jobs and passes few has. */
const maxPages = 50;

interface Listed {
  /** Filters by this tag find the jobs and no others. */
  readonly tag: string;
  /** Newest first. */
  readonly ids: readonly string[];
  readonly createdAt: readonly string[];
}

const made = new WeakMap<Session, Promise<Listed>>();

/** @returns jobs of this run, made once: the newest is cancelled, every second one has the tag `even` */
function listedJobs(session: Session): Promise<Listed> {
  const known = made.get(session) ?? makeJobs(session);
  made.set(session, known);
  return known;
}

async function makeJobs(session: Session): Promise<Listed> {
  const tag = `list:${randomUUID()}`;
  const jobs = [];
  for (let i = 0; i < listed; i++) {
    const tags = { 'conformance:list': tag, ...(i % 2 === 0 ? { even: tag } : {}) };
    jobs.unshift(jobIn(expectStatus(await session.submitForLater({ members: { tags } }), 202)));
  }
  expectStatus(await session.caller.send('POST', `/v1/jobs/${jobs[0]?.id}/cancel`), 200);
  return {
    tag: encodeURIComponent(`conformance:list:${tag}`),
    ids: jobs.map(({ id }) => id),
    createdAt: jobs.map(({ createdAt }) => createdAt),
  };
}

async function page(caller: Caller, query: string) {
  const answer = expectStatus(await caller.get(`/v1/jobs?${query}`), 200);
  const { jobs, nextCursor } = shaped(answer, listShape);
  return { answer, ids: jobs.map(({ id }) => id), nextCursor };
}

/** Follows the cursors. */
async function allPages(caller: Caller, query: string): Promise<readonly (readonly string[])[]> {
  const pages: (readonly string[])[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const { ids, nextCursor }: Awaited<ReturnType<typeof page>> = await page(
      caller,
      `${query}${cursor && `&cursor=${encodeURIComponent(cursor)}`}`,
    );
    pages.push(ids);
    expectThat(pages.length <= maxPages, `The cursors of ${query} must end (${pages.length} pages so far).`);
    cursor = nextCursor;
  }
  return pages;
}

async function expectFound(session: Session, query: string, expected: readonly string[]): Promise<void> {
  const { tag } = await listedJobs(session);
  expectSame((await allPages(session.caller, `tag=${tag}&${query}`)).flat(), expected, `The jobs found by ${query}`);
}

const encode = encodeURIComponent;

export const paging: Section = {
  title: 'Paging',
  checks: [
    {
      name: 'newest-first',
      says: 'A list is newest first; order=asc is oldest first.',
      standard: 'AIP-132',
      async run(session) {
        const { ids } = await listedJobs(session);
        await expectFound(session, 'limit=100', ids);
        await expectFound(session, 'limit=100&order=asc', ids.toReversed());
      },
    },
    {
      name: 'pages',
      says: 'Pages neither leave out nor repeat a job, and the last one has the cursor null.',
      standard: 'AIP-158',
      async run(session) {
        const { ids } = await listedJobs(session);
        for (const order of ['desc', 'asc'])
          await expectFound(session, `limit=2&order=${order}`, order === 'desc' ? ids : ids.toReversed());
      },
    },
    {
      name: 'limit',
      says: 'limit is coerced to 1 to 100; what is not a number is refused.',
      standard: 'AIP-158',
      async run(session) {
        const { tag, ids } = await listedJobs(session);
        for (const [limit, count] of [
          ['0', 1],
          ['-5', 1],
          ['2', 2],
          ['1000000', listed],
        ] as const) {
          const { answer, ids: found } = await page(session.caller, `tag=${tag}&limit=${limit}`);
          expectSame(found, ids.slice(0, count), `The jobs with limit=${limit}`, answer);
        }
        for (const limit of ['', 'many', 'NaN'])
          expectProblem(await session.caller.get(`/v1/jobs?limit=${limit}`), 400, 'invalid-parameter');
      },
    },
    {
      name: 'tampered-cursor',
      says: 'A cursor that was changed or cut is refused with 400 invalid-cursor.',
      standard: 'AIP-158',
      async run(session) {
        const { tag } = await listedJobs(session);
        const { nextCursor, answer } = await page(session.caller, `tag=${tag}&limit=1`);
        expectThat(nextCursor !== null, 'The first of several pages must have a cursor.', answer);
        const changed = `${nextCursor.slice(0, 8)}${nextCursor[8] === 'A' ? 'B' : 'A'}${nextCursor.slice(9)}`;
        for (const cursor of [changed, nextCursor.slice(0, -3), `${nextCursor}AAAA`, 'W10', 'nonsense', 'null'])
          expectProblem(await session.caller.get(`/v1/jobs?cursor=${encode(cursor)}`), 400, 'invalid-cursor');
      },
    },
    {
      name: 'others-cursor',
      says: "Another owner's cursor is refused with 400 invalid-cursor.",
      standard: 'AIP-158',
      async run(session) {
        const other = session.otherCaller();
        const { tag } = await listedJobs(session);
        const { nextCursor } = await page(session.caller, `tag=${tag}&limit=1`);
        expectProblem(await other.get(`/v1/jobs?cursor=${encode(nextCursor ?? '')}`), 400, 'invalid-cursor');
      },
    },
    {
      name: 'others-jobs',
      says: "A list holds no other owner's jobs.",
      standard: 'Delegation',
      async run(session) {
        const other = session.otherCaller();
        const { tag } = await listedJobs(session);
        expectSame((await page(other, `tag=${tag}`)).ids, [], "Another owner's list");
      },
    },
    {
      name: 'status',
      says: 'status takes several values by comma, or repeated.',
      standard: 'AIP-160',
      async run(session) {
        const { ids } = await listedJobs(session);
        await expectFound(session, 'status=cancelled', ids.slice(0, 1));
        await expectFound(session, 'status=failed,cancelled', ids.slice(0, 1));
        await expectFound(session, 'status=scheduled', ids.slice(1));
        await expectFound(session, 'status=scheduled,cancelled', ids);
        await expectFound(session, 'status=scheduled&status=cancelled', ids);
        expectProblem(await session.caller.get('/v1/jobs?status=scheduled,broken'), 400, 'invalid-parameter');
      },
    },
    {
      name: 'type',
      says: 'type takes several values by comma.',
      standard: 'AIP-160',
      async run(session) {
        const { ids } = await listedJobs(session);
        const { type } = session.subject;
        await expectFound(session, `type=${type}`, ids);
        await expectFound(session, `type=none-of-these,${type}`, ids);
        await expectFound(session, 'type=none-of-these', []);
      },
    },
    {
      name: 'tags',
      says: 'tag takes a name, or a name and a value, whose characters do not matter; several tags must all be there.',
      standard: 'AIP-160',
      async run(session) {
        const { tag, ids } = await listedJobs(session);
        const value = tag.slice(encode('conformance:list:').length);
        const even = ids.filter((_, i) => (listed - 1 - i) % 2 === 0);
        await expectFound(session, `tag=${encode('even:')}${value}`, even);
        await expectFound(session, 'tag=even', even);
        await expectFound(session, 'tag=none-of-these', []);
        await expectFound(session, 'tag=conformance', []);
      },
    },
    {
      name: 'since-until',
      says: 'since and until take a time, or a day in UTC.',
      standard: 'RFC 3339 5.6',
      async run(session) {
        const { ids, createdAt } = await listedJobs(session);
        const today = String(createdAt.at(-1)).slice(0, 10);
        await expectFound(
          session,
          `since=${createdAt[1]}&until=${createdAt[1]}`,
          ids.filter((_, i) => createdAt[i] === createdAt[1]),
        );
        await expectFound(session, `since=${today}`, ids);
        await expectFound(session, 'since=2099-01-01', []);
        await expectFound(session, 'until=2001-01-01', []);
        for (const time of ['yesterday', '2026-02-30', '2026-11-25T00:00:00'])
          expectProblem(await session.caller.get(`/v1/jobs?since=${time}`), 400, 'invalid-parameter');
      },
    },
    {
      name: 'unknown-parameter',
      says: 'An unknown parameter, an empty one, and a single one that is given twice are refused with 400 invalid-parameter.',
      standard: 'Delegation',
      async run({ caller }) {
        for (const query of ['colour=blue', 'limit=1&limit=2', 'status=', 'order=sideways', 'order=asc&order=desc'])
          expectProblem(await caller.get(`/v1/jobs?${query}`), 400, 'invalid-parameter');
        for (const path of ['/v1/jobs/batch?validateOnly=true', '/v1/jobs/redrive?dryRun=true', '/v1/jobs/cancel?owner=somebody'])
          expectProblem(await caller.post(path, {}), 400, 'invalid-parameter');
      },
    },
  ],
};
