/** `delegation again`. */
import type { SubmitOptions } from '../../client/job-members.ts';
import type { Job } from '../../client/shown-job.ts';
import { stringifyExact } from '../../client/unrounded-json.ts';
import { openSession } from '../api-session.ts';
import { flag, type RunCommand, text, texts, UsageError } from '../command.ts';
import { editJson } from '../edit-json.ts';
import { jobIdOf, rememberId } from '../job-id.ts';
import { printJson, wantsJson } from '../pick-fields.ts';
import { readInput } from '../read-input.ts';

/** Submits a job like another one, with other members of its input where given. */
export const again: RunCommand = async (input, io) => {
  const session = openSession(input, io);
  const id = await jobIdOf(text(input, 'id') ?? '', session, io);
  const { body } = await session.client.send({ method: 'GET', path: `/v1/jobs/${id}/input`, signal: io.signal });
  const { job: former } = await session.client.job(id, { signal: io.signal });
  const changes = await readInput([...texts(input, 'input'), ...texts(input, 'members')], io);
  const given = merged(body, changes);
  const changed = flag(input, 'edit') ? await editJson(given, io) : given;
  if (hasRedactions(changed))
    throw new UsageError(
      'Its input holds what is secret, which the API does not show. Give those members again, or use delegation retry, which keeps them.',
    );
  const { type, tags, maxAttempts } = former;
  const handle = await session.client.submit(type, changed, {
    tags,
    maxAttempts,
    ...keptMembers(former),
    signal: io.signal,
  });
  rememberId(handle.id, session, io);
  await (wantsJson(input) ? printJson(handle.job, input, io.out) : io.out.write(`${handle.id}\n`));
  return 0;
};

/** What else says how the job is done. A unique key is left out: where its job has not ended, the new one would join it. */
function keptMembers(former: Job): SubmitOptions {
  const kept = ['concurrencyKey', 'priority'].filter((name) => former[name] != null).map((name) => [name, former[name]]);
  return Object.fromEntries(kept) as SubmitOptions;
}

/** `a.b=c` replaces one member of `a` and leaves the others, as in JSON Merge Patch. */
function merged(former: unknown, changes: unknown): unknown {
  if (changes === undefined) return former;
  if (!isPlain(former) || !isPlain(changes)) return changes;
  const names = new Set([...Object.keys(former), ...Object.keys(changes)]);
  return Object.fromEntries(
    [...names].map((name) => [
      name,
      merged(Object.hasOwn(former, name) ? former[name] : undefined, Object.hasOwn(changes, name) ? changes[name] : undefined),
    ]),
  );
}

/** An exact number is an object as well. */
function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function hasRedactions(value: unknown): boolean {
  return stringifyExact(value ?? null).includes('"[redacted]"');
}
