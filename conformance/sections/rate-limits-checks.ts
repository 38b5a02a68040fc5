/** What is left of an owner's quota. */

import { expectProblem, jobIn } from '../answer-shapes.ts';
import type { Session } from '../check-session.ts';
import { expectHeader, expectSame, expectThat, type Section, Skip } from '../contract-check.ts';
import type { Answer } from '../http-caller.ts';

const draft = 'draft-ietf-httpapi-ratelimit-headers-11';
/** A quota with more left than this is not used up by a check. */
const maxSubmissions = 120;

interface Limit {
  readonly remaining: number;
  readonly resetSeconds: number;
}

/** @throws Skip where the deployment has no quota @throws Failure for a field of another form */
function limitIn(answer: Answer): Limit {
  if (answer.header('ratelimit') === undefined) throw new Skip('this deployment has no quota of submissions');
  const [, name, r, t] = /^"([\w-]+)";r=(\d+);t=(\d+)$/.exec(expectHeader(answer, 'ratelimit', /^"[\w-]+";r=\d+;t=\d+$/)) ?? [];
  const policy = expectHeader(answer, 'ratelimit-policy', /^"[\w-]+";q=[1-9]\d*;w=[1-9]\d*$/);
  expectThat(policy.startsWith(`"${name}";`), 'Both fields must name the same policy.', answer);
  return { remaining: Number(r), resetSeconds: Number(t) };
}

/** Submits until it is refused. A repeated key would not do: what was accepted once stays accepted. */
async function useUp(session: Session): Promise<Answer> {
  for (let i = 0; i <= maxSubmissions + 1; i++) {
    const answer = await session.caller.post('/v1/jobs', session.submission({ delaySeconds: 3_600 }));
    if (answer.status === 429) return answer;
    session.remember(jobIn(answer).id);
    const { remaining } = limitIn(answer);
    if (remaining > maxSubmissions) throw new Skip(`${remaining} submissions are left of the quota, more than this check uses up`);
  }
  throw new Skip('the minute of the quota ended before it was used up');
}

export const rateLimits: Section = {
  title: 'Rate limits',
  checks: [
    {
      name: 'fields',
      says: 'RateLimit-Policy and RateLimit say what an owner may submit, and what is left.',
      standard: draft,
      async run(session) {
        const [one, two] = [limitIn(await session.submitForLater()), limitIn(await session.submitForLater())];
        const isSameWindow = two.resetSeconds <= one.resetSeconds;
        expectThat(!isSameWindow || two.remaining < one.remaining, `r must go down (was ${one.remaining}, then ${two.remaining}).`);
      },
    },
    {
      name: 'refused',
      says: 'Beyond the quota the answer is 429 over-quota, whose Retry-After is not earlier than t.',
      standard: `${draft}, RFC 6585 4`,
      async run(session) {
        const answer = await useUp(session);
        expectProblem(answer, 429, 'over-quota');
        const { remaining, resetSeconds } = limitIn(answer);
        expectSame(remaining, 0, 'r', answer);
        const retryAfter = Number(expectHeader(answer, 'retry-after', /^[1-9]\d*$/));
        expectThat(retryAfter >= resetSeconds, `Retry-After must be at least t=${resetSeconds} (was ${retryAfter}).`, answer);
      },
    },
  ],
};
