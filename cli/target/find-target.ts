/** Finds the API that a command calls, and says why that one. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { type CommandInput, text, UsageError } from '../command.ts';
import type { CommandIo } from '../command-io.ts';
import { type Profile, readProfiles } from './profiles.ts';

/** Why an address is taken that nothing names. */
export const usualAddress = "the local mode's usual address";

/** Where requests go and how they are authorised. */
export interface Target {
  readonly url: string;
  /** Why this one, as in `DELEGATION_URL`. */
  readonly from: string;
  readonly authorisation: Authorisation;
}

export type Authorisation =
  | { readonly kind: 'none' }
  | { readonly kind: 'sigv4'; readonly region: string; readonly awsProfile?: string }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'token command'; readonly command: string };

/** An address that was found, with what the place that named it says besides. */
interface Found {
  readonly url: string;
  readonly from: string;
  readonly profile?: Profile;
  /** A file of the project may name an address, but gets no token: whoever wrote the file would receive it. */
  readonly isOfProject?: boolean;
}

/**
 * The first of: `--url` or `--profile`, `DELEGATION_URL`, `DELEGATION_PROFILE`, the nearest `delegation.json`, the default profile, a local mode that keeps its
 * data in this folder, and the local mode's usual address. AWS is not asked: `delegation deploy` writes the address into `delegation.json`.
 * @throws UsageError for an address, a profile or a file that cannot be used
 */
export function findTarget(input: CommandInput, io: Pick<CommandIo, 'env' | 'cwd'>): Target {
  const found = findAddress(input, io);
  const url = checkedUrl(found);
  return { url: url.origin, from: found.from, authorisation: authorisationOf(url, found, input, io.env) };
}

function findAddress(input: CommandInput, { env, cwd }: Pick<CommandIo, 'env' | 'cwd'>): Found {
  const given = text(input, 'url');
  const named = text(input, 'profile');
  if (given !== undefined && named !== undefined) throw new UsageError('--url and --profile exclude each other: each names an API.');
  if (given !== undefined) return { url: given, from: '--url' };
  if (named === undefined && isSet(env['DELEGATION_URL'])) return { url: env['DELEGATION_URL'], from: 'DELEGATION_URL' };
  const profileName = named ?? (env['DELEGATION_PROFILE'] || undefined);
  const { profiles, file, defaultName } = readProfiles(env);
  if (profileName !== undefined) {
    const profile = Object.hasOwn(profiles, profileName) ? profiles[profileName] : undefined;
    const known = Object.keys(profiles);
    if (profile === undefined)
      throw new UsageError(
        `There is no profile "${profileName}" in ${file}. ${known.length === 0 ? `Make it: delegation profiles set ${profileName} --url URL` : `There are: ${known.join(', ')}.`}`,
      );
    return { url: profile.url, from: `profile ${profileName} (${named === undefined ? 'DELEGATION_PROFILE' : '--profile'})`, profile };
  }
  return projectAddress(cwd) ?? defaultProfile(profiles, defaultName) ?? localAddress(cwd, env);
}

function defaultProfile(profiles: Readonly<Record<string, Profile>>, name: string | undefined): Found | undefined {
  const profile = name !== undefined && Object.hasOwn(profiles, name) ? profiles[name] : undefined;
  return profile === undefined ? undefined : { url: profile.url, from: `profile ${name} (the default)`, profile };
}

/** The nearest `delegation.json`, upwards from here. */
function projectAddress(cwd: string): Found | undefined {
  for (let folder = cwd; ; folder = dirname(folder)) {
    const file = join(folder, 'delegation.json');
    if (existsSync(file)) {
      const { url, region } = readProjectFile(file);
      return { url, from: relative(cwd, file), isOfProject: true, profile: { url, ...(region === undefined ? {} : { region }) } };
    }
    if (dirname(folder) === folder) return undefined;
  }
}

function readProjectFile(file: string): { readonly url: string; readonly region?: string } {
  const wanted = `${file} must say {"url": "https://…"}, and may say "region".`;
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UsageError(`${wanted} ${(error as Error).message}`);
  }
  const { url, region } = Object(content) as { readonly url?: unknown; readonly region?: unknown };
  if (typeof url !== 'string' || (region !== undefined && typeof region !== 'string')) throw new UsageError(wanted);
  return { url, ...(region === undefined ? {} : { region }) };
}

/** A local mode writes where it listens beside its data. */
function localAddress(cwd: string, env: CommandIo['env']): Found {
  const folder = env['DELEGATION_DATA'] || '.delegation';
  const file = join(resolve(cwd, folder), 'endpoints.json');
  try {
    const { api } = JSON.parse(readFileSync(file, 'utf8')) as { readonly api?: unknown };
    if (typeof api === 'string') return { url: api, from: `the local mode of this folder (${folder})` };
  } catch {
    // There is none here, or none ever ran here.
  }
  return { url: `http://127.0.0.1:${env['PORT'] || '8787'}`, from: usualAddress };
}

/** @throws UsageError for an address to which no request can go, or none that carries credentials */
export function checkedUrl({ url, from }: Pick<Found, 'url' | 'from'>): URL {
  const parsed = URL.parse(url);
  if (parsed === null || !['http:', 'https:'].includes(parsed.protocol))
    throw new UsageError(`The address from ${from} must begin with https:// or http:// (was "${url}").`);
  if (parsed.pathname !== '/' || parsed.search !== '' || parsed.username !== '')
    throw new UsageError(`The address from ${from} must be a host alone, without path, query and user (was "${url}").`);
  if (parsed.protocol === 'http:' && !isLoopback(parsed))
    throw new UsageError(
      `The address from ${from} must begin with https://, since requests to other machines carry credentials (was "${url}").`,
    );
  return parsed;
}

function authorisationOf(
  url: URL,
  { profile = { url: url.href }, isOfProject = false, from }: Found,
  input: CommandInput,
  env: CommandIo['env'],
): Authorisation {
  const command = text(input, 'token-command') ?? profile.tokenCommand;
  if (command !== undefined) return { kind: 'token command', command };
  const token = env['DELEGATION_TOKEN'];
  if (isSet(token) && profile.awsProfile === undefined && !isOfProject) return { kind: 'token', token };
  if (isLoopback(url)) return { kind: 'none' };
  const region = text(input, 'region') ?? profile.region ?? /\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?$/.exec(url.hostname)?.[1];
  // It is part of the command that --curl prints, so it must not be able to hold another one.
  if (region !== undefined && !/^[a-z0-9-]+$/.test(region))
    throw new UsageError(`A region is written as in eu-central-1 (was "${region}").`);
  if (region !== undefined)
    return { kind: 'sigv4', region, ...(profile.awsProfile === undefined ? {} : { awsProfile: profile.awsProfile }) };
  throw new UsageError(
    `${url.host} (from ${from}) names no region to sign for: give --region, or a token by --token-command or DELEGATION_TOKEN${isOfProject ? ' with --url' : ''}.`,
  );
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === '127.0.0.1' || hostname === 'localhost' || hostname === '[::1]';
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
