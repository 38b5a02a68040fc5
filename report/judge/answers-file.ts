/** The record of the requirement: what the people who own an endpoint answered. */

export interface AnswerEntry {
  /** Method and template, such as `POST /v1/payments`. */
  readonly endpoint: string;
  readonly answer: 'keep' | 'delegate' | 'hybrid';
  readonly because: string;
  /** Who needs the answer, and by when: such as `within 2 s, by the person at the till`. */
  readonly needs?: string | undefined;
  /** Seconds within which the result is needed; the report compares it with what it measured. */
  readonly neededWithinSeconds?: number | undefined;
  readonly by?: string | undefined;
  /** ISO dates. */
  readonly on?: string | undefined;
  /** After this date the report asks again. */
  readonly review?: string | undefined;
}
