/** What the form of the submit screen says, and the submission that it stands for. */
import { type Action, scriptValue } from '../words/code-samples.ts';

export interface Options {
  readonly key: string;
  /** `name=value` with spaces between. */
  readonly tags: string;
  /** As the browser's field for a date and a time gives it, in the person's own zone; empty for none. */
  readonly startAt: string;
  readonly deadline: string;
  readonly maxAttempts: string;
  readonly concurrencyKey: string;
  readonly priority: string;
}

export const noOptions: Options = { key: '', tags: '', startAt: '', deadline: '', maxAttempts: '', concurrencyKey: '', priority: '' };

/** @param input exact; undefined where the JSON cannot be read */
export function submissionOf(type: string, input: unknown, options: Options): Readonly<Record<string, unknown>> {
  const tags = tagsOf(options.tags);
  const attempts = options.maxAttempts.trim();
  return {
    type,
    input,
    ...(Object.keys(tags).length === 0 ? {} : { tags }),
    ...(options.startAt === '' ? {} : { startAt: new Date(options.startAt).toISOString() }),
    ...(options.deadline === '' ? {} : { deadline: new Date(options.deadline).toISOString() }),
    // What is not a number is sent as it is, and the API says what is allowed.
    ...(attempts === '' ? {} : { maxAttempts: /^\d+$/.test(attempts) ? Number(attempts) : attempts }),
    ...(options.concurrencyKey === '' ? {} : { concurrencyKey: options.concurrencyKey }),
    ...(options.priority === '' ? {} : { priority: options.priority }),
  };
}

/** @returns the tags of `team=data env="a b"`; a name alone is a tag without a value */
export function tagsOf(text: string): Readonly<Record<string, string>> {
  const terms = text.matchAll(/([^\s=]+)(?:=(?:"((?:[^"\\]|\\.)*)"|(\S*)))?/g);
  return Object.fromEntries([...terms].map(([, name, quoted, plain]) => [name, quoted?.replace(/\\(.)/g, '$1') ?? plain ?? '']));
}

/** @returns the text that `tagsOf` reads */
export function tagsText(tags: Readonly<Record<string, string>>): string {
  const valueText = (value: string) => (/[\s"]/.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : value);
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${valueText(value)}`)
    .join(' ');
}

/** @returns the same submission without the console */
export function submitAction(body: Readonly<Record<string, unknown>>, key: string, inputText: string): Action {
  const { type, input, ...rest } = body;
  const options = { ...(key === '' ? {} : { key }), ...rest };
  const flags: Readonly<Record<string, string>> = { startAt: 'at', maxAttempts: 'max-attempts', concurrencyKey: 'concurrency-key' };
  const words = Object.entries(options).flatMap(([name, value]) =>
    name === 'tags'
      ? Object.entries(Object(value)).flatMap(([tag, one]) => ['--tag', `${tag}=${one}`])
      : [`--${flags[name] ?? name}`, String(value)],
  );
  return {
    method: 'POST',
    path: '/v1/jobs',
    ...(key === '' ? {} : { headers: { 'Idempotency-Key': `"${key}"` } }),
    body,
    cli: ['submit', String(type), '--input', inputText, ...words],
    script: `delegation.submit('${String(type)}', ${scriptValue(input)}${Object.keys(options).length === 0 ? '' : `, ${scriptValue(options)}`})`,
  };
}
