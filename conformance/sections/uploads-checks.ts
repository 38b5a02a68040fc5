/** Inputs that are too large for a request. */
import { createHash } from 'node:crypto';
import { expectProblem } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectSame, expectStatus, expectThat, type Section } from '../contract-check.ts';
import { putBare } from '../http-caller.ts';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('base64');

interface Upload {
  readonly url: string;
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function place({ caller }: Session, bytes: Uint8Array): Promise<Upload> {
  const body = { sizeBytes: bytes.byteLength, contentType: 'application/json', sha256: sha256(bytes) };
  const answer = expectStatus(await caller.post('/v1/uploads', body), 201);
  return answer.json as Upload;
}

export const uploads: Section = {
  title: 'Uploads',
  checks: [
    {
      name: 'place',
      says: 'POST /v1/uploads answers 201 with a place that takes exactly what was announced.',
      standard: 'RFC 9110 9.3.3',
      async run(session) {
        const bytes = Buffer.from(JSON.stringify(session.subject.input));
        const { url, method, headers } = await place(session, bytes);
        expectSame(method, 'PUT', 'method');
        expectStatus(await putBare(new URL(url), headers, bytes), 200);
      },
    },
    {
      name: 'bound',
      says: 'Size, type and checksum are bound into the signature: other bytes are refused.',
      standard: 'RFC 9530',
      async run(session) {
        const bytes = Buffer.from(JSON.stringify(session.subject.input));
        const { url, headers } = await place(session, bytes);
        const others: readonly (readonly [string, Buffer, Readonly<Record<string, string>>])[] = [
          ['Other bytes', Buffer.alloc(bytes.length, 'x'), {}],
          ['More bytes', Buffer.concat([bytes, Buffer.from(' ')]), {}],
          ['Fewer bytes', bytes.subarray(0, -1), {}],
          ['Another type', bytes, { 'content-type': 'text/html' }],
          ['Another checksum', bytes, { 'x-amz-checksum-sha256': sha256(Buffer.alloc(1)) }],
        ];
        for (const [what, sent, changes] of others) {
          const answer = await putBare(new URL(url), { ...headers, ...changes }, sent);
          expectThat(answer.status >= 400, `${what} must be refused (was ${answer.status}).`, answer);
        }
        expectStatus(await putBare(new URL(url), headers, bytes), 200);
      },
    },
    {
      name: 'once',
      says: 'A place takes its bytes once: nothing replaces what a job may read.',
      standard: 'RFC 9110 13.1.2',
      async run(session) {
        const bytes = Buffer.from(JSON.stringify(session.subject.input));
        const { url, headers } = await place(session, bytes);
        expectStatus(await putBare(new URL(url), headers, bytes), 200);
        expectStatus(await putBare(new URL(url), headers, bytes), 412);
      },
    },
    {
      name: 'too-large',
      says: 'A place for more than the limit is refused, with the limit in the answer.',
      standard: 'RFC 9110 15.5.14',
      async run(session) {
        const body = { sizeBytes: 2 ** 50, contentType: 'application/json', sha256: sha256(Buffer.alloc(1)) };
        const answer = await session.caller.post('/v1/uploads', body);
        const { errors = [] } = expectProblem(answer, 422, 'invalid-submission');
        expectSame(
          errors.map(({ pointer }) => pointer),
          ['#/sizeBytes'],
          'Pointers',
          answer,
        );
      },
    },
  ],
};
