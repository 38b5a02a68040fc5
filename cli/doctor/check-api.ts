/** Whether the API that a command would call answers, knows the caller, and does a job. */
import { is } from '../../client/client-errors.ts';
import type { Me } from '../../client/shown-job.ts';
import { showDuration } from '../../client/shown-time.ts';
import { type Finding, ok, problem, type ReportedFinding, skipped, warning } from '../../lib/doctor/finding.ts';
import { type ApiSession, openSession } from '../api-session.ts';
import { type CommandInput, flag } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { usualAddress } from '../target/find-target.ts';

const group = 'The API';

/** SigV4 is refused when the clocks differ by more. @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-troubleshooting.html */
const maxSkewMs = 300_000;
const skewToNoteMs = 30_000;
const probeTimeoutMs = 120_000;

/** @param options isOptional: an API that is not named is then not a problem */
export async function checkApi(
  input: CommandInput,
  io: CommandIo,
  { isOptional }: { readonly isOptional: boolean },
): Promise<readonly ReportedFinding[]> {
  const findings: ReportedFinding[] = [];
  const add = (check: string, finding: Finding) => findings.push({ group, check, ...finding });
  const session = open(input, io);
  if (session instanceof Error) {
    add('address', isOptional ? skipped(session.message) : problem(session.message, { commands: ['delegation whoami'] }));
    return findings;
  }
  const { target } = session;
  const health = await askHealth(target.url, io.signal);
  if (health instanceof Error) {
    const found = `${target.url} (from ${target.from}) does not answer: ${health.message}`;
    const isNamed = target.from !== usualAddress;
    add(
      'address',
      isNamed || !isOptional
        ? problem(found, { commands: [target.authorisation.kind === 'none' ? 'delegation dev' : 'delegation whoami'] })
        : skipped('No API is named, and no local mode runs here.'),
    );
    return findings;
  }
  add('address', ok(`${target.url} (from ${target.from}) answers.`));
  add('clock', clockFinding(health.skewMs));
  const caller = await session.client.me({ signal: io.signal }).catch((error: Error) => error);
  add('caller', callerFinding(caller, session));
  if (!(caller instanceof Error) && flag(input, 'probe')) add('probe', await probe(caller, session, io));
  return findings;
}

function open(input: CommandInput, io: CommandIo): ApiSession | Error {
  try {
    return openSession(input, io, { maxTries: 2, timeoutMs: 10_000 });
  } catch (error) {
    return error as Error;
  }
}

/** @returns by how much this clock is ahead of the API's, as far as a header with whole seconds shows */
async function askHealth(url: string, signal: AbortSignal): Promise<{ readonly skewMs: number } | Error> {
  try {
    const response = await fetch(`${url}/healthz`, { redirect: 'manual', signal: AbortSignal.any([signal, AbortSignal.timeout(10_000)]) });
    await response.arrayBuffer();
    if (response.status !== 200)
      return new Error(`GET /healthz was answered with ${response.status}, so this is not an API of Delegation, or it is broken.`);
    const theirs = Date.parse(response.headers.get('date') ?? '');
    return { skewMs: Number.isNaN(theirs) ? 0 : Date.now() - theirs };
  } catch (error) {
    const { message, cause } = error as Error & { readonly cause?: Error };
    return new Error(cause?.message ?? message);
  }
}

function clockFinding(skewMs: number): Finding {
  const size = showDuration(Math.abs(skewMs));
  const found = `This clock is ${size} ${skewMs > 0 ? 'ahead of' : 'behind'} the API's.`;
  if (Math.abs(skewMs) >= maxSkewMs)
    return problem(`${found} Signed requests are refused.`, { advice: 'Set the clock, for example by NTP.' });
  return Math.abs(skewMs) >= skewToNoteMs
    ? warning(found, { advice: 'Set the clock, for example by NTP.' })
    : ok("This clock agrees with the API's.");
}

function callerFinding(caller: Me | Error, { target }: ApiSession): Finding {
  if (!(caller instanceof Error)) {
    const { owner, isAdmin, deployment, version } = caller;
    return ok(`You are ${owner}${isAdmin ? ', an admin,' : ''} at ${deployment ?? 'a local mode'}, Delegation ${version}.`);
  }
  const kinds = {
    none: '',
    sigv4: 'Requests are signed with your AWS credentials: the principal needs the right to call the API.',
    token: 'DELEGATION_TOKEN was sent.',
    'token command': 'The token of the command was sent.',
  };
  return problem(`The API does not take the caller: ${caller.message}`, {
    advice: `${kinds[target.authorisation.kind]} docs/deploy.md describes callers.`.trim(),
  });
}

/** A job that does nothing, from its submission to its result. */
async function probe({ allowed }: Me, { client }: ApiSession, io: CommandIo): Promise<Finding> {
  const type = 'run-query';
  if (!allowed.submit.includes(type)) return skipped(`There is no job to probe with: ${type} is not deployed, or takes no jobs now.`);
  const startedMs = io.nowMs();
  try {
    const job = await client.submit(type, { sql: 'SELECT 1' }, { tags: { probe: 'doctor' }, signal: io.signal });
    await job.result({ timeoutMs: probeTimeoutMs, signal: io.signal });
    return ok(`A job was accepted, done and answered in ${showDuration(io.nowMs() - startedMs)} (${job.id}).`);
  } catch (error) {
    const isLate = is(error, 'still-running');
    return problem(`The probe ${isLate ? `did not end within ${showDuration(probeTimeoutMs)}` : 'failed'}: ${(error as Error).message}`, {
      commands: ['delegation jobs --tag probe=doctor', 'delegation types'],
    });
  }
}
