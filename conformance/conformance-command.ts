/** `delegation conformance URL`. */
import { describeResult, summarise, toJson } from './conformance-report.ts';
import type { HeaderValues } from './http-caller.ts';
import { credentialsFrom, type Sign, signer } from './request-signer.ts';
import { type Authorisation, type ConformanceOptions, runConformance } from './run-conformance.ts';
import type { Subject, SubjectSignal } from './submitted-job-type.ts';

/** The options of the command, which `delegation conformance --help` describes. */
export interface ConformanceValues {
  readonly [name: string]: string | boolean | readonly string[] | undefined;
  readonly header?: readonly string[];
  readonly 'other-header'?: readonly string[];
  readonly region?: string;
  readonly sign?: boolean;
  readonly type?: string;
  readonly input?: string;
  readonly 'failing-input'?: string;
  readonly 'slow-input'?: string;
  readonly 'large-result-input'?: string;
  readonly signal?: string;
  readonly 'signal-payload'?: string;
  readonly 'refused-signal-payload'?: string;
  readonly webhook?: string;
  readonly only?: readonly string[];
  readonly json?: boolean;
}

/** @returns the exit code @throws Error that says which argument is wrong */
export async function conformance(url: string, values: ConformanceValues): Promise<number> {
  const origin = readUrl(url);
  const run: ConformanceOptions = {
    origin,
    ...callers(origin, values),
    subject: readSubject(values),
    webhookUrl: values.webhook,
    only: values.only,
  };
  let section = '';
  const results = await runConformance(run, (result) => {
    if (values.json === true) return;
    if (result.section !== section) console.log(`${section === '' ? '' : '\n'}${result.section}`);
    section = result.section;
    console.log(describeResult(result));
  }).catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error));
    return undefined;
  });
  if (results === undefined) return 2;
  console.log(values.json === true ? toJson(origin.origin, results) : `\n${summarise(results)}`);
  return results.some(({ verdict }) => verdict.kind === 'fail') ? 1 : 0;
}

function readUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !['http:', 'https:'].includes(url.protocol))
    throw usageError(`The URL must begin with http:// or https:// (was "${text}").`);
  if (url.pathname !== '/' || url.search !== '') throw usageError(`The URL must be without a path and a query (was "${text}").`);
  return url;
}

/** The first caller, and the second where one is given. The local mode takes an owner's name for a second caller. */
function callers(origin: URL, values: ConformanceValues): Pick<ConformanceOptions, 'caller' | 'other'> {
  const caller: Authorisation = { headers: readHeaders(values.header), sign: readSigner(origin, values, '') };
  if (values['other-header'] !== undefined) return { caller, other: { headers: readHeaders(values['other-header']) } };
  const sign = readSigner(origin, values, 'OTHER_');
  if (sign !== undefined) return { caller, other: { headers: readHeaders(values.header), sign } };
  const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(origin.hostname) && caller.sign === undefined && values.header === undefined;
  return isLocal ? { caller, other: { headers: { 'delegation-owner': 'conformance-other' } } } : { caller };
}

/** @returns undefined where requests are not signed */
function readSigner({ hostname }: URL, { region, sign, header = [] }: ConformanceValues, prefix: string): Sign | undefined {
  const [, ofHost] = /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?$/.exec(hostname) ?? [];
  const hasToken = header.some((text) => /^authorization:/i.test(text));
  if (sign !== true && region === undefined && (ofHost === undefined || hasToken)) return undefined;
  const credentials = credentialsFrom(process.env, prefix);
  if (credentials === undefined) {
    if (prefix !== '') return undefined;
    throw usageError('To sign requests, set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or authorise them with --header.');
  }
  const chosen = region ?? ofHost ?? process.env['AWS_REGION'];
  if (chosen === undefined) throw usageError('Name the region of the API with --region, or AWS_REGION.');
  return signer(credentials, chosen);
}

function readHeaders(texts: readonly string[] = []): Readonly<Record<string, string>> {
  const headers: Record<string, string> = {};
  for (const text of texts) {
    const [, name, value] = /^([\w-]+):\s*(.+)$/.exec(text) ?? [];
    if (name === undefined || value === undefined) throw usageError(`A header must be 'NAME: VALUE' (was "${text}").`);
    headers[name.toLowerCase()] = value;
  }
  return headers satisfies HeaderValues;
}

function readSubject(values: ConformanceValues): Subject | undefined {
  const { type, input } = values;
  const { signal: name, 'signal-payload': payload, 'refused-signal-payload': refused } = values;
  if ((name === undefined) !== (payload === undefined) || (name === undefined && refused !== undefined))
    throw usageError('--signal and --signal-payload go together.');
  if (type === undefined && input === undefined && name === undefined) return undefined;
  if (type === undefined || input === undefined) throw usageError('--type and --input go together, and --signal is for them.');
  const signal = name === undefined || payload === undefined ? undefined : readSignal(name, payload, refused);
  const optional = (name: 'failing-input' | 'slow-input' | 'large-result-input') => {
    const text = values[name];
    return text === undefined ? undefined : readJson(`--${name}`, text);
  };
  const [failingInput, slowInput, largeResultInput] = [optional('failing-input'), optional('slow-input'), optional('large-result-input')];
  return { type, input: readJson('--input', input), failingInput, slowInput, largeResultInput, signal };
}

function readSignal(name: string, payload: string, refused: string | undefined): SubjectSignal {
  const refusedPayload = refused === undefined ? undefined : readJson('--refused-signal-payload', refused);
  return { name, payload: readJson('--signal-payload', payload), refusedPayload };
}

function readJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usageError(`${name} must be JSON (was "${text}"): ${(error as Error).message}`);
  }
}

function usageError(message: string): Error {
  return Object.assign(new Error(message), { code: 'ERR_PARSE_ARGS_CONFORMANCE' });
}
