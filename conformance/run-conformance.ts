/** Runs the checks of the contract against one address. */

import { Session } from './check-session.ts';
import { type Check, Failure, type Section, Skip, type Verdict } from './contract-check.ts';
import { type Answer, Caller } from './http-caller.ts';
import type { Sign } from './request-signer.ts';
import { accepted } from './sections/accepted-checks.ts';
import { batch } from './sections/batch-checks.ts';
import { conditional } from './sections/conditional-checks.ts';
import { groups } from './sections/groups-checks.ts';
import { headers } from './sections/headers-checks.ts';
import { idempotency } from './sections/idempotency-checks.ts';
import { job } from './sections/job-checks.ts';
import { live } from './sections/live-checks.ts';
import { openapi } from './sections/openapi-checks.ts';
import { order } from './sections/order-checks.ts';
import { paging } from './sections/paging-checks.ts';
import { allErrors, problems } from './sections/problems-checks.ts';
import { rateLimits } from './sections/rate-limits-checks.ts';
import { resources } from './sections/resources-checks.ts';
import { retryAndRedrive } from './sections/retry-checks.ts';
import { schedules } from './sections/schedules-checks.ts';
import { signals } from './sections/signals-checks.ts';
import { submission } from './sections/submission-checks.ts';
import { uploads } from './sections/uploads-checks.ts';
import { webhooks } from './sections/webhooks-checks.ts';
import { findSubject, type Subject } from './submitted-job-type.ts';

/** How a caller is authorised: by headers, or by a signature. */
export interface Authorisation {
  readonly headers: Readonly<Record<string, string>>;
  readonly sign?: Sign | undefined;
}

export interface ConformanceOptions {
  readonly origin: URL;
  readonly caller: Authorisation;
  /** A second caller, who owns other jobs. Without it what is about two owners is skipped. */
  readonly other?: Authorisation | undefined;
  /** What is submitted. Without it the suite looks for a job type that it knows. */
  readonly subject?: Subject | undefined;
  /** A receiver of webhooks that answers with 2xx. Without it what is about deliveries is skipped. */
  readonly webhookUrl?: string | undefined;
  /** Only sections whose title holds one of these texts. */
  readonly only?: readonly string[] | undefined;
}

export interface CheckResult {
  /** `section/name`, in lower case with dashes. */
  readonly id: string;
  readonly section: string;
  readonly check: Check;
  readonly verdict: Verdict;
}

/** Checks of these run at the same time. */
const sections = [
  ...[resources, submission, batch, job, accepted, idempotency, problems, conditional, paging, headers],
  ...[retryAndRedrive, schedules, uploads, live, signals, webhooks, order, groups],
];
/** One after the other: they judge all answers so far, or use up what the others need. */
const lastSections = [allErrors, openapi, rateLimits];
const maxConcurrency = 6;

/**
 * @param onResult called in the order of the contract, as soon as a check and all before it are decided
 * @throws Failure when there is nothing to submit
 */
export async function runConformance(
  options: ConformanceOptions,
  onResult?: (result: CheckResult) => void,
): Promise<readonly CheckResult[]> {
  const session = await startSession(options);
  const isWanted = ({ title }: Section) => options.only?.some((text) => title.toLowerCase().includes(text.toLowerCase())) ?? true;
  const results: CheckResult[] = [];
  const decide = async (wanted: readonly Section[], concurrency: number) => {
    for await (const result of decideAll(checksOf(wanted.filter(isWanted)), session, concurrency)) {
      results.push(result);
      onResult?.(result);
    }
  };
  try {
    await decide(sections, maxConcurrency);
    await decide(lastSections, 1);
    return results;
  } finally {
    await session.close();
  }
}

async function startSession({ origin, caller, other, subject, webhookUrl }: ConformanceOptions): Promise<Session> {
  const answers: Answer[] = [];
  const callerOf = (who: Authorisation) => new Caller({ origin, ...who, onAnswer: (answer) => answers.push(answer) });
  const first = callerOf(caller);
  return new Session({
    caller: first,
    other: other && callerOf(other),
    anonymous: callerOf({ headers: {} }),
    subject: subject ?? (await findSubject(first)),
    webhookUrl,
    answers,
  });
}

const checksOf = (wanted: readonly Section[]) => wanted.flatMap(({ title, checks }) => checks.map((check) => ({ section: title, check })));

/** Decides some checks at the same time, and yields them in order. */
async function* decideAll(checks: ReturnType<typeof checksOf>, session: Session, concurrency: number): AsyncGenerator<CheckResult> {
  const decided = checks.map(() => Promise.withResolvers<CheckResult>());
  const work = checks.entries();
  const worker = async () => {
    for (const [i, { section, check }] of work) {
      const id = `${section}/${check.name}`.toLowerCase().replaceAll(' ', '-');
      decided[i]?.resolve({ id, section, check, verdict: await decide(check, session) });
    }
  };
  const all = Promise.all(Array.from({ length: concurrency }, worker));
  for (const { promise } of decided) yield await promise;
  await all;
}

async function decide(check: Check, session: Session): Promise<Verdict> {
  try {
    await check.run(session);
    return { kind: 'pass' };
  } catch (error) {
    if (error instanceof Skip) return { kind: 'skip', why: error.message };
    const answer = error instanceof Failure ? error.answer : undefined;
    const why = error instanceof Failure ? error.message : `The check could not read the answers: ${String(error)}`;
    return { kind: 'fail', why, ...(answer === undefined ? {} : { answer }) };
  }
}
