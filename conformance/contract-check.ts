/** What a check is, and the words in which it fails. */

import type { Session } from './check-session.ts';
import type { Answer } from './http-caller.ts';

/** One line of the contract. */
export interface Check {
  /** Stable name within its section. */
  readonly name: string;
  /** What must hold, as a sentence. */
  readonly says: string;
  /** Where it is written: a standard with its section, or `Delegation` for what is the contract's own. */
  readonly standard: string;
  /** @throws Failure when it does not hold @throws Skip when it cannot be decided here */
  readonly run: (session: Session) => Promise<void>;
}

export interface Section {
  readonly title: string;
  readonly checks: readonly Check[];
}

export type Verdict =
  | { readonly kind: 'pass' }
  | { readonly kind: 'fail'; readonly why: string; readonly answer?: Answer }
  | { readonly kind: 'skip'; readonly why: string };

/** The contract is broken. Holds the answer that shows it. */
export class Failure extends Error {
  override readonly name = 'Failure';
  readonly answer: Answer | undefined;
  constructor(message: string, answer?: Answer) {
    super(message);
    this.answer = answer;
  }
}

/** The line cannot be checked in this deployment, for the reason in the message. */
export class Skip extends Error {
  override readonly name = 'Skip';
}

/** @throws Failure unless the condition holds. @param message what must hold */
export function expectThat(condition: boolean, message: string, answer?: Answer): asserts condition {
  if (!condition) throw new Failure(message, answer);
}

/** @throws Failure unless both are the same JSON */
export function expectSame(found: unknown, expected: unknown, what: string, answer?: Answer): void {
  const [was, wanted] = [JSON.stringify(found), JSON.stringify(expected)];
  expectThat(was === wanted, `${what} must be ${wanted} (was ${was}).`, answer);
}

/** @returns the same answer @throws Failure when its status is another one */
export function expectStatus(answer: Answer, ...allowed: readonly number[]): Answer {
  expectThat(allowed.includes(answer.status), `The status must be ${allowed.join(' or ')} (was ${answer.status}).`, answer);
  return answer;
}

/** @returns the header's value @throws Failure when it is missing or does not match */
export function expectHeader(answer: Answer, name: string, expected: RegExp | string): string {
  const value = answer.header(name);
  if (value === undefined) throw new Failure(`The answer must have the header ${name}.`, answer);
  const holds = typeof expected === 'string' ? value === expected : expected.test(value);
  expectThat(holds, `${name} must ${typeof expected === 'string' ? 'be' : 'match'} ${expected} (was ${value}).`, answer);
  return value;
}

/** @throws Failure when the header is there */
export function expectNoHeader(answer: Answer, name: string): void {
  const value = answer.header(name);
  expectThat(value === undefined, `The answer must not have the header ${name} (was ${value}).`, answer);
}
