/** How the same is done without the console: by curl, by the command line, and in TypeScript. */
import { stringifyExact } from '../../client/unrounded-json.ts';
import type { ConsoleConfig } from '../net/console-config.ts';

export interface Action {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** What follows `npx delegation`; the words of one argument each. */
  readonly cli: readonly string[];
  /** The expression that follows `await`, such as `delegation.job('job_…')`. */
  readonly script: string;
}

export interface Samples {
  readonly curl: string;
  readonly cli: string;
  readonly typescript: string;
}

/** @param origin of the API where the page's own requests reach it without credentials */
export function samplesOf(action: Action, { auth, region }: Pick<ConsoleConfig, 'auth' | 'region'>, origin: string): Samples {
  const base = auth.kind === 'key' ? '$DELEGATION_URL' : origin;
  const lines = [
    `curl ${action.method === 'GET' ? '' : `-X ${action.method} `}"${base}${action.path.replace(/["$`\\]/g, '\\$&')}"`,
    ...credentialLines(auth.kind, region),
    ...Object.entries(action.headers ?? {}).map(([name, value]) => `-H ${quoted(`${name}: ${value}`)}`),
    ...(action.body === undefined ? [] : [`-H 'Content-Type: application/json'`, `-d ${quoted(stringifyExact(action.body))}`]),
  ];
  return {
    curl: lines.join(' \\\n  '),
    cli: ['npx delegation', ...action.cli.map(quotedIfNeeded)].join(' '),
    typescript: `import { createClient } from ${scriptValue('delegation-aws/client')};\n\n${clientLine(auth.kind, origin)}\nawait ${action.script};`,
  };
}

/** @returns a value as it is written in TypeScript, on one line; numbers keep their digits where TypeScript can write them */
export function scriptValue(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return `'${value.replace(/[\\']/g, '\\$&').replaceAll('\n', '\\n').replaceAll('\r', '\\r')}'`;
  if (Array.isArray(value)) return `[${value.map(scriptValue).join(', ')}]`;
  if (typeof value !== 'object' || value === null || 'text' in value) return stringifyExact(value) ?? 'undefined';
  const members = Object.entries(value).map(
    ([name, one]) => `${/^[a-z_$][\w$]*$/i.test(name) ? name : scriptValue(name)}: ${scriptValue(one)}`,
  );
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

function credentialLines(kind: ConsoleConfig['auth']['kind'], region: string | null): readonly string[] {
  if (kind === 'none') return [];
  if (kind === 'oidc') return ['-H "Authorization: Bearer $TOKEN"'];
  return [
    `--aws-sigv4 "aws:amz:${region ?? '$AWS_REGION'}:execute-api" --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"`,
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the shell's own
    '${AWS_SESSION_TOKEN:+-H "X-Amz-Security-Token: $AWS_SESSION_TOKEN"}',
  ];
}

function clientLine(kind: ConsoleConfig['auth']['kind'], origin: string): string {
  if (kind === 'none') return `const delegation = createClient({ url: '${origin}' });`;
  const auth = kind === 'oidc' ? 'bearer(token)' : 'sigv4()';
  return `const delegation = createClient({ url: process.env['DELEGATION_URL'], auth: ${auth} });`;
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function quotedIfNeeded(word: string): string {
  return /^[\w./:@=,+-]+$/.test(word) ? word : quoted(word);
}
