/** A job's input as callers see it: without the values of what its contract calls secret. */
import { PermanentError } from '../../core/contract/errors.ts';
import type { Job } from '../../core/job/job.ts';
import { loadPayload } from '../../core/job/payload.ts';
import type { PayloadStore } from '../../core/job/ports.ts';
import { makeRedactor } from '../../core/session/redact.ts';
import { isExactNumber, parseExactJson } from '../../text/exact-json.ts';
import { ProblemError } from '../problem.ts';

/** Names of the contract's secret members; undefined where the type is no longer deployed, so that they are unknown. */
export type SecretNames = readonly string[] | undefined;

/** Each secret is compared with each text. This many comparisons take about a second of the function. */
const maxComparisons = 1_000_000;
/** Lambda's limit is 6 MB. @see https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxAnswerBytes = 6_000_000;

/** @returns what the record holds of the input; null where it is stored in the bucket, or must not be shown */
export function inlineInput({ input }: Pick<Job, 'input'>, secretNames: SecretNames): unknown {
  if (input.kind !== 'inline' || secretNames === undefined) return null;
  return redactInput(parseExactJson(input.json), secretNames);
}

/**
 * Through the function: a link to the bucket would show what is secret.
 * @returns the whole input as JSON text
 * @throws ProblemError `input-not-shown`
 */
export async function loadInput({ type, input }: Job, secretNames: SecretNames, payloads: PayloadStore): Promise<string> {
  if (secretNames === undefined) throw notShown(`The job type ${type} is no longer deployed, so it is unknown what is secret in it.`);
  const json = await loadPayload(payloads, input).catch((error: unknown) => {
    throw error instanceof PermanentError ? notShown(error.message) : error;
  });
  const text = redactedText(json, secretNames);
  if (text === undefined) throw notShown('The input holds too many secrets to look for them all.');
  // A function answers with an event, in which the body is a text within JSON.
  if (Buffer.byteLength(JSON.stringify(text)) > maxAnswerBytes)
    throw notShown(`The input has ${text.length} characters, more than one answer may have.`);
  return text;
}

/** @returns an input as JSON text, or undefined for one with too many secrets to look for */
export function redactedText(json: string, secretNames: readonly string[]): string | undefined {
  if (secretNames.length === 0) return json;
  const input = parseExactJson(json);
  const counts = { secrets: 0, texts: 0 };
  count(input, new Set(secretNames.map((name) => name.toLowerCase())), false, counts);
  return counts.secrets * counts.texts > maxComparisons ? undefined : JSON.stringify(redactInput(input, secretNames));
}

function redactInput(input: unknown, secretNames: readonly string[]): unknown {
  return makeRedactor(secretNames, input).value(input);
}

function count(value: unknown, names: ReadonlySet<string>, isSecret: boolean, counts: { secrets: number; texts: number }): void {
  if (typeof value !== 'object' || value === null || isExactNumber(value)) {
    if (isSecret) counts.secrets++;
    else counts.texts++;
    return;
  }
  for (const [name, member] of Object.entries(value)) {
    counts.texts++;
    count(member, names, isSecret || names.has(name.toLowerCase()), counts);
  }
}

function notShown(detail: string): ProblemError {
  return new ProblemError('input-not-shown', { detail });
}
